import type { MysqlConnection } from '../connections/mysql-connection.js';
import type { ResultSink } from '../connections/result-sink.js';
import type { RunningStatement } from '../connections/running-statement.js';

/** A connection while `ConnectionLease.use` runs. */
export interface LeasedConnection {
  readonly connection: MysqlConnection;
  /**
   * Starts a statement, with its arguments in place, when the session state that it reads has been restored. The
   * connection must have no other one running. It is cancelled when the request of `use` is aborted.
   *
   * @throws {MysqlError} 1153 if the statement is larger than MySQL accepts
   * @throws {ServiceFailure} 51 if the statement reads session state that is lost
   */
  start(sql: string, sink: ResultSink): Promise<RunningStatement>;
}
