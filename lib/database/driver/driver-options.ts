import type { ConnectionOptions } from 'mysql2';
import { authPlugins } from './auth-plugins.js';

/** Where a server listens. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** The options of mysql2, with the servers that have the same data. */
export interface ServerOptions extends ConnectionOptions {
  /** The servers, in the order in which they are tried; by default `host` and `port` only. */
  readonly hosts?: readonly HostAddress[];
  /** The number of affected rows of an UPDATE is that of the rows that it found, and not of those that it changed. */
  readonly foundRows?: boolean;
}

/** So that SQL is read as MySQL does by default, and no statement can read a file of the gateway. */
const DRIVER_FLAGS = ['-IGNORE_SPACE', '-LOCAL_FILES', '-ODBC', '-CLIENT_QUERY_ATTRIBUTES'];

/** Turns off what makes mysql2 differ from MySQLdb, or is unsafe. */
const DRIVER_OPTIONS: ConnectionOptions = {
  charset: 'utf8mb4_general_ci',
  // In the functions that mysql2 generates, a column named `__proto__` would close the connection.
  disableEval: true,
  multipleStatements: false,
  // netsvc prepares no statements. By default, each connection allocates half a megabyte for a cache of them.
  maxPreparedStatements: 1,
  // Statements have their arguments in place already: a question mark in one is not a placeholder.
  queryFormat: (sql: string) => sql,
};

/**
 * Returns the options of a connection for mysql2.
 *
 * @param connectTimeout in milliseconds
 * @param foundRows an UPDATE counts the rows that it found, and not those that it changed
 */
export function driverOptions(
  options: ConnectionOptions,
  connectTimeout: number,
  foundRows: boolean,
): ConnectionOptions {
  const flags = [...DRIVER_FLAGS, `${foundRows ? '+' : '-'}FOUND_ROWS`];
  return { ...options, ...DRIVER_OPTIONS, flags, authPlugins: authPlugins(options), connectTimeout };
}
