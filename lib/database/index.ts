export type { ClientCharset } from './connections/client-charset.js';
export type { ReportedPinReason } from './connections/connection-state.js';
export type { DatabaseHost } from './connections/database-host.js';
export type { MysqlConnection, MysqlConnectionOptions } from './connections/mysql-connection.js';
export type { ConnectionOrigin, ServerKind } from './connections/server-identity.js';
export type { SideQuery, SideRows } from './connections/side-connection.js';
export { Cursor } from './cursor.js';
export type { CursorClass, CursorOptions, CursorParent } from './cursor-parent.js';
export { Database } from './database.js';
export type { CompleteLimits, DatabaseLimits, DatabaseOptions, DatabaseSettings } from './database-options.js';
export type { RowCount } from './driver/counted-rows.js';
export type { HostAddress, ServerOptions } from './driver/driver-options.js';
export type { OkPacket, ResultSink } from './driver/result-sink.js';
export { databaseFailure } from './errors/database-failure.js';
export { MysqlError, ProgrammingError } from './errors/mysql-error.js';
export type { StatementOutcome } from './errors/statement-outcome.js';
export type { LeaseOptions } from './lease/lease-options.js';
export type { TransactionTimeouts } from './lease/transaction-guard.js';
export { type MysqlTarget, parseMysqlUrl } from './mysql-url.js';
export type { PinReason } from './pinning/pin-reason.js';
export { ConnectionPool } from './pool/connection-pool.js';
export type { DatabaseObserver, StatementEnd } from './pool/database-observer.js';
export type { Reclaim } from './pool/parked-connections.js';
export type { Claimant, PoolClient } from './pool/pool-client.js';
export type {
  AcquireOptions,
  ConnectionCounts,
  ConnectionPoolOptions,
  PoolSettings,
} from './pool/pool-options.js';
export type { ConnectionUse, PooledConnection } from './pool/pooled-connection.js';
export type { RunningStatement, StatementOptions } from './pool/running-statement.js';
export type { ResultLimits } from './results/result-limits.js';
export type { Column } from './rows/column.js';
export type { RowBatch } from './rows/row-batch.js';
export type { ValueOptions } from './rows/value-options.js';
export type { SqlText } from './sql/sql-text.js';
