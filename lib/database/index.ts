export { ConnectionPool, type ConnectionPoolOptions } from './connection-pool.js';
export { Cursor } from './cursor.js';
export { Database, type DatabaseOptions } from './database.js';
export { databaseFailure } from './database-failure.js';
export { MysqlError, ProgrammingError } from './mysql-error.js';
export { type MysqlTarget, parseMysqlUrl } from './mysql-url.js';
export type { ValueOptions } from './value-options.js';
