export { ConnectionPool, type ConnectionPoolOptions } from './connections/connection-pool.js';
export { MysqlError, ProgrammingError } from './connections/mysql-error.js';
export { Cursor } from './cursor.js';
export { Database, type DatabaseOptions } from './database.js';
export { databaseFailure } from './database-failure.js';
export { type MysqlTarget, parseMysqlUrl } from './mysql-url.js';
export type { ValueOptions } from './rows/value-options.js';
