import * as z from 'zod';
import { type OptionDefinition, option } from './option-definition.js';
import { file, hosts, numberOrShare, seconds, size, sizeOrShare, wholeNumber } from './option-types.js';
import type { Values } from './option-values.js';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/**
 * The options with a single value, by name. Those of listeners are in listener-options.ts, those of databases in
 * database-options.ts. The documents have the tables of them: `npm run docs`.
 */
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
    'name of this server, with which, and a dot, the ids of its sessions begin',
    { more: 'see [several processes](operations.md#run-several-processes)', reload: 'restart' },
  ),
  users: option(file(), 'password file, as written by htpasswd -B and netsvc passwd', {
    more: 'without it, all clients are anonymous',
    reload: 'users',
    presence: 'fixed',
  }),
  allow: option(hosts(), 'allowed client addresses and networks, such as 10.0.0.0/8,fd00::/8', {
    reload: 'listeners',
  }),
  deny: option(hosts(), 'denied client addresses and networks', { reload: 'listeners' }),
  'trusted-proxies': option(hosts(), 'proxies whose X-Forwarded-For is trusted', { reload: 'listeners' }),
  'login-failures': option(
    wholeNumber(1, 1_000_000),
    'failed logins as one user from one network after which that login has to wait there',
    { defaultText: '10', beyond: '429', reload: 'users' },
  ),
  'login-exempt': option(hosts(), 'addresses and networks whose failed logins are not counted', {
    more: 'their clients can guess passwords at the speed of the server',
    reload: 'users',
  }),
  insecure: {
    schema: z.boolean(),
    help: 'allow remote access without authentication',
    defaultText: 'false',
    reload: 'use',
  },
  connections: option(wholeNumber(1, 100_000), 'MySQL connections per database', {
    defaultText: '50',
    beyond: 'statements wait',
    reload: 'databases',
    perDatabase: true,
  }),
  'connections-per-user': option(
    numberOrShare(),
    'MySQL connections that a user may hold (0: no limit); a percentage is for each of several users',
    {
      defaultText: '50%',
      beyond: 'its statements wait; fault 51',
      more: 'see [Sharing between users](#sharing-between-users)',
      reload: 'databases',
      perDatabase: true,
    },
  ),
  pin: option(
    { schema: z.enum(['auto', 'always'], 'must be auto or always'), argument: '<when>' },
    'when a session is pinned to a MySQL connection: auto (only when necessary) or always',
    {
      defaultText: 'auto',
      more: 'see [Connections](reference.md#connections)',
      reload: 'databases',
      perDatabase: true,
    },
  ),
  'max-clients': option(wholeNumber(1), 'maximum number of client connections', {
    defaultText: '20000',
    beyond: '[one is closed](#client-connections)',
    reload: 'listeners',
  }),
  'max-sessions': option(wholeNumber(1), 'maximum number of open sessions, and of statements of a database that wait', {
    defaultText: '10000',
    beyond: 'fault 51',
    reload: 'databases',
    perDatabase: true,
  }),
  'max-sessions-per-user': option(
    numberOrShare(),
    'maximum number of open sessions of one user (0: no limit); a percentage is for each of several users',
    { defaultText: '80%', beyond: 'fault 51 for `cursor`', reload: 'databases', perDatabase: true },
  ),
  'max-sessions-per-host': option(wholeNumber(0), 'maximum number of open sessions from one address (0: no limit)', {
    defaultText: '0',
    beyond: 'fault 51 for `cursor`',
    more: 'many clients can be behind one address',
    reload: 'databases',
    perDatabase: true,
  }),
  'max-timeout': option(
    seconds({ positive: true }),
    'maximum idle timeout of a session, and time that a response may be unread, in seconds',
    {
      defaultText: '3600',
      beyond: 'fault 56 for `cursor`; the connection is closed',
      reload: 'databases',
      perDatabase: true,
    },
  ),
  'max-request': option(size(), 'maximum size of a request, compressed and decompressed', {
    defaultText: '64M',
    beyond: 'HTTP 413',
    reload: 'listeners',
  }),
  memory: option(sizeOrShare(), 'maximum memory of what clients make the server hold; % of the maximum heap', {
    defaultText: '50%',
    beyond: 'fault 51',
    more: 'see [Memory accounts](#memory-accounts)',
    reload: 'memory',
  }),
  'memory-per-user': option(sizeOrShare(), 'the same for one user, or address; % of --memory', {
    defaultText: '50%',
    beyond: 'fault 51',
    reload: 'memory',
  }),
  'memory-per-session': option(sizeOrShare(), 'the same for one session; % of --memory', {
    defaultText: '25%',
    beyond: 'fault 51',
    reload: 'memory',
  }),
  'result-memory': option(size(), 'maximum memory of the rows of a statement', {
    defaultText: '16M',
    beyond: 'they are in a file of `TMPDIR`; fault 51 if it cannot be written',
    reload: 'databases',
    perDatabase: true,
  }),
  'max-result': option(size(), 'maximum size of the rows of a statement', {
    defaultText: '4G',
    beyond: 'fault 51',
    more: 'SS cursors store none',
    reload: 'databases',
    perDatabase: true,
  }),
  'connect-wait': option(seconds(), 'seconds that a statement waits for a MySQL connection, or for MySQL', {
    defaultText: '10',
    beyond: "fault 51, or MySQL's 2003, 1040, ...",
    reload: 'databases',
    perDatabase: true,
  }),
  'max-connection-age': option(
    seconds(),
    'seconds after which a MySQL connection is replaced when no session uses it (0: none)',
    {
      defaultText: '300',
      more: 'at random from 80 to 100 % of it; see [what it is for](security.md#what-an-administrator-changes)',
      reload: 'databases',
      perDatabase: true,
    },
  ),
  'query-timeout': option(seconds(), 'seconds that a statement may run (0: no limit)', {
    defaultText: '0',
    beyond: 'it is stopped in MySQL, fault 58; its transaction stays open',
    more: 'of an SS cursor: until its first row',
    reload: 'databases',
    perDatabase: true,
  }),
  'transaction-timeout': option(seconds(), 'seconds that a transaction may take (0: no limit)', {
    defaultText: '0',
    beyond: 'rolled back, fault 58',
    reload: 'databases',
    perDatabase: true,
  }),
  'idle-transaction-timeout': option(seconds(), 'seconds that a transaction may be without a statement (0: no limit)', {
    defaultText: '0',
    beyond: 'rolled back, fault 58',
    reload: 'databases',
    perDatabase: true,
  }),
  'wait-for-database': option(seconds(), 'seconds to try again if MySQL cannot be reached at the start (0: none)', {
    defaultText: '0',
    beyond: 'those that cannot be reached are left out, or the server exits with status 1',
    more: 'see [Health checks](operations.md#health-checks)',
    reload: 'restart',
  }),
  'log-level': option(
    { schema: z.enum(LOG_LEVELS, `must be ${LOG_LEVELS.join(', ')}`), argument: '<level>' },
    `least severe log lines to write: ${LOG_LEVELS.join(', ')}`,
    { defaultText: 'info', more: 'see the [log events](operations.md#log-events)', reload: 'log' },
  ),
  'log-statements': option(
    { schema: z.enum(['none', 'digest', 'full'], 'must be none, digest or full'), argument: '<form>' },
    'statements in the log: none, digest (without values) or full',
    { defaultText: 'digest', reload: 'log' },
  ),
  'slow-query': option(seconds(), 'seconds after which a statement is logged as slow (0: none)', {
    defaultText: '0',
    reload: 'log',
  }),
  'audit-log': option(file(), 'file of the audit log: logins, sessions, statements and what operators do', {
    more: 'see [The audit log](operations.md#the-audit-log)',
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
    defaultText: 'false',
    more: 'see [Metrics](operations.md#metrics)',
    reload: 'use',
  },
  drain: option(seconds(), 'seconds for sessions to end before the server shuts down (0: none)', {
    defaultText: '0',
    beyond: 'they are closed: 404',
    more: 'see [restarts](operations.md#restarts)',
    reload: 'use',
  }),
  grace: option(seconds(), 'seconds for in-flight requests when the server shuts down', {
    defaultText: '10',
    beyond: 'fault 58',
    reload: 'use',
  }),
} as const satisfies Record<string, OptionDefinition>;

type PerDatabase = {
  [Name in keyof typeof OPTIONS]: (typeof OPTIONS)[Name] extends { readonly perDatabase: true } ? Name : never;
}[keyof typeof OPTIONS];

/** The options that a database can have of its own. */
export const DATABASE_LIMITS = Object.fromEntries(
  Object.entries<OptionDefinition>(OPTIONS).filter(([, { perDatabase }]) => perDatabase),
) as Pick<typeof OPTIONS, PerDatabase>;

/** Those of DATABASE_LIMITS that a database has, by their names in camel case. */
export type DatabaseLimitSettings = Partial<Values<typeof DATABASE_LIMITS>>;
