import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readlink, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { ConnectionOptions } from 'mysql2';
import { createConnection } from 'mysql2/promise';
import { systemErrorText } from '../../system/system-error.js';
import { FolderInUse, lockFolder } from './folder-lock.js';
import { MysqldProcess } from './mysqld-process.js';
import { complaint, MysqldProgram, SERVER_KINDS, type ServerKind, ServerUnavailable } from './mysqld-program.js';

/** The maximum length of the path of a Unix socket, in bytes. */
const MAX_SOCKET_PATH = 100;

/** Milliseconds that a server that another netsvc has left running may take to stop. */
const ORPHAN_WAIT = 30_000;

/** A private MySQL or MariaDB server: its data is in a folder of its own, and it listens on a Unix socket only. */
export class PrivateServer {
  readonly program: MysqldProgram;
  /** The same after a restart. */
  readonly options: ConnectionOptions;
  readonly #release: () => Promise<void>;
  readonly #spawn: () => MysqldProcess;
  #process: MysqldProcess;
  #restarting: Promise<void> = Promise.resolve();
  #stopping = false;

  private constructor(
    program: MysqldProgram,
    options: ConnectionOptions,
    release: () => Promise<void>,
    spawn: () => MysqldProcess,
  ) {
    this.program = program;
    this.options = options;
    this.#release = release;
    this.#spawn = spawn;
    this.#process = spawn();
  }

  get name(): string {
    return this.program.name;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves to how the process that is running now ended. */
  get ended(): Promise<string> {
    return this.#process.ended;
  }

  /**
   * Starts a server with its data in `folder`, which is created if it does not exist, with an empty database `test`.
   *
   * @param flags additional flags of the server
   * @param signal tells the server to stop, for a process that cannot wait for it, also while it is being started
   * @throws {ServerUnavailable}
   */
  static async start(
    folder: string,
    flags: readonly string[] = [],
    signal: AbortSignal = new AbortController().signal,
  ): Promise<PrivateServer> {
    const home = resolve(folder);
    const unlock = await locked(home);
    const release = async () => {
      await removeSocketFolders(home);
      unlock();
    };
    try {
      const program = await programFor(home);
      const data = dataFolder(home, program.kind);
      await prepare(program, data);
      const socketPath = await socketFor(data);
      const { temporary, pid } = besides(data);
      const args = [...program.serverArguments(data, temporary, socketPath, pid), ...flags];
      const options = { socketPath, user: 'root', database: 'test' };
      const server = new PrivateServer(program, options, release, () => new MysqldProcess(program.path, args, signal));
      await server.#ready();
      return server;
    } catch (error) {
      await release();
      if (error instanceof ServerUnavailable) throw error;
      throw new ServerUnavailable(`cannot use data folder ${home}: ${systemErrorText(error)}`, { cause: error });
    }
  }

  /**
   * Starts the server again after it has ended, with the same data and the same socket.
   *
   * @throws {ServerUnavailable}
   */
  restart(): Promise<void> {
    // Otherwise nobody would stop the new process.
    if (this.#stopping) return Promise.reject(new ServerUnavailable(`the private ${this.name} is stopping`));
    this.#process = this.#spawn();
    const restarting = this.#ready();
    this.#restarting = restarting.catch(() => {});
    return restarting;
  }

  /** Stops the server, also while it is being restarted. A server that does not stop in time is killed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#process.terminate();
    await this.#restarting;
    await this.#release();
  }

  /** If the server does not become ready, its process has ended. */
  async #ready(): Promise<void> {
    try {
      await this.#process.ready();
      const connection = await createConnection({ ...this.options, database: '' });
      try {
        await connection.query('CREATE DATABASE IF NOT EXISTS test');
      } finally {
        connection.destroy();
      }
    } catch (error) {
      await this.#process.terminate();
      throw new ServerUnavailable(`cannot start the private ${this.name}: ${systemErrorText(error)}`, { cause: error });
    }
  }
}

async function locked(folder: string): Promise<() => void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await lockFolder(folder);
  } catch (error) {
    const reason = error instanceof FolderInUse ? error.message : complaint(error);
    throw new ServerUnavailable(`cannot use data folder ${folder}: ${reason}`, { cause: error });
  }
}

/** Returns the installed server that can open the data in `home`, or any if there is none. */
async function programFor(home: string): Promise<MysqldProgram> {
  for (const kind of SERVER_KINDS) {
    if (!existsSync(dataFolder(home, kind))) continue;
    const program = await MysqldProgram.find([kind]);
    if (program === undefined) throw new ServerUnavailable(`cannot use data folder ${home}: it requires ${kind}`);
    return program;
  }
  const program = await MysqldProgram.find();
  if (program) return program;
  throw new ServerUnavailable(
    "cannot find mariadbd or mysqld: install MariaDB (Debian's mariadb-server) or MySQL, or set --database",
  );
}

function dataFolder(home: string, kind: ServerKind): string {
  return join(home, kind.toLowerCase());
}

/**
 * Creates the data folder, if there is none: under another name, and renamed when it is complete, so that an incomplete
 * one is not used. No other server may have it open.
 */
async function prepare(program: MysqldProgram, data: string): Promise<void> {
  await stopOrphan(data);
  const { temporary } = besides(data);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  if (existsSync(data)) return;
  const unfinished = `${data}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await program.createData(unfinished, temporary);
  await rename(unfinished, data);
}

/** Stops a server whose netsvc was killed: it still has the data open, and no other users. */
async function stopOrphan(data: string): Promise<void> {
  const text = await readFile(besides(data).pid, 'utf8').catch(() => '');
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 1) return;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (!command.split('\0').includes(`--datadir=${data}`)) return;
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + ORPHAN_WAIT;
  while (existsSync(`/proc/${pid}`)) {
    if (Date.now() > deadline)
      throw new ServerUnavailable(`cannot use data folder ${data}: server process ${pid} does not stop`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What is beside the data of a server. */
function besides(data: string) {
  return {
    // A folder of its own, because a server removes temporary files of all servers from the folder when it starts.
    temporary: `${data}.tmp`,
    pid: `${data}.pid`,
    socket: `${data}.sock`,
  };
}

/**
 * Returns the path of the socket: beside the data, or, if that is too long, in a folder of temporary files. Then a link
 * beside the data names it, so that the next start removes the folder of a server whose netsvc was killed.
 */
async function socketFor(data: string): Promise<string> {
  const path = besides(data).socket;
  await removeSocketFolder(path);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  const short = join(await mkdtemp(join(tmpdir(), 'netsvc-')), basename(path));
  await symlink(short, path);
  return short;
}

async function removeSocketFolders(home: string): Promise<void> {
  for (const kind of SERVER_KINDS) await removeSocketFolder(besides(dataFolder(home, kind)).socket);
}

/** Removes the folder of the socket of a server that has ended, and the link that names it, if there is one. */
async function removeSocketFolder(link: string): Promise<void> {
  const path = await readlink(link).catch(() => undefined);
  if (path === undefined) return;
  // The system may have removed temporary files. Somebody else's are left.
  await rm(path, { force: true }).catch(() => {});
  await rmdir(dirname(path)).catch(() => {});
  await rm(link);
}
