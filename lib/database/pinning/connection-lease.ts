import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { ConnectionPool } from '../connections/connection-pool.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import { goneAway, packetTooLarge } from '../connections/mysql-error.js';
import type { ResultSink } from '../connections/result-sink.js';
import { RunningStatement } from '../connections/running-statement.js';
import { type Classification, classify } from './classify.js';
import type { LeaseOptions } from './lease-options.js';
import type { LeasedConnection } from './leased-connection.js';
import type { PinReason } from './pin-reason.js';
import { queued } from './queued.js';
import { SHOW_WARNINGS } from './restore-statements.js';
import { SessionState } from './session-state.js';
import { exceeds } from './statement-size.js';
import { TableCatalog } from './table-catalog.js';
import { limitsTransactions, TransactionLimits } from './transaction-limits.js';

/** With `completion_type`, a session can make a plain ROLLBACK begin another transaction, or close the connection. */
const ROLLBACK = 'ROLLBACK AND NO CHAIN NO RELEASE';

/**
 * A session's use of connections. The session holds one while a statement runs, and while it is pinned: in a
 * transaction, or when a statement may have left something on the connection that cannot be restored on another.
 * Between its other statements the connection is parked, so that other sessions can have it, after a reset.
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
  /** What a statement has left on the connection, as far as its text and its tables tell. */
  #pinReason: PinReason | undefined;
  /** Set while the tables of a statement are being looked up. */
  #lookup: Promise<void> | undefined;
  /** Undefined if there are none. */
  readonly #limits: TransactionLimits | undefined;
  /** The transaction has exceeded a limit and is to be rolled back. */
  #exceeded: ServiceFailure | undefined;
  /** What the next request is to be told of that. */
  #untold: ServiceFailure | undefined;
  /** Set while the connection is being reclaimed for another session, or its transaction rolled back. */
  #reclaiming: Promise<void> | undefined;
  #rollback: 'running' | 'failed' | undefined;
  #rows = 0;
  /** How many calls of `use` and `keep` are running. */
  #uses = 0;
  #released = false;

  constructor(pool: ConnectionPool, options: LeaseOptions = {}) {
    this.#pool = pool;
    this.#options = options;
    if (limitsTransactions(options)) this.#limits = new TransactionLimits(options, (failure) => this.#exceed(failure));
  }

  /** Why the session keeps its connection; undefined if another can have it. */
  get pinReason(): PinReason | undefined {
    if (this.#connection === undefined) return undefined;
    return this.#options.pin ? 'always' : (this.#connection.pinReason ?? this.#pinReason);
  }

  /** The text of the running statement; '' if none is running. */
  get runningSql(): string {
    return this.#statement?.sql ?? '';
  }

  /** MySQL's number of the connection that the session holds, parked or not; undefined if there is none. */
  get threadId(): number | undefined {
    return this.#connection?.threadId;
  }

  /** Stops the running statement, which then fails with `reason`. @returns whether one is running */
  cancel(reason: ServiceFailure): boolean {
    const statement = this.#statement;
    if (statement === undefined || !statement.running) return false;
    statement.cancel(reason);
    return true;
  }

  /** MySQL has a transaction of the session open. */
  get inTransaction(): boolean {
    return this.#connection?.pinReason === 'transaction';
  }

  /** The rows that MySQL has sent, in statements that have ended. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Runs `work` with a connection. Afterwards the connection is parked, unless the session is pinned: at once, or when
   * the statement has ended whose rows `work` has left to be read.
   *
   * @throws {MysqlError} 2006 if the connection was lost since the last statement; 2002 or 2003 if MySQL cannot be
   *   reached
   * @throws {ServiceFailure} 51 if no connection became free in time
   */
  async use<T>(request: ServiceRequest, work: (leased: LeasedConnection) => Promise<T>): Promise<T> {
    this.#uses++;
    this.#limits?.noteStatement();
    try {
      this.#tell();
      const connection = await this.#connect(request);
      this.#tell();
      return await work({ connection, start: (sql, sink) => this.#start(connection, sql, sink, request) });
    } catch (error) {
      if (error === this.#untold) this.#untold = undefined;
      throw error;
    } finally {
      this.#uses--;
      this.#settle();
    }
  }

  /** Runs `work`, and keeps the connection between its statements, so that none of them waits for one again. */
  async keep<T>(work: () => Promise<T>): Promise<T> {
    this.#uses++;
    try {
      return await work();
    } finally {
      this.#uses--;
      this.#settle();
    }
  }

  /** Cancels a running statement and gives the connection back, for good. */
  async release(): Promise<void> {
    this.#released = true;
    this.#limits?.end();
    const statement = this.#statement;
    if (statement?.running) {
      statement.cancel(ServiceFailure.shuttingDown());
      await statement.done.catch(() => {});
    }
    const connection = this.#connection;
    const { pinReason } = this;
    this.#connection = undefined;
    if (connection === undefined) return;
    const reset = this.#pool.release(connection);
    // A transaction or a lock ends before the client knows that the session has ended. Nobody waits for the rest.
    if (pinReason !== undefined) await reset;
  }

  async #connect(request: ServiceRequest): Promise<MysqlConnection> {
    request.throwIfAborted();
    if (this.#reclaiming) await this.#reclaiming;
    return (await this.#held()) ?? (await this.#acquire(request));
  }

  /** The connection that the session is pinned to or has parked, if any. */
  async #held(): Promise<MysqlConnection | undefined> {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    if (connection.lost === undefined) await this.#pool.unpark(connection);
    if (connection.lost === undefined) return connection;
    const { pinReason } = this;
    this.#drop(connection);
    if (pinReason !== undefined) throw goneAway(connection.lost);
    return undefined;
  }

  async #acquire(request: ServiceRequest): Promise<MysqlConnection> {
    const acquired = this.#pool.acquire(request);
    const connection = acquired instanceof Promise ? await queued(acquired, request.usage) : acquired;
    if (this.#released) {
      // The session was closed during the wait.
      void this.#pool.release(connection);
      throw ServiceFailure.shuttingDown();
    }
    this.#connection = connection;
    if (this.#options.streams) await connection.allowReaderToPause();
    if (this.#options.autocommit === false) await connection.turnOffAutocommit();
    return connection;
  }

  async #start(
    connection: MysqlConnection,
    sql: string,
    sink: ResultSink,
    request: ServiceRequest,
  ): Promise<RunningStatement> {
    if (exceeds(sql, connection.maxAllowedPacket)) throw packetTooLarge();
    let classification = classify(sql);
    let tables: Promise<Classification> | undefined;
    if (!this.#options.pin || !connection.isSurelyUtf8) {
      const found = TableCatalog.of(connection.host).classify(classification);
      if (!(found instanceof Promise)) classification = found;
      else if (this.#state.isOnConnection && connection.isSurelyUtf8) tables = found;
      else classification = await found;
    }
    if (!connection.isSurelyUtf8) await this.#restoreCharset(connection, sql, classification);
    if (!this.#options.pin) {
      const plan = this.#state.planRestore(classification, connection.server);
      for (const statement of plan.statements) await connection.runOwn(statement);
      this.#state.commit(plan);
    }
    // The client may have gone while its session state was restored.
    request.throwIfAborted();
    this.#tell();
    this.#pin(connection, classification, tables);
    const { queryTimeout: timeout, label = '' } = this.#options;
    const labelled = label !== '' && isLabelled(sql) && !exceeds(label + sql, connection.maxAllowedPacket);
    const options = { timeout, request, label: labelled ? label : '' };
    const statement = new RunningStatement(this.#pool, connection, sql, sink, options);
    this.#statement = statement;
    const { usage } = request;
    const stopListening = request.onAbort((reason) => statement.cancel(reason));
    void statement.outcome.then((outcome) => {
      stopListening();
      this.#state.note(classification, outcome, connection.server);
      this.#rows += outcome?.rows ?? 0;
      usage.rows += outcome?.rows ?? 0;
      // A call of `transaction` runs many statements before the connection is settled.
      if (this.#exceeded === undefined) this.#limits?.noteStatementEnd(this.inTransaction);
      if (classification.changesSchema) TableCatalog.of(connection.host).forget();
      // A cancelled statement is followed by one of the gateway's own.
      if (statement.cancelled) this.#state.noteOwn(SHOW_WARNINGS, connection.server);
    });
    return statement;
  }

  async #restoreCharset(connection: MysqlConnection, sql: string, { reads }: Classification): Promise<void> {
    const ran = await connection.restoreCharset(sql, reads.rowCount || reads.diagnostics);
    if (ran !== undefined) this.#state.noteOwn(ran, connection.server);
  }

  /** @throws what the client has not been told of a transaction that exceeded a limit */
  #tell(): void {
    if (this.#untold !== undefined) throw this.#untold;
  }

  /** Stops the statement of a transaction that has exceeded a limit, and rolls back. */
  #exceed(failure: ServiceFailure): void {
    if (!this.inTransaction) return;
    this.#limits?.end();
    this.#exceeded = failure;
    this.#untold = failure;
    this.#statement?.cancel(failure);
    this.#settle();
  }

  /** Rolls back, and settles the connection. Never rejects. */
  async #rollBack(connection: MysqlConnection): Promise<void> {
    this.#rollback = 'running';
    try {
      await connection.runOwn(ROLLBACK);
      this.#state.noteOwn(ROLLBACK, connection.server);
      this.#rollback = undefined;
    } catch {
      connection.destroy();
      this.#rollback = 'failed';
    }
    this.#reclaiming = undefined;
    this.#settle();
  }

  /** @param tables the classification with what the tables do, if they are being looked up while the statement runs */
  #pin(connection: MysqlConnection, statement: Classification, tables: Promise<Classification> | undefined): void {
    if (statement.mayHideCharset) connection.expectUnreportedCharset();
    if (this.#options.pin) return;
    this.#pinReason ??= statement.pinReason;
    if (tables === undefined || this.#pinReason !== undefined) return;
    const lookup = Promise.all([tables, this.#lookup]).then(([{ pinReason }]) => {
      if (this.#connection === connection) this.#pinReason ??= pinReason;
      if (this.#lookup === lookup) this.#lookup = undefined;
    });
    this.#lookup = lookup;
  }

  /**
   * Parks the connection, unless the session is pinned. Waits for a statement whose rows are still read, and until its
   * tables are known.
   */
  #settle(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#released || this.#uses > 0 || this.#rollback === 'running') return;
    if (connection.lost) {
      // The client of a cancelled statement, or of a transaction that exceeded a limit, gets another error first. The
      // next statement reports the loss.
      if (!this.#statement?.cancelled && this.#rollback !== 'failed') this.#drop(connection);
      return;
    }
    const running = this.#statement?.running ?? false;
    if (this.#exceeded === undefined) this.#limits?.noteRequestEnd(this.inTransaction, running);
    if (this.#statement !== undefined && running) {
      void this.#statement.outcome.then(() => this.#settle());
      return;
    }
    if (this.#exceeded !== undefined) {
      this.#exceeded = undefined;
      if (this.inTransaction) {
        this.#reclaiming = this.#rollBack(connection);
        return;
      }
      // It has ended meanwhile, before its statement could be stopped.
      this.#untold = undefined;
    }
    if (connection.unused) {
      // The statement was rejected before it was sent.
      this.#connection = undefined;
      void this.#pool.release(connection);
      return;
    }
    if (this.pinReason !== undefined) return;
    if (this.#lookup) void this.#lookup.then(() => this.#settle());
    else this.#pool.park(connection, () => this.#reclaim(connection));
  }

  /** Gives up the parked connection: captures the session state on it, and resets it. Never rejects. */
  #reclaim(connection: MysqlConnection): Promise<void> {
    this.#connection = undefined;
    this.#reclaiming = connection
      .captureAndReset()
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
    this.#pinReason = undefined;
    this.#exceeded = undefined;
    this.#rollback = undefined;
    // The time of the next transaction, on another connection, has not begun.
    this.#limits?.end();
    this.#state.capture();
    connection.destroy();
  }
}

/** An empty statement is an error, but a comment is none in MariaDB. */
function isLabelled(sql: string): boolean {
  return /[^\s;]/.test(sql);
}
