import type { MethodDeclaration } from '../../netsvc/method-declaration.js';

const DATABASE = { name: 'database', type: 'string' } as const;
const RESET = { name: 'reset', type: 'boolean', optional: true } as const;

/** The methods of the admin service. */
export const ADMIN_METHODS = {
  sessions: {
    params: [{ name: 'criteria', type: 'struct', optional: true }],
    returns: 'array',
    help:
      'Returns the open sessions, as structs: session is the digest of its id by which the other methods and the ' +
      'log name it. statement is the beginning of the statement that it is running, lastStatement of the last one ' +
      'on the connection that it holds, and rows the number of rows that it has not fetched. Times are in seconds. ' +
      'criteria selects sessions: its members are session, user, host (an address or network), database, state, ' +
      'pinReason and connection, and the least age, idle, statementAge and transactionAge. All of them must hold.',
  },
  connections: {
    params: [],
    returns: 'array',
    help:
      'Returns the MySQL connections, as structs of database, id (as in SHOW PROCESSLIST), state (idle, parked, ' +
      'used, pinned, ...) and for how long, the session and the user or host that holds it, and the statement that ' +
      'it runs.',
  },
  databases: {
    params: [],
    returns: 'array',
    help:
      'Returns the databases, as structs: state is open, paused, disabled or unreachable, with the reason of a ' +
      'disabled one, and the numbers of sessions, of connections and of requests that wait for one.',
  },
  statements: {
    params: [RESET],
    returns: 'array',
    help:
      'Returns the statements, without their values, as structs of database, digest, calls, errors, rows, the ' +
      'total, mean and maximum seconds, and who ran it last. Those that have taken the most time are first. With ' +
      'reset, what has been counted is 0 afterwards.',
  },
  users: {
    params: [RESET],
    returns: 'array',
    help:
      'Returns the users, and the addresses of anonymous clients, as structs of the open sessions, the MySQL ' +
      'connections that they hold, calls, faults, statements, their seconds and rows, bytesIn, bytesOut, ' +
      'failedLogins and lastSeen. With reset, what has been counted is 0 afterwards.',
  },
  cancel: {
    params: [{ name: 'sessions', type: 'any' }],
    returns: 'any',
    help:
      'Stops the statement that a session is running: its client gets fault 58. Returns whether one was running. ' +
      'With a struct of criteria, as of sessions, in place of a digest, those of all sessions that it selects: ' +
      'returns how many were running. A struct without criteria must have the member all, which is true.',
  },
  close: {
    params: [{ name: 'sessions', type: 'any' }],
    returns: 'any',
    help:
      'Closes a session. Its transaction is rolled back. With a struct of criteria, as of cancel, all sessions that' +
      ' it selects: returns how many.',
  },
  pause: {
    params: [DATABASE, { name: 'seconds', type: 'double' }, { name: 'force', type: 'boolean', optional: true }],
    returns: 'nil',
    help:
      'Makes new statements wait, so that MySQL can be restarted. Returns when no session uses a connection and all' +
      ' are closed. After so many seconds, the pause is lifted; if there still were connections then, with fault ' +
      '51. With force, sessions that are pinned and idle for a second are closed, and after half of the time all ' +
      'that still have a connection.',
  },
  resume: { params: [DATABASE], returns: 'nil', help: 'Lifts a pause.' },
  disable: {
    params: [DATABASE, { name: 'reason', type: 'string', optional: true }],
    returns: 'nil',
    help:
      'Makes all calls that need MySQL fail at once with fault 51, which has the reason, until enable or a restart.' +
      ' Statements that run may end. Sessions that are pinned are closed when they are idle: their transactions are' +
      ' rolled back.',
  },
  enable: { params: [DATABASE], returns: 'nil', help: 'Undoes disable.' },
  reconnect: {
    params: [DATABASE],
    returns: 'nil',
    help:
      'Replaces the MySQL connections of a database: those that no session is using or pinned to at once, the ' +
      'others when their session no longer is.',
  },
  reload: {
    params: [],
    returns: 'struct',
    help:
      'Reads the configuration, the password files and the certificates again, checks and applies them, and ' +
      'replaces the MySQL connections, as SIGHUP does. Returns the keys that have changed. If anything cannot be ' +
      'used, or a change requires a restart, nothing is reloaded, and fault 58 says why.',
  },
  unlock: {
    params: [
      { name: 'login', type: 'string', optional: true },
      { name: 'host', type: 'string', optional: true },
    ],
    returns: 'int',
    help:
      'Forgets failed logins, so that the next ones are checked at once: those as one user, from the network of an ' +
      "address, or both; all without arguments. '' is any user. Returns how many users and networks had to wait.",
  },
} as const satisfies Record<string, MethodDeclaration>;
