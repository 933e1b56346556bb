import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { ConnectionOptions } from 'mysql2';
import { createConnection } from 'mysql2/promise';
import { FolderInUse, FolderLock } from './folder-lock.js';
import {
  complaint,
  exists,
  loggedError,
  SERVER_KINDS,
  type ServerKind,
  ServerProgram,
  ServerUnavailable,
} from './server-program.js';

/** The maximum length of the path of a Unix socket. */
const MAX_SOCKET_PATH = 100;

/** Milliseconds that the server may take to start, and to stop. */
const START_WAIT = 60_000;
const STOP_WAIT = 30_000;

/** A private MySQL or MariaDB server: its data is in a folder of its own, and it listens on a Unix socket only. */
export class PrivateServer {
  readonly program: ServerProgram;
  readonly options: ConnectionOptions;
  readonly #process: ChildProcess;
  readonly #lock: FolderLock;

  private constructor(program: ServerProgram, process: ChildProcess, lock: FolderLock, options: ConnectionOptions) {
    this.program = program;
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
   * @throws {ServerUnavailable}
   */
  static async start(folder: string, flags: readonly string[] = []): Promise<PrivateServer> {
    const home = resolve(folder);
    const lock = await lockFolder(home);
    let child: ChildProcess | undefined;
    try {
      const program = await programFor(home);
      const launched = await launch(program, dataFolder(home, program.kind), flags);
      child = launched.child;
      const options = { socketPath: launched.socketPath, user: 'root', database: 'test' };
      const connection = await createConnection({ ...options, database: '' });
      await connection.query('CREATE DATABASE IF NOT EXISTS test');
      await connection.end();
      return new PrivateServer(program, child, lock, options);
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
    throw new ServerUnavailable(`cannot use data folder ${folder}: ${reason}`, { cause: error });
  }
}

/** Returns the installed server that can open the data in `home`, or any if there is none. */
async function programFor(home: string): Promise<ServerProgram> {
  for (const kind of SERVER_KINDS) {
    if (!(await exists(dataFolder(home, kind)))) continue;
    const program = await ServerProgram.find([kind]);
    if (program === undefined) throw new ServerUnavailable(`cannot use data folder ${home}: it requires ${kind}`);
    return program;
  }
  const program = await ServerProgram.find();
  if (program) return program;
  throw new ServerUnavailable("cannot find mariadbd or mysqld: install Debian's mariadb-server, or set --database");
}

function dataFolder(home: string, kind: ServerKind): string {
  return join(home, kind.toLowerCase());
}

async function launch(
  program: ServerProgram,
  data: string,
  flags: readonly string[],
): Promise<{ child: ChildProcess; socketPath: string }> {
  await stopOrphan(data);
  const temporary = temporaryFolder(data);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  if (!(await exists(data))) await install(program, data);
  const socketPath = await socketFor(data);
  const args = [...program.serverArguments(data, temporary, socketPath, pidFile(data)), ...flags];
  // In a process group of its own, so that Ctrl-C does not stop it before the last statement has ended.
  const child = spawn(program.path, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  await ready(child, program);
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
async function install(program: ServerProgram, data: string): Promise<void> {
  const unfinished = `${data}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await program.createData(unfinished, temporaryFolder(data));
  await rename(unfinished, data);
}

/** Resolves when the server is ready for connections. */
async function ready(child: ChildProcess, { name }: ServerProgram): Promise<void> {
  let reason: string | undefined;
  const timer = setTimeout(() => child.kill('SIGKILL'), START_WAIT);
  try {
    await new Promise<void>((resolve, reject) => {
      const failed = (why: string) => reject(new ServerUnavailable(`cannot start the private ${name}: ${why}`));
      child.once('error', (error) => failed(error.message));
      child.once('close', () => failed(reason ?? 'the server exited'));
      if (child.stderr === null) return;
      const lines = createInterface(child.stderr);
      lines.on('line', (line) => {
        reason ??= loggedError(line);
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
      throw new ServerUnavailable(`cannot use data folder ${data}: server process ${pid} does not stop`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A folder of its own, because a server removes temporary files of all servers from the folder when it starts. */
function temporaryFolder(data: string): string {
  return `${data}.tmp`;
}

function pidFile(data: string): string {
  return `${data}.pid`;
}

async function socketFor(data: string): Promise<string> {
  const path = `${data}.sock`;
  return path.length <= MAX_SOCKET_PATH ? path : join(await mkdtemp(join(tmpdir(), 'netsvc-')), basename(path));
}
