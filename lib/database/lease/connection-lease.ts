import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import { type Resolvers, withResolvers } from '../../system/with-resolvers.js';
import { goneAway } from '../errors/mysql-error.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { PinReason } from '../pinning/pin-reason.js';
import type { ConnectionPool } from '../pool/connection-pool.js';
import type { PooledConnection } from '../pool/pooled-connection.js';
import { acquireConnection } from './acquire-connection.js';
import { HeldConnection, type LeasedConnection } from './held-connection.js';
import type { LeaseOptions } from './lease-options.js';
import { type Holding, LeaseState, NONE } from './lease-state.js';
import { SessionState } from './session-state.js';
import { settlementOf, type Use } from './settlement.js';
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
      return await work(held.leasedFor(request));
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
    const held = new HeldConnection(connection, {
      session: this.#session,
      options: this.#options,
      pool: this.#pool,
      mustGoOn: (request) => this.#mustGoOn(request),
      onStatementEnd: (outcome) => this.#noteStatementEnd(outcome),
      onSettled: () => this.#parkSettled(),
    });
    this.#state.become({ is: 'used', held });
    return held;
  }

  #noteStatementEnd(outcome: StatementOutcome | undefined): void {
    this.#rows += outcome?.rows ?? 0;
    // A call of `transaction` runs many statements before the connection is settled.
    this.#guard?.noteStatementEnd(this.inTransaction);
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
  async #rollBack(held: HeldConnection): Promise<void> {
    this.#uses++;
    await this.#guard?.rollBack(held.connection);
    held.noteRolledBack();
    this.#session.noteRolledBack();
    this.#uses--;
    this.#interlude = undefined;
    this.#settle();
  }

  /** Does with a connection that was used what `settlementOf` decides. */
  #settle(): void {
    const { now } = this.#state;
    if (this.#uses > 0 || (now.is !== 'used' && now.is !== 'ending')) return;
    const { held } = now;
    const { connection } = held;
    switch (settlementOf(this.#useOf(now))) {
      case 'wait':
        this.#guard?.noteRequestEnd(this.inTransaction, true);
        void held.statement?.outcome.then(() => this.#settle());
        return;
      case 'keep':
        return;
      case 'give back':
        this.#giveBack(held);
        return;
      case 'drop':
        this.#drop(held);
        return;
      case 'report loss':
        this.#state.become({ is: 'pinned', held });
        return;
      case 'roll back':
        this.#interlude = this.#rollBack(held);
        return;
      case 'return unused':
        this.#noteRequestEnd();
        this.#state.become(NONE);
        void this.#pool.release(connection);
        return;
      case 'pin':
        this.#noteRequestEnd();
        this.#state.become({ is: 'pinned', held });
        this.#pool.pin(connection);
        return;
      case 'park':
        this.#noteRequestEnd();
        this.#state.become({ is: 'parked', held });
        this.#pool.park(connection, () => this.#reclaim(connection), this.#session.isUnread);
    }
  }

  #useOf({ is, held: { connection, statement, isRunning } }: Holding & { readonly held: HeldConnection }): Use {
    return {
      hasEnded: is === 'ending',
      isRunning,
      isLost: connection.lost !== undefined,
      // The client of a cancelled statement, or of a transaction that exceeded a limit, gets another error first.
      isLossTold: !statement?.cancelled && !this.#guard?.hasRollbackFailed,
      isKept: this.#keeps > 0,
      isRollbackDue: this.#guard?.isRollbackDue === true && this.inTransaction,
      isUnused: connection.unused,
      isPinned: this.pinReason !== undefined,
    };
  }

  #noteRequestEnd(): void {
    // The transaction has ended by itself.
    if (this.#guard?.isRollbackDue) this.#guard.dismiss();
    this.#guard?.noteRequestEnd(this.inTransaction, false);
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
