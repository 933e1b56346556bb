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

/** Folders of the server in Debian and other systems that are not in the PATH of ordinary users. */
const SERVER_PATHS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/local/mysql/bin'];

/** The maximum length of the path of a Unix socket. */
const MAX_SOCKET_PATH = 100;

/** Milliseconds that the server may take to start, and to stop. */
const START_WAIT = 60_000;
const STOP_WAIT = 30_000;

/** An error that the user has to solve, in one line. */
export class MariadbUnavailable extends Error {}

/** A private MariaDB server: its data is in a folder of its own, and it listens on a Unix socket only. */
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
   * Starts a server with its data in `folder`, which is created if it does not exist, with an empty database `test`.
   *
   * @param flags additional flags of the server
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

  /** Stops the server. A server that does not stop in time is killed. */
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
    const reason = error instanceof FolderInUse ? error.message : complaint(error);
    throw new MariadbUnavailable(`cannot use data folder ${folder}: ${reason}`, { cause: error });
  }
}

async function launch(
  server: string,
  data: string,
  flags: readonly string[],
): Promise<{ child: ChildProcess; socketPath: string }> {
  await stopOrphan(data);
  await mkdir(temporaryFolder(data), { recursive: true, mode: 0o700 });
  if (!(await exists(data))) await install(data);
  const socketPath = await socketFor(data);
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${socketPath}`,
    '--skip-networking',
    `--pid-file=${pidFile(data)}`,
    `--tmpdir=${temporaryFolder(data)}`,
    '--character-set-server=utf8mb4',
    ...asRoot(),
    ...flags,
  ];
  // In a process group of its own, so that Ctrl-C does not stop it before the last statement has ended.
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

/**
 * Creates the data folder under another name and renames it when it is complete, so that an incomplete one is not used.
 */
async function install(data: string): Promise<void> {
  const installer = await findProgram(['mariadb-install-db', 'mysql_install_db']);
  const unfinished = `${data}.new`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await promisify(execFile)(installer, [
      '--no-defaults',
      `--datadir=${unfinished}`,
      `--tmpdir=${temporaryFolder(data)}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...asRoot(),
    ]);
    await rename(unfinished, data);
  } catch (error) {
    throw new MariadbUnavailable(`cannot create a MariaDB data folder in ${data}: ${complaint(error)}`, {
      cause: error,
    });
  }
}

/** Resolves when the server is ready for connections. */
async function ready(child: ChildProcess): Promise<void> {
  let last = '';
  const timer = setTimeout(() => child.kill('SIGKILL'), START_WAIT);
  try {
    await new Promise<void>((resolve, reject) => {
      const failed = (why: string) => reject(new MariadbUnavailable(`cannot start the private MariaDB: ${why}`));
      child.once('error', (error) => failed(error.message));
      child.once('exit', () => failed(last || 'the server exited'));
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

/** Stops a server whose netsvc was killed: it still has the data open, and no other users. */
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
      throw new MariadbUnavailable(`cannot use data folder ${data}: MariaDB process ${pid} does not stop`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A folder of its own, because MariaDB removes temporary files of all servers from the folder when it starts. */
function temporaryFolder(data: string): string {
  return `${data}.tmp`;
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
  throw new MariadbUnavailable(`cannot find ${names.join(' or ')}: install Debian's mariadb-server, or set --database`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Returns the error message of the installer, or how it ended. */
function complaint(error: unknown): string {
  const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
  return /^.*(?:ERROR|cannot|can't).*$/im.exec(`${stdout}\n${stderr}`)?.[0].trim() ?? message.split('\n')[0] ?? message;
}
