import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { ConnectionPool } from '../connections/connection-pool.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import { goneAway } from '../connections/mysql-error.js';
import type { ResultSink } from '../connections/result-sink.js';
import { RunningStatement } from '../connections/running-statement.js';
import { type Classification, classify } from './classify.js';
import { RECOLLECT, SessionState } from './session-state.js';

/** How sessions use connections. */
export interface LeaseOptions {
  /** Seconds that a statement may run; no limit by default. */
  readonly queryTimeout?: number | undefined;
  /** Whether a session keeps its connection until it ends, whether it needs it or not. */
  readonly pin?: boolean | undefined;
  /** Whether rows are read while the client asks for them, and so may wait for as long as it likes. */
  readonly streams?: boolean | undefined;
}

/**
 * A session's hold on MySQL. It has a connection while a statement runs, and for as long as something ties it to that one: a transaction,
 * or whatever a statement may have left that another connection has not. Between its other statements others may have it.
 *
 * A connection that was lost with something tied to it is reported once, with 2006 or 2013. The statement after that gets another.
 */
export class ConnectionLease {
  readonly #pool: ConnectionPool;
  readonly #options: LeaseOptions;
  readonly #aftermath = new SessionState();
  #connection: MysqlConnection | undefined;
  #traits: Classification | undefined;
  #statement: RunningStatement | undefined;
  /** The connection is being made ready for somebody else. */
  #leaving: Promise<void> | undefined;
  #released = false;

  constructor(pool: ConnectionPool, options: LeaseOptions = {}) {
    this.#pool = pool;
    this.#options = options;
  }

  /**
   * The connection for the statements that stand for `query`. `settle` must follow.
   *
   * @throws {MysqlError} 2006 when it was lost since the last statement, 2002 or 2003 when there is none to be had
   * @throws {ServiceFailure} 51 when none came free in time, or when the statement asks for what went with another connection
   */
  async connect(query: string, request: ServiceRequest): Promise<MysqlConnection> {
    request.throwIfAborted();
    const traits = classify(query);
    this.#traits = traits;
    if (this.#leaving) await this.#leaving;
    const connection = this.#held() ?? (await this.#acquire(traits, request));
    if (this.#options.streams) await connection.letReaderPause();
    if (!this.#options.pin) {
      for (const statement of this.#aftermath.recall(traits)) await connection.runOwn(statement);
    }
    if (traits.ties) connection.tie(query);
    return connection;
  }

  /** Starts a statement on the connection that `connect` gave, which must be free. It is stopped when `request` aborts. */
  start(connection: MysqlConnection, sql: string, sink: ResultSink, request: ServiceRequest): RunningStatement {
    const statement = new RunningStatement(this.#pool, connection, sql, sink, this.#options.queryTimeout);
    this.#statement = statement;
    const cancel = (reason: unknown) => statement.cancel(reason);
    request.onAbort(cancel);
    const ended = () => {
      request.offAbort(cancel);
      if (this.#traits) this.#aftermath.note(this.#traits, connection.lastEnd);
    };
    statement.done.then(ended, ended);
    return statement;
  }

  /** The statements are done, or what is left of the last is only to be read: others may have the connection if nothing ties it. */
  settle(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#released) return;
    if (connection.lost) {
      // Whoever was told of something else, a timeout, learns of the loss with the next statement.
      if (!this.#statement?.cancelled) this.#drop(connection);
      return;
    }
    if (this.#statement?.running) {
      const settle = () => this.settle();
      this.#statement.done.then(settle, settle);
      return;
    }
    if (this.#options.pin || connection.tied) return;
    if (!this.#aftermath.portable) {
      this.#pool.lend(connection, () => this.#letGo(connection));
      return;
    }
    this.#connection = undefined;
    this.#aftermath.leave();
    void this.#pool.release(connection);
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
    if (connection) await this.#pool.release(connection, !this.#aftermath.portable);
  }

  #held(): MysqlConnection | undefined {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    if (connection.lost === undefined) {
      this.#pool.recall(connection);
      return connection;
    }
    this.#drop(connection);
    if (connection.tied || this.#options.pin) throw goneAway(connection.lost);
    return undefined;
  }

  async #acquire({ ties }: Classification, request: ServiceRequest): Promise<MysqlConnection> {
    const connection = await this.#pool.acquire(request, ties || this.#options.pin);
    if (this.#released) {
      // The session was closed meanwhile.
      void this.#pool.release(connection);
      throw ServiceFailure.shuttingDown();
    }
    this.#connection = connection;
    return connection;
  }

  /** Somebody else needs the connection: what only it knows of the session is asked for, and forgotten there. */
  #letGo(connection: MysqlConnection): Promise<void> {
    this.#connection = undefined;
    this.#leaving = connection
      .ask(RECOLLECT)
      .then(
        ([answer]) => this.#aftermath.leave(answer),
        () => {
          connection.destroy();
          this.#aftermath.leave();
        },
      )
      .finally(() => {
        this.#leaving = undefined;
      });
    return this.#leaving;
  }

  #drop(connection: MysqlConnection): void {
    if (this.#connection === connection) this.#connection = undefined;
    this.#aftermath.leave();
    connection.destroy();
  }
}
