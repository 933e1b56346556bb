import { ServiceFailure } from '../netsvc/service-failure.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import type { ConnectionPool } from './connection-pool.js';
import type { MysqlConnection, ResultSink } from './mysql-connection.js';
import { goneAway } from './mysql-error.js';
import { Statement } from './statement.js';
import { tiesConnection } from './statement-ties.js';

/**
 * A session's hold on MySQL: a connection of its own from its first statement until `release`.
 *
 * A connection that was lost is reported once, with 2006 or 2013, because what was tied to it (a transaction, say) is lost
 * too. The statement after that gets another.
 */
export class ConnectionLease {
  readonly #pool: ConnectionPool;
  #connection: MysqlConnection | undefined;
  #statement: Statement | undefined;
  #released = false;

  constructor(pool: ConnectionPool) {
    this.#pool = pool;
  }

  /**
   * The connection for a statement that is to be run next.
   *
   * @throws {MysqlError} 2006 when it was lost since the last statement, 2002 or 2003 when there is none to be had
   * @throws {ServiceFailure} 51 when none came free in time
   */
  async connect(sql: string, request: ServiceRequest): Promise<MysqlConnection> {
    request.throwIfAborted();
    const ties = tiesConnection(sql);
    const held = this.#connection;
    if (held !== undefined) {
      if (held.lost === undefined) {
        if (ties) held.tie();
        return held;
      }
      this.#drop(held);
      throw goneAway(held.lost);
    }
    const acquired = await this.#pool.acquire(request, ties);
    if (this.#released) {
      // The session was closed meanwhile.
      void this.#pool.release(acquired);
      throw ServiceFailure.shuttingDown();
    }
    if (ties) acquired.tie();
    this.#connection = acquired;
    return acquired;
  }

  /** Starts a statement on the connection that `connect` gave, which must be free. It is stopped when `request` aborts. */
  start(connection: MysqlConnection, sql: string, sink: ResultSink, request: ServiceRequest): Statement {
    const statement = new Statement(this.#pool, connection, sql, sink);
    this.#statement = statement;
    const cancel = (reason: unknown) => statement.cancel(reason);
    request.onAbort(cancel);
    const settled = () => request.offAbort(cancel);
    statement.done.then(settled, () => {
      settled();
      if (connection.lost) this.#drop(connection);
    });
    return statement;
  }

  /** Stops a statement that is running, cleans the connection and gives it back. For good. */
  async release(): Promise<void> {
    this.#released = true;
    const statement = this.#statement;
    if (statement?.running) {
      statement.cancel(ServiceFailure.shuttingDown());
      await statement.done.catch(() => {});
    }
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) await this.#pool.release(connection);
  }

  #drop(connection: MysqlConnection): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.destroy();
  }
}
