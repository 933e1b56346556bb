import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { ConnectionOptions } from 'mysql2';
import { createConnection } from 'mysql2/promise';
import { FolderInUse, FolderLock } from './folder-lock.js';

/** Where Debian and others put the server, which is not on every user's PATH. */
const SERVER_PATHS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/local/mysql/bin'];

/** The longest path that a Unix socket may have. */
const MAX_SOCKET_PATH = 100;

/** What the server may take to say that it is ready, and to stop, in milliseconds. */
const START_WAIT = 60_000;
const STOP_WAIT = 30_000;

/** A problem that is the user's to solve, told in one line. */
export class MariadbUnavailable extends Error {}

/**
 * A MariaDB of our own: its data in a folder of its own, reached by a Unix socket, without a TCP port.
 */
export class PrivateMariadb {
  readonly options: ConnectionOptions;
  readonly #process: ChildProcess;
  readonly #lock: FolderLock;

  private constructor(process: ChildProcess, lock: FolderLock, options: ConnectionOptions) {
    this.#process = process;
    this.#lock = lock;
    this.options = options;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /**
   * Starts a server on the data in `folder`, which is made when it is not there, with an empty database `test`.
   *
   * @param flags for the server, beyond those that make it private
   * @throws {MariadbUnavailable}
   */
  static async start(folder: string, flags: readonly string[] = []): Promise<PrivateMariadb> {
    const server = await findProgram(['mariadbd', 'mysqld']);
    const home = resolve(folder);
    const lock = await lockFolder(home);
    let child: ChildProcess | undefined;
    try {
      const launched = await launch(server, join(home, 'mariadb'), flags);
      child = launched.child;
      const options = { socketPath: launched.socketPath, user: 'root', database: 'test' };
      const connection = await createConnection({ ...options, database: '' });
      await connection.query('CREATE DATABASE IF NOT EXISTS test');
      await connection.end();
      return new PrivateMariadb(child, lock, options);
    } catch (error) {
      if (child) await terminate(child);
      lock.release();
      throw error;
    }
  }

  /** Tells the server to stop, for a process that cannot wait for it. */
  abandon(): void {
    this.#process.kill('SIGTERM');
  }

  /** Stops the server cleanly; one that does not stop is killed. */
  async stop(): Promise<void> {
    await terminate(this.#process);
    this.#lock.release();
  }
}

async function lockFolder(folder: string): Promise<FolderLock> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await FolderLock.acquire(folder);
  } catch (error) {
    const reason =
      error instanceof FolderInUse ? error.message : `cannot use data folder ${folder}: ${complaint(error)}`;
    throw new MariadbUnavailable(reason, { cause: error });
  }
}

async function launch(
  server: string,
  data: string,
  flags: readonly string[],
): Promise<{ child: ChildProcess; socketPath: string }> {
  await stopOrphan(data);
  if (!(await exists(data))) await install(data);
  const socketPath = await socketFor(data);
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${socketPath}`,
    '--skip-networking',
    `--pid-file=${pidFile(data)}`,
    '--character-set-server=utf8mb4',
    ...asRoot(),
    ...flags,
  ];
  // A process group of its own: Ctrl-C is for us, and we stop it when the last statement has ended.
  const child = spawn(server, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  await ready(child);
  return { child, socketPath };
}

async function terminate(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WAIT);
  await exited;
  clearTimeout(timer);
}

/** Makes the data folder, under another name until it is whole: half of one would be taken for it the next time. */
async function install(data: string): Promise<void> {
  const installer = await findProgram(['mariadb-install-db', 'mysql_install_db']);
  const unfinished = `${data}.new`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await promisify(execFile)(installer, [
      '--no-defaults',
      `--datadir=${unfinished}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...asRoot(),
    ]);
    await rename(unfinished, data);
  } catch (error) {
    throw new MariadbUnavailable(`cannot prepare a MariaDB in ${data}: ${complaint(error)}`, { cause: error });
  }
}

/** Resolves when the server says that it takes connections. */
async function ready(child: ChildProcess): Promise<void> {
  let last = '';
  const timer = setTimeout(() => child.kill('SIGKILL'), START_WAIT);
  try {
    await new Promise<void>((resolve, reject) => {
      const failed = (why: string) => reject(new MariadbUnavailable(`the private MariaDB did not start: ${why}`));
      child.once('error', (error) => failed(error.message));
      child.once('exit', () => failed(last || 'it ended at once'));
      if (child.stderr === null) return;
      const lines = createInterface(child.stderr);
      lines.on('line', (line) => {
        if (/\[ERROR\]/.test(line)) last = line.replace(/^.*\[ERROR\] */, '');
        if (/ready for connections/.test(line)) resolve();
      });
    });
  } finally {
    clearTimeout(timer);
  }
}

/** A server that was left behind by a netsvc that was killed holds the data; it has no other user. */
async function stopOrphan(data: string): Promise<void> {
  const text = await readFile(pidFile(data), 'utf8').catch(() => '');
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 1) return;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (!command.split('\0').includes(`--datadir=${data}`)) return;
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + STOP_WAIT;
  while (await exists(`/proc/${pid}`)) {
    if (Date.now() > deadline)
      throw new MariadbUnavailable(`another MariaDB, process ${pid}, does not let go of ${data}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function pidFile(data: string): string {
  return `${data}.pid`;
}

async function socketFor(data: string): Promise<string> {
  const path = `${data}.sock`;
  return path.length <= MAX_SOCKET_PATH ? path : join(await mkdtemp(join(tmpdir(), 'netsvc-')), 'mariadb.sock');
}

function asRoot(): string[] {
  return userInfo().uid === 0 ? ['--user=root'] : [];
}

async function findProgram(names: readonly string[]): Promise<string> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SERVER_PATHS];
  for (const name of names) {
    for (const folder of folders) if (folder !== '' && (await exists(join(folder, name)))) return join(folder, name);
  }
  throw new MariadbUnavailable(
    `there is no ${names.join(' or ')} on this machine: install Debian's mariadb-server, or name a database with --database`,
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** What the installer complained of, else how it ended. */
function complaint(error: unknown): string {
  const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
  return /^.*(?:ERROR|cannot|can't).*$/im.exec(`${stdout}\n${stderr}`)?.[0].trim() ?? message.split('\n')[0] ?? message;
}
