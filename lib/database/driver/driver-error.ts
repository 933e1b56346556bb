import { systemCodeText, systemErrorText } from '../../system/system-error.js';
import { isServerError, lostDuringQuery, MysqlError } from '../errors/mysql-error.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import { CLEARTEXT_PLUGIN } from './auth-plugins.js';
import { isPluginError, unsupportedPlugin } from './driver-internals.js';

/** The members of mysql2's errors that are used here. */
interface DriverError extends Error {
  readonly errno?: number | string | undefined;
  readonly code?: string | undefined;
  readonly sqlState?: string | undefined;
  readonly sqlMessage?: string | undefined;
}

/** The server of a connection, for the message when connecting fails. */
export interface ConnectionTarget {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly socketPath?: string | undefined;
}

const CR_CONNECTION_ERROR = 2002;
const CR_CONN_HOST_ERROR = 2003;
const CR_SSL_CONNECTION_ERROR = 2026;
const CR_AUTH_PLUGIN_CANNOT_LOAD = 2059;
const CR_AUTH_PLUGIN_ERR = 2061;

const ER_MUST_CHANGE_PASSWORD = 1820;

/** Errors of the operating system have numbers too, of mysql2's own; only errors of the server have an SQL state. */
function serverError(error: DriverError, outcome?: StatementOutcome): MysqlError | undefined {
  if (typeof error.errno !== 'number' || error.errno <= 0 || error.sqlState === undefined) return undefined;
  return new MysqlError(error.errno, error.sqlMessage ?? error.message, { cause: error }, outcome);
}

/** Returns libmysqlclient's error for a failure to connect. */
export function connectError(error: DriverError, target: ConnectionTarget): MysqlError {
  const reported = isServerError(error) ? error : serverError(error);
  if (reported) return reported.errno === ER_MUST_CHANGE_PASSWORD ? expiredPassword(reported) : reported;
  const failure = isPluginError(error) ? pluginFailure(error) : connectFailure(error, target);
  return new MysqlError(...failure, { cause: error });
}

type Failure = readonly [errno: number, message: string];

function connectFailure(error: DriverError, { host, port, socketPath }: ConnectionTarget): Failure {
  const reason = systemCodeText(error.code) ?? error.code ?? error.message;
  if (error.code === 'HANDSHAKE_NO_SSL_SUPPORT' || /ssl|tls|certificate/i.test(error.message)) {
    return [CR_SSL_CONNECTION_ERROR, `SSL connection error: ${systemErrorText(error)}`];
  }
  return socketPath === undefined
    ? [CR_CONN_HOST_ERROR, `Can't connect to MySQL server on '${host}:${port}' (${reason})`]
    : [CR_CONNECTION_ERROR, `Can't connect to local MySQL server through socket '${socketPath}' (${reason})`];
}

/** MySQL accepts the connection, but no statement other than one that sets the password. */
function expiredPassword(error: MysqlError): MysqlError {
  return new MysqlError(error.errno, `${error.message} (the password of the account has expired)`, { cause: error });
}

function pluginFailure(error: DriverError): Failure {
  const plugin = unsupportedPlugin(error);
  if (plugin === undefined) return [CR_AUTH_PLUGIN_ERR, `Authentication plugin reported error: ${error.message}`];
  const reason = PLUGIN_HINTS[plugin] ?? `netsvc does not support it (${SUPPORTED_PLUGINS})`;
  return [CR_AUTH_PLUGIN_CANNOT_LOAD, `Authentication plugin '${plugin}' cannot be loaded: ${reason}`];
}

const SUPPORTED_PLUGINS =
  'use an account with caching_sha2_password, or in MariaDB with ed25519, parsec or mysql_native_password';

const PLUGIN_HINTS: Readonly<Record<string, string>> = {
  [CLEARTEXT_PLUGIN]: 'it would send the password unencrypted (connect with TLS or through a Unix socket)',
  dialog: 'netsvc does not support it (set pam_use_cleartext_plugin in MariaDB, and use TLS or a Unix socket)',
};

/** Returns libmysqlclient's error for a failed statement. */
export function statementError(error: DriverError, outcome?: StatementOutcome): MysqlError {
  return serverError(error, outcome) ?? lostDuringQuery(error);
}
