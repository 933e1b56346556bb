import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ConnectionPool } from '../connections/connection-pool.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import { goneAway } from '../connections/mysql-error.js';
import type { ResultSink } from '../connections/result-sink.js';
import { RunningStatement } from '../connections/running-statement.js';
import { type Classification, classify } from './classify.js';
import type { LeaseOptions } from './lease-options.js';
import { SessionState } from './session-state.js';

/** A connection while `ConnectionLease.use` runs. */
export interface LeasedConnection {
  readonly connection: MysqlConnection;
  /**
   * Starts a statement. The connection must have no other one running. It is cancelled when the signal of `use` aborts.
   */
  start(sql: string, sink: ResultSink): RunningStatement;
}

/**
 * A session's use of connections. The session holds one while a statement runs, and while it is pinned: in a
 * transaction, or when a statement may have left something on the connection that cannot be restored on another.
 * Between its other statements, other sessions use the connection.
 *
 * If the connection of a pinned session is lost, the next statement fails once with 2006 or 2013. The statement after
 * that gets another connection.
 */
export class ConnectionLease {
  readonly #pool: ConnectionPool;
  readonly #options: LeaseOptions;
  readonly #state = new SessionState();
  #connection: MysqlConnection | undefined;
  #statement: RunningStatement | undefined;
  /** Set while the connection is being reclaimed for another session. */
  #reclaiming: Promise<void> | undefined;
  #released = false;

  constructor(pool: ConnectionPool, options: LeaseOptions = {}) {
    this.#pool = pool;
    this.#options = options;
  }

  /**
   * Runs `work` with a connection on which the session state that `query` reads has been restored. Afterwards the
   * connection is parked or given back, unless the session is pinned: at once, or when the statement has ended whose
   * rows `work` has left to be read.
   *
   * @param query the statement that `work` runs, or several times runs, without its arguments
   * @throws {MysqlError} 2006 if the connection was lost since the last statement; 2002 or 2003 if MySQL cannot be
   *   reached
   * @throws {ServiceFailure} 51 if no connection became free in time, or if the query reads session state that is lost
   */
  async use<T>(query: string, signal: AbortSignal, work: (leased: LeasedConnection) => Promise<T>): Promise<T> {
    const classification = classify(query);
    try {
      const connection = await this.#connect(classification, signal);
      await this.#restore(connection, classification);
      if (classification.pins) connection.assumeChanged(query);
      const start = (sql: string, sink: ResultSink) => this.#start(connection, classification, sql, sink, signal);
      return await work({ connection, start });
    } finally {
      this.#settle();
    }
  }

  /** Cancels a running statement and gives the connection back, for good. */
  async release(): Promise<void> {
    this.#released = true;
    const statement = this.#statement;
    if (statement?.running) {
      statement.cancel(ServiceFailure.shuttingDown());
      await statement.done.catch(() => {});
    }
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) await this.#pool.release(connection, !this.#state.portable);
  }

  async #connect(classification: Classification, signal: AbortSignal): Promise<MysqlConnection> {
    signal.throwIfAborted();
    if (this.#reclaiming) await this.#reclaiming;
    return this.#held() ?? (await this.#acquire(classification, signal));
  }

  /** The connection that the session is pinned to or has parked, if any. */
  #held(): MysqlConnection | undefined {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    if (connection.lost === undefined) {
      this.#pool.unpark(connection);
      return connection;
    }
    this.#drop(connection);
    if (connection.needsReset || this.#options.pin) throw goneAway(connection.lost);
    return undefined;
  }

  async #acquire({ pins }: Classification, signal: AbortSignal): Promise<MysqlConnection> {
    const connection = await this.#pool.acquire({ signal, unused: pins || this.#options.pin });
    if (this.#released) {
      // The session was closed during the wait.
      void this.#pool.release(connection);
      throw ServiceFailure.shuttingDown();
    }
    this.#connection = connection;
    return connection;
  }

  async #restore(connection: MysqlConnection, classification: Classification): Promise<void> {
    if (this.#options.streams) await connection.allowReaderToPause();
    if (this.#options.pin) return;
    const plan = this.#state.planRestore(classification);
    for (const statement of plan.statements) await connection.runOwn(statement);
    this.#state.commit(plan);
  }

  #start(
    connection: MysqlConnection,
    classification: Classification,
    sql: string,
    sink: ResultSink,
    signal: AbortSignal,
  ): RunningStatement {
    const statement = new RunningStatement(this.#pool, connection, sql, sink, this.#options.queryTimeout);
    this.#statement = statement;
    const cancel = () => statement.cancel(signal.reason);
    signal.addEventListener('abort', cancel);
    void statement.outcome.then((outcome) => {
      signal.removeEventListener('abort', cancel);
      this.#state.note(classification, outcome);
      // A cancelled statement is followed by one of the gateway's own.
      if (statement.cancelled) this.#state.noteDisturbance();
    });
    return statement;
  }

  /**
   * Parks the connection or gives it back, unless the session is pinned. Waits for a statement whose rows are still
   * read.
   */
  #settle(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#released) return;
    if (connection.lost) {
      // The client of a cancelled statement got another error, so the next statement reports the loss.
      if (!this.#statement?.cancelled) this.#drop(connection);
      return;
    }
    if (this.#statement?.running) {
      void this.#statement.outcome.then(() => this.#settle());
      return;
    }
    if (this.#options.pin || connection.needsReset) return;
    if (!this.#state.portable) {
      this.#pool.park(connection, () => this.#reclaim(connection));
      return;
    }
    this.#connection = undefined;
    this.#state.capture();
    void this.#pool.release(connection);
  }

  /** Gives up the parked connection: captures the session state that only the connection knows. Never rejects. */
  #reclaim(connection: MysqlConnection): Promise<void> {
    this.#connection = undefined;
    this.#reclaiming = connection
      .captureSessionState()
      .then(
        (captured) => this.#state.capture(captured),
        () => {
          connection.destroy();
          this.#state.capture();
        },
      )
      .finally(() => {
        this.#reclaiming = undefined;
      });
    return this.#reclaiming;
  }

  #drop(connection: MysqlConnection): void {
    if (this.#connection === connection) this.#connection = undefined;
    this.#state.capture();
    connection.destroy();
  }
}
