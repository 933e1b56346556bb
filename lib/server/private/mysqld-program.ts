import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { systemErrorText } from '../../system/system-error.js';

/** Folders of the server in Debian and other systems that are not in the PATH of ordinary users. */
const SERVER_PATHS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/local/mysql/bin'];

/** In Debian's packages of MariaDB, `mysqld` is another name of `mariadbd`. */
const SERVER_NAMES = ['mariadbd', 'mysqld'];

/** The kinds of servers. They cannot open each other's data. */
export const SERVER_KINDS = ['MariaDB', 'MySQL'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** An error that the user has to solve, in one line. */
export class ServerUnavailable extends Error {}

/** A MySQL or MariaDB server that is installed on this machine. */
export class MysqldProgram {
  private constructor(
    readonly path: string,
    readonly kind: ServerKind,
    readonly version: string,
  ) {}

  /**
   * Returns the first server of one of `kinds` in the PATH and in the usual folders.
   *
   * @throws {ServerUnavailable} if a server before it does not run
   */
  static async find(kinds: readonly ServerKind[] = SERVER_KINDS): Promise<MysqldProgram | undefined> {
    for (const path of findPrograms(SERVER_NAMES)) {
      const program = await MysqldProgram.at(path);
      if (kinds.includes(program.kind)) return program;
    }
    return undefined;
  }

  /** @throws {ServerUnavailable} if the program is not a server */
  static async at(path: string): Promise<MysqldProgram> {
    const { stdout } = await run(path, ['--no-defaults', '--version'], `cannot run ${path}`);
    const version = /\bVer (\d+(?:\.\d+)+)/.exec(stdout)?.[1];
    if (version === undefined) throw new ServerUnavailable(`${path} is not a MySQL or MariaDB server`);
    return new MysqldProgram(path, /mariadb/i.test(stdout) ? 'MariaDB' : 'MySQL', version);
  }

  /** Such as `MariaDB 10.11.19`. */
  get name(): string {
    return `${this.kind} ${this.version}`;
  }

  /**
   * Creates a data folder, whose only account is root@localhost without a password.
   *
   * @throws {ServerUnavailable}
   */
  async createData(folder: string, temporary: string): Promise<void> {
    const args = ['--no-defaults', `--datadir=${folder}`, `--tmpdir=${temporary}`, ...this.#options()];
    const failure = `cannot create the data folder of ${this.name}`;
    if (this.kind === 'MySQL') {
      await run(this.path, [...args, '--initialize-insecure'], failure);
      return;
    }
    const [installer] = findPrograms(['mariadb-install-db', 'mysql_install_db']);
    if (installer === undefined) throw new ServerUnavailable(`${failure}: cannot find mariadb-install-db`);
    await run(installer, [...args, '--auth-root-authentication-method=normal', '--skip-test-db'], failure);
  }

  /** Returns the arguments of a server that listens on a Unix socket only. */
  serverArguments(data: string, temporary: string, socket: string, pidFile: string): string[] {
    return [
      '--no-defaults',
      `--datadir=${data}`,
      `--tmpdir=${temporary}`,
      `--socket=${socket}`,
      `--pid-file=${pidFile}`,
      '--skip-networking',
      '--character-set-server=utf8mb4',
      ...(this.kind === 'MySQL' ? ['--mysqlx=OFF'] : []),
      ...this.#options(),
    ];
  }

  #options(): string[] {
    return [
      // The default is a folder that only some packages of MySQL create, and without it the server does not start.
      ...(this.kind === 'MySQL' ? ['--secure-file-priv=NULL'] : []),
      ...(userInfo().uid === 0 ? ['--user=root'] : []),
    ];
  }
}

/** Returns the message of a line of a server's log if it is an error that is not only the consequence of another. */
export function loggedError(line: string): string | undefined {
  const message = /\[ERROR\] (?:\[MY-\d+\] \[\w+\] )?(.*)$/.exec(line)?.[1]?.trim();
  return message === 'Aborting' ? undefined : message;
}

/** Runs a program to its end. */
async function run(path: string, args: readonly string[], failure: string): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)(path, args);
  } catch (error) {
    throw new ServerUnavailable(`${failure}: ${complaint(error)}`, { cause: error });
  }
}

/** Returns the paths of programs: for each folder, those of all names. */
function findPrograms(names: readonly string[]): string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SERVER_PATHS].filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).filter(existsSync);
}

/** Returns the first error message of a program, or how it ended. */
export function complaint(error: unknown): string {
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
  const line = /^.*(?:ERROR|cannot|can't).*$/im.exec(`${stdout}\n${stderr}`)?.[0].trim();
  return (line && (loggedError(line) ?? line)) ?? systemErrorText(error).split('\n', 1).join();
}
