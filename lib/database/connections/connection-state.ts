/** Status flags behind a statement: https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html */
const SERVER_STATUS_IN_TRANS = 0x0001;
const SERVER_STATUS_AUTOCOMMIT = 0x0002;
const SERVER_SESSION_STATE_CHANGED = 0x4000;

/**
 * The length of a statement, in characters, after which a connection is discarded. MariaDB keeps a network buffer of
 * the size of the largest statement, and sends the first rows of later results only when that buffer is full.
 */
const LARGE_STATEMENT = 1024 * 1024;

/** Milliseconds in which a server can write some tens of megabytes of temporary tables. */
const TEMPORARY_TIME = 250;

/** Why only its connection can continue a session, as far as MySQL reports it. */
export type ReportedPinReason = 'transaction' | 'session state' | 'no session tracking';

/** What netsvc knows of a connection's state in MySQL, from MySQL's reports. */
export class ConnectionState {
  /** No statement has run since the connection was opened or reset. */
  #unused = true;
  /** MySQL reports changes of session state (`session_track_state_change`). */
  #tracked = false;
  #changed = false;
  /** A change was reported since the last reset, or a statement has failed, so that one may not have been. */
  #mayHaveChanged = false;
  /** Before the last statement. */
  #hadChanged = false;
  #inTransaction = false;
  #autocommit = true;
  /** The last statement has failed: an error has no flags. */
  #statusUnknown = false;
  #hadLargeStatement = false;
  #hadTemporaryTables = false;
  /** Milliseconds that the statements since the last reset have taken. */
  #time = 0;

  get unused(): boolean {
    return this.#unused;
  }

  get tracked(): boolean {
    return this.#tracked;
  }

  /** MySQL has reported no change of session state since the last reset, also none that has been set again. */
  get isUnchanged(): boolean {
    return this.#tracked && !this.#mayHaveChanged;
  }

  /** Why only this connection can continue the session; undefined if MySQL has reported nothing that pins. */
  get pinReason(): ReportedPinReason | undefined {
    if (this.#inTransaction) return 'transaction';
    if (this.#changed) return 'session state';
    return this.#tracked ? undefined : 'no session tracking';
  }

  /** The connection is to be discarded on release. */
  get discardOnRelease(): boolean {
    return this.#hadLargeStatement || this.#hadTemporaryTables;
  }

  /** Statements since the last reset have taken long enough to write large temporary tables. */
  get mayHaveTemporaryTables(): boolean {
    return this.#time >= TEMPORARY_TIME;
  }

  /** MySQL has not said that the connection is in no transaction, so that it may be in one of XA. */
  get mayBeInXa(): boolean {
    return this.#inTransaction || this.#statusUnknown;
  }

  /** A statement of so many characters or bytes is about to run. */
  beforeStatement(length: number): void {
    this.#unused = false;
    this.#hadChanged = this.#changed;
    if (length > LARGE_STATEMENT) this.#hadLargeStatement = true;
  }

  /**
   * @param status MySQL's flags behind a statement
   * @param onlyTransactions the change that they tell of is that of a transaction, for which there is another flag
   * @returns whether session state has changed
   */
  noteStatus(status: number, onlyTransactions = false): boolean {
    const changed = (status & SERVER_SESSION_STATE_CHANGED) !== 0 && !onlyTransactions;
    if (changed) this.#changed = this.#mayHaveChanged = true;
    this.#statusUnknown = false;
    this.#inTransaction = (status & SERVER_STATUS_IN_TRANS) !== 0;
    this.#autocommit = (status & SERVER_STATUS_AUTOCOMMIT) !== 0;
    return changed;
  }

  /**
   * A statement has failed. An error has no flags: with autocommit off, the statement may hold locks, unless it was
   * refused.
   */
  noteFailure(failure: 'refused' | 'failed'): void {
    this.#statusUnknown = true;
    this.#mayHaveChanged = true;
    if (failure === 'failed' && !this.#autocommit) this.#inTransaction = true;
  }

  /** A statement of the session has taken so many milliseconds. */
  noteTime(milliseconds: number): void {
    this.#time += milliseconds;
  }

  /** The session has left large temporary tables. */
  noteTemporaryTables(): void {
    this.#hadTemporaryTables = true;
  }

  /** What the last statement has changed can be set on another connection. */
  forgetChange(): void {
    this.#changed = this.#hadChanged;
  }

  /** Runs a statement of the gateway's own: what it changes is not the session's. */
  async preserveChanged(run: () => Promise<unknown>): Promise<void> {
    const changed = this.#changed;
    await run();
    this.#changed = changed;
  }

  /** The connection has been opened or reset. @param status the flags of the SET that turns the reports on */
  prepared(status: number): void {
    this.#changed = false;
    this.noteStatus(status);
    this.#tracked = this.#changed;
    this.#changed = false;
    this.#mayHaveChanged = false;
    this.#unused = true;
    this.#time = 0;
  }
}
