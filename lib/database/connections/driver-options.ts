import type { ConnectionOptions } from 'mysql2';
import { authPlugins } from './auth-plugins.js';

/** Turns off what makes mysql2 differ from MySQLdb, or is unsafe: see docs/architecture.md. */
const DRIVER_OPTIONS: ConnectionOptions = {
  flags: ['-FOUND_ROWS', '-IGNORE_SPACE', '-LOCAL_FILES', '-ODBC', '-CLIENT_QUERY_ATTRIBUTES'],
  charset: 'utf8mb4_general_ci',
  disableEval: true,
  multipleStatements: false,
  // netsvc prepares no statements. By default, each connection allocates half a megabyte for a cache of them.
  maxPreparedStatements: 1,
  // Statements have their arguments in place already: a question mark in one is not a placeholder.
  queryFormat: (sql: string) => sql,
};

/** Returns the options of a connection for mysql2. @param connectTimeout in milliseconds */
export function driverOptions(options: ConnectionOptions, connectTimeout: number): ConnectionOptions {
  return { ...options, ...DRIVER_OPTIONS, authPlugins: authPlugins(options), connectTimeout };
}
