import { isIPv4 } from 'node:net';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type MysqlTarget, parseMysqlUrl } from '../database/mysql-url.js';

/** What `bin/netsvc` was asked to do. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** By the name of their endpoint. Empty: start a private MariaDB and serve its `test`. */
  readonly databases: ReadonlyMap<string, MysqlTarget>;
  /** The folder of the private MariaDB. */
  readonly data: string;
  /** MySQL connections per database. */
  readonly connections: number;
  /** Whether each session keeps a MySQL connection of its own. */
  readonly pin: boolean;
  readonly maxSessions: number;
  /** 0: no limit. */
  readonly maxSessionsPerUser: number;
  /** 0: no limit. */
  readonly maxSessionsPerHost: number;
  /** Seconds. */
  readonly maxTimeout: number;
  /** Bytes. */
  readonly maxRequest: number;
  /** Bytes. */
  readonly resultMemory: number;
  /** Bytes. */
  readonly maxResult: number;
  /** Seconds; 0: no limit. */
  readonly queryTimeout: number;
  /** Seconds. */
  readonly grace: number;
  /** Seconds. */
  readonly connectWait: number;
}

/** Wrong usage, told in one line. `shown` is for --help and --version, which have printed what was asked for. */
export class UsageError extends Error {
  constructor(
    message: string,
    readonly shown = false,
  ) {
    super(message);
  }
}

type Flags = Omit<Settings, 'databases' | 'pin'> & {
  readonly database?: string[];
  readonly insecure?: true;
  readonly pin: 'auto' | 'always';
};

const DEFAULT_NAME = 'database';

/**
 * Reads the command line, without the program's name.
 *
 * @throws {UsageError}
 */
export function parseSettings(args: readonly string[], env: NodeJS.ProcessEnv, version: string): Settings {
  const command = describeCommand(version);
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(error.message.replace(/^error: /, ''), error.exitCode === 0);
  }
  const { database, insecure, pin, ...settings } = command.opts<Flags>();
  if (!insecure && !isLoopback(settings.host)) {
    throw new UsageError(`anyone who reaches ${settings.host} could run SQL: listen on 127.0.0.1, or add --insecure`);
  }
  const named = database ?? env.NETSVC_DATABASE?.split(/\s+/).filter(Boolean) ?? [];
  return { ...settings, pin: pin === 'always', databases: parseDatabases(named) };
}

function describeCommand(version: string): Command {
  return new Command('netsvc')
    .description('Gives XML-RPC clients MySQL cursor sessions of their own.')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <number>', 'where to listen; 0 takes a free port', wholeNumber(0, 65535), 8000)
    .option(
      '--database <[name=]url>',
      'a database to serve, as mysql://user:password@host:port/database; may be given more than once ' +
        '(default: NETSVC_DATABASE, else a private MariaDB)',
      (value: string, before: string[] = []) => [...before, value],
    )
    .option('--data <folder>', 'where the private MariaDB keeps its data', '.netsvc')
    .option('--connections <number>', 'MySQL connections per database', wholeNumber(1, 100_000), 50)
    .addOption(
      new Option(
        '--pin <when>',
        'when a session keeps a MySQL connection of its own: only while something ties it to one, or always',
      )
        .choices(['auto', 'always'])
        .default('auto'),
    )
    .option('--max-sessions <number>', 'sessions open at once', wholeNumber(1), 10_000)
    .option('--max-sessions-per-user <number>', 'sessions open at once of one user; 0: no limit', wholeNumber(0), 0)
    .option('--max-sessions-per-host <number>', 'sessions open at once from one host; 0: no limit', wholeNumber(0), 0)
    .option('--max-timeout <seconds>', 'idle time that a client may ask for', seconds, 3600)
    .addOption(new Option('--max-request <bytes>', 'size of a request').argParser(size).default(size('64M'), '64M'))
    .addOption(
      new Option('--result-memory <bytes>', 'memory for the rows of one statement; more go to a file')
        .argParser(size)
        .default(size('16M'), '16M'),
    )
    .addOption(
      new Option('--max-result <bytes>', 'size of the rows of one statement').argParser(size).default(size('4G'), '4G'),
    )
    .option('--connect-wait <seconds>', 'time to wait for a free MySQL connection', seconds, 10)
    .option('--query-timeout <seconds>', 'time that a statement may run; 0: no limit', seconds, 0)
    .option('--grace <seconds>', 'time that running requests get to finish at the end', seconds, 10)
    .option('--insecure', 'listen beyond this machine although nobody has to log in')
    .version(version)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

function parseDatabases(values: readonly string[]): Map<string, MysqlTarget> {
  const databases = new Map<string, MysqlTarget>();
  for (const value of values) {
    const [, name = DEFAULT_NAME, url = value] = /^([^=:]+)=(.*)$/s.exec(value) ?? [];
    if (!/^[\w-]+(\/[\w-]+)*$/.test(name)) throw new UsageError(`"${name}" cannot be the name of an endpoint`);
    if (databases.has(name)) throw new UsageError(`two databases are named "${name}": give them names, NAME=URL`);
    databases.set(name, parseDatabase(url));
  }
  return databases;
}

function parseDatabase(url: string): MysqlTarget {
  try {
    return parseMysqlUrl(url);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `It is a whole number from ${least}.`
        : `It is a whole number from ${least} to ${most}.`,
    );
  };
}

function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  // What setTimeout can wait for.
  if (value <= 2_000_000) return value;
  throw new InvalidArgumentError('It is a number of seconds, at most 2000000.');
}

/** Bytes, or thousands of them with the letters that MySQL's options take: K, M and G are powers of 1024. */
function size(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * 1024 ** ' KMG'.indexOf(unit.toUpperCase() || ' ');
  if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('It is a number of bytes, such as 65536, 64K or 16M.');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
