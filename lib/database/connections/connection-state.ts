/** Status flags behind a statement: https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html */
const SERVER_STATUS_IN_TRANS = 0x0001;
const SERVER_STATUS_NO_BACKSLASH_ESCAPES = 0x0200;
const SERVER_SESSION_STATE_CHANGED = 0x4000;

/**
 * The length of a statement, in characters, after which a connection is discarded. MariaDB keeps a network buffer of
 * the size of the largest statement, and sends the first rows of later results only when that buffer is full.
 */
const LARGE_STATEMENT = 1024 * 1024;

/** What netsvc knows of a connection's state in MySQL. */
export class ConnectionState {
  /** A backslash in a string literal is an ordinary character. */
  noBackslashEscapes = false;
  /** `net_write_timeout` is raised, so that the reader of a result can pause. */
  readerMayPause = false;
  /** No statement of a session has run since the connection was opened or reset. */
  #unused = true;
  /** MySQL reports changes of session state (`session_track_state_change`). */
  #tracked = false;
  #changed = false;
  #inTransaction = false;
  #hadLargeStatement = false;

  get unused(): boolean {
    return this.#unused;
  }

  get tracked(): boolean {
    return this.#tracked;
  }

  /** The connection must be reset before another session uses it. */
  get needsReset(): boolean {
    return this.#changed || this.#inTransaction || !this.#tracked;
  }

  /** The connection is to be discarded on release. */
  get discardOnRelease(): boolean {
    return this.#hadLargeStatement;
  }

  /** A statement is about to run. */
  beforeStatement(sql: string): void {
    this.#unused = false;
    if (sql.length > LARGE_STATEMENT) this.#hadLargeStatement = true;
  }

  /** The next statement may change what MySQL does not report. */
  assumeChanged(): void {
    this.#changed = true;
  }

  /** @param status MySQL's flags behind a result set */
  noteStatus(status: number): void {
    if ((status & SERVER_SESSION_STATE_CHANGED) !== 0) this.#changed = true;
    this.#inTransaction = (status & SERVER_STATUS_IN_TRANS) !== 0;
  }

  /**
   * @param status MySQL's flags in an OK packet, which alone has the flag for NO_BACKSLASH_ESCAPES in its current value
   */
  noteOkStatus(status: number): void {
    this.noBackslashEscapes = (status & SERVER_STATUS_NO_BACKSLASH_ESCAPES) !== 0;
    this.noteStatus(status);
  }

  /**
   * Runs a statement of the gateway's own: what it changes is not the session's.
   *
   * @param run returns the number of warnings
   */
  async preserveChanged(run: () => Promise<number>): Promise<void> {
    const changed = this.#changed;
    const warnings = await run();
    // SHOW WARNINGS of the next session would return it.
    this.#changed = changed || warnings > 0;
  }

  /**
   * The connection has been opened or reset.
   *
   * @param enableTracking must be a statement that changes session state, if MySQL reports that
   */
  async prepare(enableTracking: () => Promise<unknown>): Promise<void> {
    this.#changed = false;
    await enableTracking();
    this.#tracked = this.#changed;
    this.#changed = false;
    this.#unused = true;
    this.readerMayPause = false;
  }
}
