import { z } from 'zod';
import {
  file,
  hosts,
  numberOrShare,
  type OptionType,
  seconds,
  size,
  sizeOrShare,
  wholeNumber,
} from './option-types.js';

/** An option: a flag of the command line and a key of the configuration file. */
export interface OptionDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** The placeholder of the flag's argument; undefined for a flag without one. */
  readonly argument?: string;
  readonly help: string;
  /** The default in text form; undefined if there is none. */
  readonly defaultText?: string;
}

function option<Schema extends z.ZodType>(type: OptionType<Schema>, help: string, defaultText?: string) {
  return { ...type, help, ...(defaultText === undefined ? {} : { defaultText }) };
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** The options with a single value, by name. Listeners and databases are in configuration-file.ts. */
export const OPTIONS = {
  data: option({ schema: z.string(), argument: '<folder>' }, 'data folder of the private server', '.netsvc'),
  instance: option(
    {
      schema: z
        .string()
        .regex(/^[\w-]{1,32}$/, 'must be 1 to 32 letters, digits, - or _')
        .optional(),
      argument: '<name>',
    },
    'name of this server, with which the ids of its sessions begin',
  ),
  users: option(file(), 'password file, as written by htpasswd -B and netsvc passwd'),
  allow: option(hosts(), 'allowed client addresses and networks, such as 10.0.0.0/8,fd00::/8'),
  deny: option(hosts(), 'denied client addresses and networks'),
  'trusted-proxies': option(hosts(), 'proxies whose X-Forwarded-For is trusted'),
  'login-failures': option(
    wholeNumber(1, 1_000_000),
    'failed logins as one user from one network after which that login has to wait there',
    '10',
  ),
  'login-exempt': option(hosts(), 'addresses and networks whose failed logins are not counted'),
  insecure: { schema: z.boolean(), help: 'allow remote access without authentication' },
  connections: option(wholeNumber(1, 100_000), 'MySQL connections per database', '50'),
  'connections-per-user': option(
    numberOrShare(),
    'MySQL connections that a user may hold (0: no limit); a percentage is for each of several users',
    '50%',
  ),
  pin: option(
    { schema: z.enum(['auto', 'always'], 'must be auto or always'), argument: '<when>' },
    'when a session is pinned to a MySQL connection: auto (only when necessary) or always',
    'auto',
  ),
  'max-clients': option(wholeNumber(1), 'maximum number of client connections', '20000'),
  'max-sessions': option(wholeNumber(1), 'maximum number of open sessions', '10000'),
  'max-sessions-per-user': option(
    numberOrShare(),
    'maximum number of open sessions of one user (0: no limit); a percentage is for each of several users',
    '80%',
  ),
  'max-sessions-per-host': option(
    wholeNumber(0),
    'maximum number of open sessions from one address (0: no limit)',
    '0',
  ),
  'max-timeout': option(seconds({ positive: true }), 'maximum idle timeout of a session', '3600'),
  'max-request': option(size(), 'maximum size of a request', '64M'),
  memory: option(sizeOrShare(), 'maximum memory of what clients make the server hold; % of the maximum heap', '50%'),
  'memory-per-user': option(sizeOrShare(), 'the same for one user, or address; % of --memory', '50%'),
  'memory-per-session': option(sizeOrShare(), 'the same for one session; % of --memory', '25%'),
  'result-memory': option(
    size(),
    'maximum memory of the rows of a statement; rows beyond it are spilled to a file',
    '16M',
  ),
  'max-result': option(size(), 'maximum size of the rows of a statement', '4G'),
  'connect-wait': option(seconds(), 'time-out of the wait for a MySQL connection', '10'),
  'max-connection-age': option(
    seconds(),
    'age after which a MySQL connection is closed when no session uses it (0: none)',
    '300',
  ),
  'query-timeout': option(seconds(), 'time-out of a statement (0: none)', '0'),
  'transaction-timeout': option(seconds(), 'time-out of a transaction (0: none)', '0'),
  'idle-transaction-timeout': option(seconds(), 'time-out of a transaction without a statement (0: none)', '0'),
  'wait-for-database': option(seconds(), 'time to wait for MySQL at the start (0: none)', '0'),
  'log-level': option(
    { schema: z.enum(LOG_LEVELS, `must be ${LOG_LEVELS.join(', ')}`), argument: '<level>' },
    `least severe log lines to write: ${LOG_LEVELS.join(', ')}`,
    'info',
  ),
  'log-statements': option(
    { schema: z.enum(['none', 'digest', 'full'], 'must be none, digest or full'), argument: '<form>' },
    'statements in the log: none, digest (without values) or full',
    'digest',
  ),
  'slow-query': option(seconds(), 'log statements that take longer (0: none)', '0'),
  drain: option(seconds(), 'time for sessions to end before the server shuts down (0: none)', '0'),
  grace: option(seconds(), 'shutdown grace period for in-flight requests', '10'),
} as const satisfies Record<string, OptionDefinition>;

/** The options that a database can have of its own, by keys of the same name. */
export const DATABASE_LIMITS = [
  'connections',
  'connections-per-user',
  'connect-wait',
  'max-connection-age',
  'max-sessions',
  'max-sessions-per-user',
  'max-sessions-per-host',
  'max-timeout',
  'query-timeout',
  'transaction-timeout',
  'idle-transaction-timeout',
  'result-memory',
  'max-result',
  'pin',
] as const satisfies (keyof typeof OPTIONS)[];

/** The options of a listener. The flags set those of one listener; the file may have several. */
export const LISTENER_OPTIONS = {
  host: option({ schema: z.string(), argument: '<address>' }, 'address to listen on', '127.0.0.1'),
  port: option(wholeNumber(0, 65_535), 'port to listen on (0: any free port)', '8000'),
  'tls-certificate': option(file(), 'TLS certificate in PEM, followed by those of its issuers'),
  'tls-key': option(file(), 'private key of the certificate, in PEM'),
  'tls-min-version': option(
    {
      schema: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], 'must be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3'),
      argument: '<version>',
    },
    'minimum TLS version; TLSv1 and TLSv1.1 are insecure, for clients that support no other',
    'TLSv1.2',
  ),
} as const satisfies Record<string, OptionDefinition>;

/** The options of the listener for operators. The port has a flag, `--admin-port`. */
export const ADMIN_OPTIONS = {
  host: option({ schema: z.string(), argument: '<address>' }, 'address to listen on', '127.0.0.1'),
  port: option(
    wholeNumber(0, 65_535),
    'port of the listener for health checks and metrics (0: any free port; default: no such listener)',
  ),
  users: option(file(), 'password file of its users'),
} as const satisfies Record<string, OptionDefinition>;

/** The values of a table of options, by their names in camel case. */
export type Values<Table extends Record<string, OptionDefinition>> = {
  readonly [Name in keyof Table & string as CamelCase<Name>]: z.output<Table[Name]['schema']>;
};

/** Those of DATABASE_LIMITS that a database has, by their names in camel case. */
export type DatabaseLimitSettings = Partial<Pick<Values<typeof OPTIONS>, CamelCase<(typeof DATABASE_LIMITS)[number]>>>;

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/**
 * Returns the values of all options in a table: those that are given, and the defaults of the others.
 *
 * @param given parsed by their schemas
 */
export function withDefaults<Table extends Record<string, OptionDefinition>>(
  table: Table,
  given: Readonly<Record<string, unknown>>,
): Values<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, { schema, defaultText, argument }] of Object.entries(table)) {
    const missing = argument === undefined ? false : defaultText;
    const value = given[name] ?? (missing === undefined ? undefined : schema.parse(missing));
    values[camelCase(name)] = value;
  }
  return values as Values<Table>;
}

/** Whether the value of an option is the name of a file or folder. */
export function isPath({ argument }: OptionDefinition): boolean {
  return argument === '<file>' || argument === '<folder>';
}

/** Converts `max-sessions` to `maxSessions`. */
export function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
