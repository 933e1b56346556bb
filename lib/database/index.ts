export {
  type AcquireOptions,
  type ConnectionCounts,
  ConnectionPool,
  type ConnectionPoolOptions,
} from './connections/connection-pool.js';
export type { ReportedPinReason } from './connections/connection-state.js';
export type { MysqlConnection } from './connections/mysql-connection.js';
export { MysqlError, ProgrammingError } from './connections/mysql-error.js';
export type { OkPacket, ResultSink, StatementOutcome } from './connections/result-sink.js';
export type { ServerKind } from './connections/server-kind.js';
export { Cursor, type CursorParent } from './cursor.js';
export type { CursorClass } from './cursor-class.js';
export { Database, type DatabaseOptions } from './database.js';
export { databaseFailure } from './database-failure.js';
export { type MysqlTarget, parseMysqlUrl } from './mysql-url.js';
export type { LeaseOptions } from './pinning/lease-options.js';
export type { PinReason } from './pinning/pin-reason.js';
export type { ResultLimits } from './results/result-limits.js';
export type { RowBatch } from './rows/row-batch.js';
export type { ValueOptions } from './rows/value-options.js';
