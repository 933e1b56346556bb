import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import { type Resolvers, withResolvers } from '../../system/with-resolvers.js';
import type { ResultSink } from '../driver/result-sink.js';
import { goneAway } from '../errors/mysql-error.js';
import type { PinReason } from '../pinning/pin-reason.js';
import type { ConnectionPool } from '../pool/connection-pool.js';
import type { PooledConnection } from '../pool/pooled-connection.js';
import { RunningStatement } from '../pool/running-statement.js';
import type { SqlText } from '../sql/sql-text.js';
import { acquireConnection } from './acquire-connection.js';
import { changesNothing } from './held-pins.js';
import type { LeaseOptions } from './lease-options.js';
import { HeldConnection, type LeasedConnection, LeaseState, NONE } from './lease-state.js';
import { SessionState } from './session-state.js';
import { askBackslash, completeReset, labelFor, prepareStatement } from './statement-preparation.js';
import { TransactionGuard } from './transaction-guard.js';

/**
 * A session's use of connections. The session holds one while a statement runs, and while it is pinned: in a
 * transaction, or when a statement may have left something on the connection that cannot be restored on another.
 * Between its other statements the connection is parked, so that other sessions can have it, after a reset.
 * `LeaseState` has its states. `#mustGoOn` is called behind each wait, and before each statement in the same turn of
 * the event loop: when the session has ended, nothing of it starts any more.
 */
export class ConnectionLease {
  readonly #pool: ConnectionPool;
  readonly #options: LeaseOptions;
  readonly #session = new SessionState();
  readonly #state = new LeaseState();
  /** Undefined if there are no limits. */
  readonly #guard: TransactionGuard | undefined;
  /** Set while the connection is being reclaimed for another session, or its transaction rolled back. */
  #interlude: Promise<void> | undefined;
  #rows = 0;
  /** How many calls of `use`, and of `keep`, are running. */
  #uses = 0;
  #keeps = 0;
  /** Why the session has ended. Most sessions end without a call that is to be told: an error is expensive. */
  #end: (() => ServiceFailure) | undefined;
  /** Of `release`. */
  #released: Resolvers<void> | undefined;

  constructor(pool: ConnectionPool, options: LeaseOptions = {}) {
    this.#pool = pool;
    this.#options = options;
    this.#guard = TransactionGuard.of(options, (failure) => this.#exceed(failure));
  }

  /** Why the session keeps its connection; undefined if another can have it. */
  get pinReason(): PinReason | undefined {
    const { held } = this.#state;
    return held && (this.#options.pin ? 'always' : (held.connection.pinReason ?? held.pins.reason));
  }

  /** The connection that the session holds, parked or not; undefined if there is none. */
  get held(): HeldConnection | undefined {
    return this.#state.held;
  }

  /** MySQL has a transaction of the session open. */
  get inTransaction(): boolean {
    return this.#state.held?.connection.pinReason === 'transaction';
  }

  /** The rows that MySQL has sent, in statements that have ended. */
  get rows(): number {
    return this.#rows;
  }

  /** Stops the running statement, which then fails with `reason`. @returns whether one is running */
  cancel(reason: ServiceFailure): boolean {
    const { held } = this.#state;
    if (!held?.isRunning) return false;
    held.statement?.cancel(reason);
    return true;
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
    this.#guard?.noteStatement();
    try {
      const held = await this.#connect(request);
      const { connection } = held;
      return await work({
        connection,
        askBackslash: (anew) => askBackslash(connection, this.#session, anew),
        start: (sql, sink) => this.#start(held, sql, sink, request),
      });
    } catch (error) {
      this.#guard?.noteTold(error);
      throw error;
    } finally {
      this.#uses--;
      this.#settle();
    }
  }

  /** Runs `work`, and keeps the connection between its statements, so that none of them waits for one again. */
  async keep<T>(work: () => Promise<T>): Promise<T> {
    this.#keeps++;
    try {
      return await work();
    } finally {
      this.#keeps--;
      this.#settle();
    }
  }

  /**
   * Ends the lease: nothing of the session starts any more, and what runs is cancelled.
   *
   * @param reason returns what the calls fail with that are running
   * @returns resolves when the connection has been given back, and nothing of the session holds locks
   */
  release(reason: () => ServiceFailure = ServiceFailure.shuttingDown): Promise<void> {
    this.#end ??= reason;
    const released = this.#released ?? withResolvers<void>();
    this.#released = released;
    this.#guard?.close();
    const { now } = this.#state;
    if (now.is === 'none') {
      this.#state.become({ is: 'released' });
      released.resolve();
    } else if (now.is === 'used') {
      this.#state.become({ is: 'ending', held: now.held });
      if (now.held.isRunning) now.held.statement?.cancel(reason());
      this.#settle();
    } else if (now.is === 'parked' || now.is === 'pinned') {
      this.#giveBack(now.held);
    }
    return released.promise;
  }

  /** @throws if the session has ended, its client has gone, or it has not been told that its transaction is over */
  #mustGoOn(request: ServiceRequest): void {
    if (this.#end !== undefined) throw this.#end();
    request.throwIfAborted();
    this.#guard?.tell();
  }

  /** Returns the connection of the session, or another one. The session uses it. */
  async #connect(request: ServiceRequest): Promise<HeldConnection> {
    this.#mustGoOn(request);
    // Also for a session that is pinned to its connection.
    this.#pool.throwIfDisabled();
    this.#pool.reclaimBeyondShare(this.#state.held?.connection, request);
    if (this.#interlude) {
      await this.#interlude;
      this.#mustGoOn(request);
    }
    const { now } = this.#state;
    if (now.is === 'used') return now.held;
    const since = performance.now();
    if (now.is === 'parked' || now.is === 'pinned') {
      const { held } = now;
      const { pinReason } = this;
      if (await this.#reuse(held, request)) {
        this.#mustGoOn(request);
        return held;
      }
      this.#mustGoOn(request);
      if (pinReason !== undefined) throw goneAway(held.connection.lost);
    }
    return this.#acquire(request, since);
  }

  /** @returns false if the connection was lost: then the session has none */
  async #reuse(held: HeldConnection, request: ServiceRequest): Promise<boolean> {
    const { connection } = held;
    if (connection.lost === undefined) {
      this.#state.become({ is: 'used', held });
      await this.#pool.reuse(connection, request);
    }
    // A session that has ended meanwhile gives its connection back in `#settle`.
    if (connection.lost === undefined || this.#state.hasEnded) return true;
    this.#drop(held);
    return false;
  }

  async #acquire(request: ServiceRequest, since: number): Promise<HeldConnection> {
    const { insertId, settings } = this.#session;
    const needs = { ...this.#options, insertId, settings };
    const connection = await acquireConnection(this.#pool, request, needs, () => this.#mustGoOn(request), since);
    const held = new HeldConnection(connection, () => this.#parkSettled());
    this.#state.become({ is: 'used', held });
    return held;
  }

  async #start(
    held: HeldConnection,
    sql: SqlText,
    sink: ResultSink,
    request: ServiceRequest,
  ): Promise<RunningStatement> {
    const { connection, pins } = held;
    const { pin, queryTimeout: timeout, label: comment = '' } = this.#options;
    const preparing = prepareStatement(connection, this.#session, sql, { pin, isPinned: pins.isPinned, request });
    const prepared = preparing instanceof Promise ? await preparing : preparing;
    if (connection.isResetDue && (sql.isLong || !changesNothing(prepared))) await completeReset(connection);
    // The session may have ended, or its client gone, while MySQL was asked.
    this.#mustGoOn(request);
    pins.begin(prepared);
    const label = labelFor(sql, comment, connection.maxAllowedPacket);
    const statement = new RunningStatement(connection, sql, sink, { timeout, request, label, pool: this.#pool });
    held.statement = statement;
    const stopListening = request.onAbort((reason) => statement.cancel(reason));
    void statement.outcome.then((outcome) => {
      stopListening();
      held.note(prepared, outcome, this.#session);
      this.#rows += outcome?.rows ?? 0;
      request.usage.rows += outcome?.rows ?? 0;
      // A call of `transaction` runs many statements before the connection is settled.
      this.#guard?.noteStatementEnd(this.inTransaction);
    });
    return statement;
  }

  /** It has become known what the names of the session's statements do. */
  #parkSettled(): void {
    const { now } = this.#state;
    if (now.is === 'pinned' && !now.held.connection.lost && this.pinReason === undefined) this.#unpin(now.held);
    this.#settle();
  }

  #unpin(held: HeldConnection): void {
    this.#state.become({ is: 'used', held });
    void this.#pool.reuse(held.connection);
  }

  /** Stops the statement of a transaction that has exceeded a limit, and rolls back. */
  #exceed(failure: ServiceFailure): void {
    const { now } = this.#state;
    if (!this.inTransaction || !('held' in now) || now.held.connection.lost) {
      this.#guard?.dismiss();
      return;
    }
    if (now.is === 'pinned') this.#unpin(now.held);
    now.held.statement?.cancel(failure);
    this.#settle();
  }

  /** Never rejects. */
  async #rollBack(guard: TransactionGuard, held: HeldConnection): Promise<void> {
    this.#uses++;
    await guard.rollBack(held.connection);
    held.noteRolledBack();
    this.#session.noteRolledBack();
    this.#uses--;
    this.#interlude = undefined;
    this.#settle();
  }

  /** Decides what becomes of a connection that was used. Waits for a statement whose rows are still read. */
  #settle(): void {
    const { now } = this.#state;
    if (this.#uses > 0 || (now.is !== 'used' && now.is !== 'ending')) return;
    const { held } = now;
    const { connection } = held;
    if (held.isRunning) {
      this.#guard?.noteRequestEnd(this.inTransaction, true);
      void held.statement?.outcome.then(() => this.#settle());
    } else if (now.is === 'ending') {
      this.#giveBack(held);
    } else if (connection.lost) {
      this.#settleLost(held);
    } else if (this.#keeps === 0) {
      this.#settleUsed(held);
    }
  }

  /**
   * The client of a cancelled statement, or of a transaction that exceeded a limit, gets another error first. The next
   * statement reports the loss.
   */
  #settleLost(held: HeldConnection): void {
    const told = !held.statement?.cancelled && !this.#guard?.hasRollbackFailed;
    if (told || this.pinReason === undefined) this.#drop(held);
    else this.#state.become({ is: 'pinned', held });
  }

  #settleUsed(held: HeldConnection): void {
    const { connection } = held;
    if (this.#guard?.isRollbackDue && this.inTransaction) {
      this.#interlude = this.#rollBack(this.#guard, held);
      return;
    }
    if (this.#guard?.isRollbackDue) this.#guard.dismiss();
    this.#guard?.noteRequestEnd(this.inTransaction, false);
    if (connection.unused) {
      // The statement was rejected before it was sent.
      this.#state.become(NONE);
      void this.#pool.release(connection);
    } else if (this.pinReason !== undefined) {
      this.#state.become({ is: 'pinned', held });
      this.#pool.pin(connection);
    } else {
      this.#state.become({ is: 'parked', held });
      this.#pool.park(connection, () => this.#reclaim(connection), this.#session.isUnread);
    }
  }

  /** Gives up the parked connection: captures the session state on it, and resets it. */
  async #reclaim(connection: PooledConnection): Promise<void> {
    this.#state.become(NONE);
    this.#session.noteLeaving(connection.charset.collation);
    const reset = connection.captureAndReset();
    const noted = reset.then(
      (insertId) => this.#session.noteConnectionLeft(insertId),
      () => this.#session.noteConnectionLeft(undefined),
    );
    const interlude = noted.then(() => {
      if (this.#interlude === interlude) this.#interlude = undefined;
    });
    this.#interlude = interlude;
    await reset;
  }

  /** The session has ended: the connection goes back to the pool. */
  #giveBack({ connection, pins }: HeldConnection): void {
    const { pinReason } = this;
    pins.end();
    this.#state.become({ is: 'released' });
    const reset = this.#pool.release(connection, pinReason !== undefined);
    // A transaction or a lock ends before the client knows that the session has ended. Nobody waits for the rest.
    if (pinReason === undefined) this.#released?.resolve();
    else void reset.then(() => this.#released?.resolve());
  }

  /** The connection is lost. */
  #drop({ connection, pins }: HeldConnection): void {
    if (this.pinReason !== undefined) this.#session.settings.clear();
    this.#session.noteLeaving(connection.charset.collation);
    this.#state.become(NONE);
    pins.end();
    this.#guard?.end();
    this.#session.noteConnectionLeft(undefined);
    connection.destroy();
  }
}
