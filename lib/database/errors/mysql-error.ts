import type { StatementOutcome } from './statement-outcome.js';

/**
 * An error as MySQL's client library reports it, with the number and the message that MySQLdb raises.
 *
 * @example
 * if (error instanceof MysqlError && error.errno === 1062) return 'duplicate key';
 */
export class MysqlError extends Error {
  static {
    MysqlError.prototype.name = 'MysqlError';
  }

  /** @param outcome what the statement did until it failed; undefined if no statement ran */
  constructor(
    readonly errno: number,
    message: string,
    options?: ErrorOptions,
    readonly outcome?: StatementOutcome,
  ) {
    super(message, options);
  }
}

/** An error that MySQLdb detects before it sends a statement: a ProgrammingError with a message and no number. */
export class ProgrammingError extends Error {
  static {
    ProgrammingError.prototype.name = 'ProgrammingError';
  }
}

const CR_CONN_HOST_ERROR = 2003;
const CR_SERVER_GONE_ERROR = 2006;
const CR_SERVER_LOST = 2013;

const ER_UNKNOWN_COM_ERROR = 1047;
const INTERRUPTED = 1317;

/** Whether the server reported the error, and not the client library, whose numbers are 2000 to 2999. */
export function isServerError(error: Error): error is MysqlError {
  return error instanceof MysqlError && !(error.errno >= 2000 && error.errno < 3000);
}

/** A server that is not used, because it cannot be written to. */
export class ReadOnlyServer extends Error {
  static {
    ReadOnlyServer.prototype.name = 'ReadOnlyServer';
  }
}

/**
 * The refusals of a server that another host may not have: not prepared (1047 of Galera), shutdown (1053), client
 * blocked or not allowed (1129, 1130) and offline mode (3032). Not 1040: clients can cause it, and the other hosts
 * would be next.
 */
const HOST_ERRNOS = new Set([1047, 1053, 1129, 1130, 3032]);

/** Whether a failure to connect is a reason to try another host. */
export function isHostFailure(error: MysqlError): boolean {
  return !isServerError(error) || HOST_ERRNOS.has(error.errno);
}

/**
 * Returns the error of a database none of whose hosts can be used.
 *
 * @param failures one or more
 * @param main the one whose number it has
 */
export function hostsError(failures: readonly MysqlError[], main = failures[0]): MysqlError {
  if (main === undefined) return new MysqlError(CR_CONN_HOST_ERROR, "Can't connect to MySQL server");
  if (failures.length === 1) return main;
  return new MysqlError(main.errno, failures.map(({ message }) => message).join('; '), { cause: main.cause });
}

/**
 * The errors after which the server closes the connection: shutdown (1053), packet too large (1153), connection killed
 * (1927 in MariaDB, 3169 in MySQL) and idle time-out (4031). 2013 stands for all errors that mysql2 raises by itself.
 */
const CONNECTION_ENDING_ERRNOS = new Set([1053, 1153, 1927, 3169, 4031, CR_SERVER_LOST]);

/** Whether the connection cannot be used after the error. */
export function endsConnection({ errno }: MysqlError): boolean {
  return CONNECTION_ENDING_ERRNOS.has(errno);
}

/** Whether the server, or a proxy, does not know a command of the protocol. */
export function isUnknownCommand(error: unknown): boolean {
  return error instanceof MysqlError && error.errno === ER_UNKNOWN_COM_ERROR && !isUnprepared(error);
}

/** Whether a node of Galera is not a part of the cluster. It reports so with the error for unknown commands. */
function isUnprepared({ errno, message }: MysqlError): boolean {
  return errno === ER_UNKNOWN_COM_ERROR && message.includes('WSREP');
}

/**
 * Whether a failed statement shows that the server cannot be written to. 1290 stands for many options, which its
 * message names; 1836 is InnoDB's, 3100 that of group replication. 1792 may be due to a transaction of the session, so
 * that only the server knows.
 */
export function showsReadOnly(error: MysqlError): 'yes' | 'perhaps' | 'no' {
  const { errno, message } = error;
  if (errno === 1792) return 'perhaps';
  const yes = (errno === 1290 && READ_ONLY_OPTION.test(message)) || errno === 1836 || errno === 3100;
  return yes || isUnprepared(error) ? 'yes' : 'no';
}

const READ_ONLY_OPTION = /--(?:super-|innodb-)?read[-_]only/;

export function lostDuringQuery(cause: unknown): MysqlError {
  return new MysqlError(CR_SERVER_LOST, 'Lost connection to MySQL server during query', { cause });
}

export function goneAway(cause: unknown): MysqlError {
  return new MysqlError(CR_SERVER_GONE_ERROR, 'MySQL server has gone away', { cause });
}

/** Whether the server does not do what it is told, and would not do it if it were told again. */
export function isRefusal(error: unknown): error is MysqlError {
  return error instanceof MysqlError && isServerError(error) && !endsConnection(error) && error.errno !== INTERRUPTED;
}

/** What a session has set cannot be set on another connection: to the client, it is as if its connection were lost. */
export function settingsLost(cause: MysqlError): MysqlError {
  const reason = `the settings of the session cannot be restored: ${cause.message}`;
  return new MysqlError(CR_SERVER_GONE_ERROR, `MySQL server has gone away (${reason})`, { cause });
}

/** MySQL closes the connection after a statement that is too large, so it is not sent. */
export function packetTooLarge(): MysqlError {
  return new MysqlError(1153, "Got a packet bigger than 'max_allowed_packet' bytes");
}

/** The error of MySQL, without all of the name. */
export function nameTooLong(name: string): MysqlError {
  return new MysqlError(1059, `Identifier name '${name.slice(0, 64)}...' is too long`);
}

export function commandsOutOfSync(): MysqlError {
  return new MysqlError(2014, "Commands out of sync; you can't run this command now");
}
