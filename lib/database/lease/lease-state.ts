import type { MysqlConnection } from '../connections/mysql-connection.js';
import type { ResultSink } from '../driver/result-sink.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import { NameCatalog } from '../names/name-catalog.js';
import type { PooledConnection } from '../pool/pooled-connection.js';
import type { RunningStatement } from '../pool/running-statement.js';
import type { SqlText } from '../sql/sql-text.js';
import { HeldPins, type PreparedStatement } from './held-pins.js';
import type { SessionState } from './session-state.js';

/** A connection while `ConnectionLease.use` runs. */
export interface LeasedConnection {
  readonly connection: MysqlConnection;
  /**
   * Makes sure that `connection.charset.backslashEscapes` is right.
   *
   * @param anew MySQL is asked in any case
   * @throws {MysqlError}
   */
  askBackslash(anew?: boolean): Promise<void>;
  /**
   * Starts a statement, with its arguments in place. The connection must have no other one running. It is cancelled
   * when the request of `use` is aborted.
   *
   * @throws {MysqlError} 1153 if the statement is larger than MySQL accepts
   * @throws {ServiceFailure} 51 if the statement reads session state that is lost
   */
  start(sql: SqlText, sink: ResultSink): Promise<RunningStatement>;
}

/** The beginning of a statement that begins a transaction, also within another. */
const BEGINS = /^\s*(?:begin(?:\s+work)?\s*;?\s*$|start\s+transaction\b|(?:commit|rollback)\b.*\band\s+chain\b)/is;

/** A connection while a session holds it, and what the session has done with it. */
export class HeldConnection {
  readonly connection: PooledConnection;
  readonly pins: HeldPins;
  #statement: RunningStatement | undefined;
  #transactionSince: number | undefined;

  /** @param onSettled called when statements that were in doubt are known to pin, or not to */
  constructor(connection: PooledConnection, onSettled: () => void) {
    this.connection = connection;
    this.pins = new HeldPins(NameCatalog.of(connection.host), onSettled);
  }

  /** The last statement; undefined before the first. */
  get statement(): RunningStatement | undefined {
    return this.#statement;
  }

  set statement(statement: RunningStatement) {
    this.#statement = statement;
    this.connection.statement = statement;
  }

  /** Since when a transaction is open, in milliseconds of `performance.now`: when its first statement began. */
  get transactionSince(): number | undefined {
    return this.connection.pinReason === 'transaction' ? this.#transactionSince : undefined;
  }

  /** The transaction has been rolled back for the session. */
  noteRolledBack(): void {
    this.#transactionSince = undefined;
  }

  /** A statement of the session has ended. @param outcome undefined if the connection was lost */
  note(prepared: PreparedStatement, outcome: StatementOutcome | undefined, session: SessionState): void {
    const { connection, pins } = this;
    const { settings, mayHideCharset } = prepared.classification;
    const inTransaction = connection.pinReason === 'transaction';
    this.#noteTransaction(inTransaction);
    session.note(prepared.classification, outcome, connection.server);
    if (!pins.note(prepared, outcome, inTransaction)) return;
    if (mayHideCharset) connection.charset.expectChange();
    if (settings === undefined) return;
    if (outcome?.failure === 'none' && session.settings.record(settings)) connection.forgetChange();
    else pins.pin('session state');
  }

  /** The last statement has ended. One that begins a transaction ends the one before. */
  #noteTransaction(isOpen: boolean): void {
    const { since, sql = '' } = this.#statement ?? {};
    if (!isOpen) this.#transactionSince = undefined;
    else if (this.#transactionSince === undefined || BEGINS.test(sql)) this.#transactionSince = since;
  }

  /** Rows of a statement are still being received, or it is being cancelled. */
  get isRunning(): boolean {
    return this.statement?.running ?? false;
  }
}

/** What a session has of the connections of its pool. */
export type Holding =
  /** Nothing. A call may be waiting for a connection. */
  | { readonly is: 'none' }
  /** A call prepares or runs a statement, or its rows are unread. */
  | { readonly is: 'used'; readonly held: HeldConnection }
  /** The pool may reclaim it. */
  | { readonly is: 'parked'; readonly held: HeldConnection }
  | { readonly is: 'pinned'; readonly held: HeldConnection }
  /** The session has ended while it used the connection. */
  | { readonly is: 'ending'; readonly held: HeldConnection }
  /** The session has ended. */
  | { readonly is: 'released' };

const CHANGES: Readonly<Record<Holding['is'], readonly Holding['is'][]>> = {
  none: ['used', 'released'],
  used: ['parked', 'pinned', 'none', 'ending'],
  parked: ['used', 'none', 'released'],
  pinned: ['used', 'none', 'released'],
  ending: ['released'],
  released: [],
};

/** One for all leases: most sessions have no connection. */
export const NONE: Holding = { is: 'none' };

/** The state of a lease. */
export class LeaseState {
  #now: Holding = NONE;

  get now(): Holding {
    return this.#now;
  }

  /** The connection, if there is one. */
  get held(): HeldConnection | undefined {
    return 'held' in this.#now ? this.#now.held : undefined;
  }

  /** The session has ended: nothing may start any more. */
  get hasEnded(): boolean {
    return this.#now.is === 'ending' || this.#now.is === 'released';
  }

  /** The only place in which a lease changes. @throws {Error} if it cannot change so */
  become(next: Holding): void {
    const from = this.#now.is;
    if (!CHANGES[from].includes(next.is)) throw new Error(`a lease cannot change from ${from} to ${next.is}`);
    this.#now = next;
  }
}
