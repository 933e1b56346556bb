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

/**
 * The part of a running server that applies a change of an option: see `NetsvcServer`. Those of `use` are read whenever
 * they are used. `restart`: no part can, and a reload that changes the option is refused.
 */
export type AppliedBy = 'databases' | 'listeners' | 'log' | 'memory' | 'use' | 'users' | 'restart';

/**
 * An option: a flag of the command line and a key of the configuration file. The schema of the file, the flags, the
 * keys of databases, the effective configuration and what a reload applies are derived from these.
 */
export interface OptionDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** The placeholder of the flag's argument; undefined for a flag without one. */
  readonly argument?: string;
  readonly help: string;
  /** The default in text form; undefined if there is none. */
  readonly defaultText?: string;
  readonly reload: AppliedBy;
  /** It can change, but not whether there is one at all: that requires a restart. */
  readonly presence?: 'fixed';
  /** A database can have a value of its own, by a key of the same name. */
  readonly perDatabase?: true;
}

function option<
  Schema extends z.ZodType,
  const Scope extends Pick<OptionDefinition, 'reload' | 'presence' | 'perDatabase'>,
>(type: OptionType<Schema>, help: string, { defaultText, ...scope }: Pick<OptionDefinition, 'defaultText'> & Scope) {
  return { ...type, help, ...scope, ...(defaultText === undefined ? {} : { defaultText }) };
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** The options with a single value, by name. Listeners and databases are in configuration-file.ts. */
export const OPTIONS = {
  data: option({ schema: z.string(), argument: '<folder>' }, 'data folder of the private server', {
    defaultText: '.netsvc',
    reload: 'restart',
  }),
  instance: option(
    {
      schema: z
        .string()
        .regex(/^[\w-]{1,32}$/, 'must be 1 to 32 letters, digits, - or _')
        .optional(),
      argument: '<name>',
    },
    'name of this server, with which the ids of its sessions begin',
    { reload: 'restart' },
  ),
  users: option(file(), 'password file, as written by htpasswd -B and netsvc passwd', {
    reload: 'users',
    presence: 'fixed',
  }),
  allow: option(hosts(), 'allowed client addresses and networks, such as 10.0.0.0/8,fd00::/8', { reload: 'listeners' }),
  deny: option(hosts(), 'denied client addresses and networks', { reload: 'listeners' }),
  'trusted-proxies': option(hosts(), 'proxies whose X-Forwarded-For is trusted', { reload: 'listeners' }),
  'login-failures': option(
    wholeNumber(1, 1_000_000),
    'failed logins as one user from one network after which that login has to wait there',
    { defaultText: '10', reload: 'users' },
  ),
  'login-exempt': option(hosts(), 'addresses and networks whose failed logins are not counted', { reload: 'users' }),
  insecure: { schema: z.boolean(), help: 'allow remote access without authentication', reload: 'use' },
  connections: option(wholeNumber(1, 100_000), 'MySQL connections per database', {
    defaultText: '50',
    reload: 'databases',
    perDatabase: true,
  }),
  'connections-per-user': option(
    numberOrShare(),
    'MySQL connections that a user may hold (0: no limit); a percentage is for each of several users',
    { defaultText: '50%', reload: 'databases', perDatabase: true },
  ),
  pin: option(
    { schema: z.enum(['auto', 'always'], 'must be auto or always'), argument: '<when>' },
    'when a session is pinned to a MySQL connection: auto (only when necessary) or always',
    { defaultText: 'auto', reload: 'databases', perDatabase: true },
  ),
  'max-clients': option(wholeNumber(1), 'maximum number of client connections', {
    defaultText: '20000',
    reload: 'listeners',
  }),
  'max-sessions': option(wholeNumber(1), 'maximum number of open sessions', {
    defaultText: '10000',
    reload: 'databases',
    perDatabase: true,
  }),
  'max-sessions-per-user': option(
    numberOrShare(),
    'maximum number of open sessions of one user (0: no limit); a percentage is for each of several users',
    { defaultText: '80%', reload: 'databases', perDatabase: true },
  ),
  'max-sessions-per-host': option(wholeNumber(0), 'maximum number of open sessions from one address (0: no limit)', {
    defaultText: '0',
    reload: 'databases',
    perDatabase: true,
  }),
  'max-timeout': option(seconds({ positive: true }), 'maximum idle timeout of a session', {
    defaultText: '3600',
    reload: 'databases',
    perDatabase: true,
  }),
  'max-request': option(size(), 'maximum size of a request', { defaultText: '64M', reload: 'listeners' }),
  memory: option(sizeOrShare(), 'maximum memory of what clients make the server hold; % of the maximum heap', {
    defaultText: '50%',
    reload: 'memory',
  }),
  'memory-per-user': option(sizeOrShare(), 'the same for one user, or address; % of --memory', {
    defaultText: '50%',
    reload: 'memory',
  }),
  'memory-per-session': option(sizeOrShare(), 'the same for one session; % of --memory', {
    defaultText: '25%',
    reload: 'memory',
  }),
  'result-memory': option(size(), 'maximum memory of the rows of a statement; rows beyond it are spilled to a file', {
    defaultText: '16M',
    reload: 'databases',
    perDatabase: true,
  }),
  'max-result': option(size(), 'maximum size of the rows of a statement', {
    defaultText: '4G',
    reload: 'databases',
    perDatabase: true,
  }),
  'connect-wait': option(seconds(), 'time-out of the wait for a MySQL connection', {
    defaultText: '10',
    reload: 'databases',
    perDatabase: true,
  }),
  'max-connection-age': option(
    seconds(),
    'age after which a MySQL connection is closed when no session uses it (0: none)',
    { defaultText: '300', reload: 'databases', perDatabase: true },
  ),
  'query-timeout': option(seconds(), 'time-out of a statement (0: none)', {
    defaultText: '0',
    reload: 'databases',
    perDatabase: true,
  }),
  'transaction-timeout': option(seconds(), 'time-out of a transaction (0: none)', {
    defaultText: '0',
    reload: 'databases',
    perDatabase: true,
  }),
  'idle-transaction-timeout': option(seconds(), 'time-out of a transaction without a statement (0: none)', {
    defaultText: '0',
    reload: 'databases',
    perDatabase: true,
  }),
  'wait-for-database': option(seconds(), 'time to wait for MySQL at the start (0: none)', {
    defaultText: '0',
    reload: 'restart',
  }),
  'log-level': option(
    { schema: z.enum(LOG_LEVELS, `must be ${LOG_LEVELS.join(', ')}`), argument: '<level>' },
    `least severe log lines to write: ${LOG_LEVELS.join(', ')}`,
    { defaultText: 'info', reload: 'log' },
  ),
  'log-statements': option(
    { schema: z.enum(['none', 'digest', 'full'], 'must be none, digest or full'), argument: '<form>' },
    'statements in the log: none, digest (without values) or full',
    { defaultText: 'digest', reload: 'log' },
  ),
  'slow-query': option(seconds(), 'log statements that take longer (0: none)', { defaultText: '0', reload: 'log' }),
  'audit-log': option(file(), 'file of the audit log: logins, sessions, statements and what operators do', {
    reload: 'log',
  }),
  'audit-statements': option(
    { schema: z.enum(['none', 'digest', 'full'], 'must be none, digest or full'), argument: '<form>' },
    'statements in the audit log: none, digest (without values) or full',
    { defaultText: 'digest', reload: 'log' },
  ),
  'metrics-per-user': {
    schema: z.boolean(),
    help: 'metrics of each user: calls, faults, time of statements, sessions',
    reload: 'use',
  },
  drain: option(seconds(), 'time for sessions to end before the server shuts down (0: none)', {
    defaultText: '0',
    reload: 'use',
  }),
  grace: option(seconds(), 'shutdown grace period for in-flight requests', { defaultText: '10', reload: 'use' }),
} as const satisfies Record<string, OptionDefinition>;

type PerDatabase = {
  [Name in keyof typeof OPTIONS]: (typeof OPTIONS)[Name] extends { readonly perDatabase: true } ? Name : never;
}[keyof typeof OPTIONS];

/** The options that a database can have of its own. */
export const DATABASE_LIMITS = Object.fromEntries(
  Object.entries<OptionDefinition>(OPTIONS).filter(([, { perDatabase }]) => perDatabase),
) as Pick<typeof OPTIONS, PerDatabase>;

/** The options of a listener. The flags set those of one listener; the file may have several. */
export const LISTENER_OPTIONS = {
  host: option({ schema: z.string(), argument: '<address>' }, 'address to listen on', {
    defaultText: '127.0.0.1',
    reload: 'restart',
  }),
  port: option(wholeNumber(0, 65_535), 'port to listen on (0: any free port)', {
    defaultText: '8000',
    reload: 'restart',
  }),
  'tls-certificate': option(file(), 'TLS certificate in PEM, followed by those of its issuers', {
    reload: 'listeners',
    presence: 'fixed',
  }),
  'tls-key': option(file(), 'private key of the certificate, in PEM', { reload: 'listeners', presence: 'fixed' }),
  'tls-min-version': option(
    {
      schema: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'], 'must be TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3'),
      argument: '<version>',
    },
    'minimum TLS version; TLSv1 and TLSv1.1 are insecure, for clients that support no other',
    { defaultText: 'TLSv1.2', reload: 'listeners' },
  ),
} as const satisfies Record<string, OptionDefinition>;

/** The options of the listener for operators. The port has a flag, `--admin-port`. */
export const ADMIN_OPTIONS = {
  host: option({ schema: z.string(), argument: '<address>' }, 'address to listen on', {
    defaultText: '127.0.0.1',
    reload: 'restart',
  }),
  port: option(
    wholeNumber(0, 65_535),
    'port of the listener for health checks and metrics (0: any free port; default: no such listener)',
    { reload: 'restart' },
  ),
  users: option(file(), 'password file of its users', { reload: 'users', presence: 'fixed' }),
} as const satisfies Record<string, OptionDefinition>;

/** The values of a table of options, by their names in camel case. */
export type Values<Table extends Record<string, OptionDefinition>> = {
  readonly [Name in keyof Table & string as CamelCase<Name>]: z.output<Table[Name]['schema']>;
};

/** Those of DATABASE_LIMITS that a database has, by their names in camel case. */
export type DatabaseLimitSettings = Partial<Values<typeof DATABASE_LIMITS>>;

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
