export type { ClientCharset } from './connections/client-charset.js';
export type { ConnectionOrigin } from './connections/connection-origin.js';
export { ConnectionPool } from './connections/connection-pool.js';
export type { ReportedPinReason } from './connections/connection-state.js';
export type { RowCount } from './connections/counted-rows.js';
export type { DatabaseHost } from './connections/database-host.js';
export type { DatabaseObserver, StatementEnd } from './connections/database-observer.js';
export type { MysqlConnection, MysqlConnectionOptions } from './connections/mysql-connection.js';
export { MysqlError, ProgrammingError } from './connections/mysql-error.js';
export type { Reclaim } from './connections/parked-connections.js';
export type { Claimant, PoolClient } from './connections/pool-client.js';
export type {
  AcquireOptions,
  ConnectionCounts,
  ConnectionPoolOptions,
  PoolSettings,
} from './connections/pool-options.js';
export type { ConnectionUse, PooledConnection } from './connections/pooled-connection.js';
export type { OkPacket, ResultSink, StatementOutcome } from './connections/result-sink.js';
export type { RunningStatement, StatementOptions } from './connections/running-statement.js';
export type { ServerKind } from './connections/server-kind.js';
export type { HostAddress, ServerOptions } from './connections/server-options.js';
export type { SideQuery, SideRows } from './connections/side-connection.js';
export type { SqlText } from './connections/sql-text.js';
export { Cursor } from './cursor.js';
export type { CursorClass, CursorOptions, CursorParent } from './cursor-parent.js';
export { Database } from './database.js';
export { databaseFailure } from './database-failure.js';
export type { CompleteLimits, DatabaseLimits, DatabaseOptions, DatabaseSettings } from './database-options.js';
export { type MysqlTarget, parseMysqlUrl } from './mysql-url.js';
export type { LeaseOptions } from './pinning/lease-options.js';
export type { PinReason } from './pinning/pin-reason.js';
export type { TransactionTimeouts } from './pinning/transaction-guard.js';
export type { ResultLimits } from './results/result-limits.js';
export type { Column } from './rows/column.js';
export type { RowBatch } from './rows/row-batch.js';
export type { ValueOptions } from './rows/value-options.js';
