/** An error that MySQL's client library would report: what MySQLdb raises with `(errno, message)`. */
export class MysqlError extends Error {
  static {
    MysqlError.prototype.name = 'MysqlError';
  }

  constructor(
    readonly errno: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error that MySQLdb notices before MySQL is asked: a ProgrammingError with nothing but a text. */
export class ProgrammingError extends Error {
  static {
    ProgrammingError.prototype.name = 'ProgrammingError';
  }
}

/** What mysql2 puts into its errors, as far as it matters here. */
interface DriverError extends Error {
  readonly errno?: number | string | undefined;
  readonly code?: string | undefined;
  readonly sqlState?: string | undefined;
  readonly sqlMessage?: string | undefined;
}

/** Where a connection leads, for the words of a failure to connect. */
export interface ConnectionTarget {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socketPath?: string | undefined;
}

const CR_CONNECTION_ERROR = 2002;
const CR_CONN_HOST_ERROR = 2003;
const CR_SERVER_GONE_ERROR = 2006;
const CR_SERVER_LOST = 2013;
const CR_SSL_CONNECTION_ERROR = 2026;

/** mysql2 has numbers of its own for what the operating system reports; only errors of the server have an SQL state. */
function serverError(error: DriverError): MysqlError | undefined {
  if (typeof error.errno !== 'number' || error.errno <= 0 || error.sqlState === undefined) return undefined;
  return new MysqlError(error.errno, error.sqlMessage ?? error.message, { cause: error });
}

/** Whether the server said it, and not its client library, which has the numbers from 2000 to 2999. */
function isServers(error: Error): error is MysqlError {
  return error instanceof MysqlError && !(error.errno >= 2000 && error.errno < 3000);
}

/** What libmysqlclient would say of a failure to connect. */
export function connectError(error: DriverError, { host, port, socketPath }: ConnectionTarget): MysqlError {
  const reported = isServers(error) ? error : serverError(error);
  if (reported) return reported;
  const reason = error.code ?? error.message;
  if (error.code === 'HANDSHAKE_NO_SSL_SUPPORT' || /ssl|tls|certificate/i.test(error.message)) {
    return new MysqlError(CR_SSL_CONNECTION_ERROR, `SSL connection error: ${error.message}`, { cause: error });
  }
  return socketPath === undefined
    ? new MysqlError(CR_CONN_HOST_ERROR, `Can't connect to MySQL server on '${host}:${port}' (${reason})`, {
        cause: error,
      })
    : new MysqlError(
        CR_CONNECTION_ERROR,
        `Can't connect to local MySQL server through socket '${socketPath}' (${reason})`,
        { cause: error },
      );
}

/** What libmysqlclient would say of an error in a statement. */
export function statementError(error: DriverError): MysqlError {
  return serverError(error) ?? lostDuringQuery(error);
}

/**
 * The errors behind which the server closes the connection: shutdown, a packet too large, the connection killed (MariaDB's number
 * and MySQL's), idle for too long; and whatever the driver reports by itself.
 */
const LAST_WORDS = new Set([1053, 1153, 1927, 3169, 4031, CR_SERVER_LOST]);

/** Whether the connection is of no more use. */
export function endsConnection({ errno }: MysqlError): boolean {
  return LAST_WORDS.has(errno);
}

export function lostDuringQuery(cause: unknown): MysqlError {
  return new MysqlError(CR_SERVER_LOST, 'Lost connection to MySQL server during query', { cause });
}

export function goneAway(cause: unknown): MysqlError {
  return new MysqlError(CR_SERVER_GONE_ERROR, 'MySQL server has gone away', { cause });
}

export function commandsOutOfSync(): MysqlError {
  return new MysqlError(2014, "Commands out of sync; you can't run this command now");
}
