import type { ServerKind } from '../connections/server-identity.js';
import { stateLost } from '../errors/fault-texts.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { Classification } from '../pinning/classification.js';
import { ROW_COUNT, STATE, type StateSet } from '../pinning/state-set.js';
import { SessionSettings } from './session-settings.js';

/**
 * The session state: what a session's statements left for later ones to read. LAST_INSERT_ID() is captured when the
 * session gives up its connection, and restored on the next one. FOUND_ROWS(), ROW_COUNT() and warnings are lost with
 * the connection: reading them is fault 51. A model-based spec compares it with MySQL's own.
 */
export class SessionState {
  /** What the session has left on its connection. A connection from the pool has no warnings, and 0 for the rest. */
  #left: StateSet = STATE.none;
  #lost: StateSet = STATE.none;
  #insertId = '0';
  readonly settings = new SessionSettings();
  #unread = false;

  /** LAST_INSERT_ID(), in digits, for the next connection. */
  get insertId(): string {
    return this.#insertId;
  }

  /** A statement can read what is lost. */
  get hasLost(): boolean {
    return this.#lost !== STATE.none;
  }

  /** The outcome of the last statement is such that the session may still ask for it. */
  get isUnread(): boolean {
    return this.#unread;
  }

  /** @throws {ServiceFailure} 51 if a statement reads what is lost */
  checkReads(reads: StateSet): void {
    if ((reads & this.#lost) !== 0) throw stateLost();
  }

  /** A statement has ended. @param outcome undefined if the connection was lost */
  note(statement: Classification, outcome: StatementOutcome | undefined, server: ServerKind): void {
    this.#left |= STATE.lastQuery | STATE.statistics;
    if (server === 'MariaDB' && statement.foundRows !== 'set') this.#left |= STATE.gtid;
    if (outcome === undefined) this.#left |= changedBy(statement) | STATE.rowCount | STATE.diagnostics;
    else if (outcome.failure === 'none') this.#noteSuccess(statement, outcome, server);
    else this.#noteFailure(statement, outcome.failure);
  }

  /** The gateway has set UTF-8 again on the connection. */
  noteCharsetRestored(server: ServerKind): void {
    this.#lose(STATE.lastQuery | ROW_COUNT | (server === 'MySQL' ? STATE.diagnostics : STATE.none));
  }

  /** The gateway has rolled back a transaction. */
  noteRolledBack(): void {
    this.#lose(ROW_COUNT | STATE.diagnostics | STATE.lastQuery);
  }

  /** The session gives up a connection on which it has this `collation_connection`, or one that is not known. */
  noteLeaving(collation: string | undefined): void {
    if (collation !== undefined) this.settings.noteCollation(collation);
  }

  /**
   * The session has given up its connection, or has lost it.
   *
   * @param insertId the LAST_INSERT_ID() that the connection had; undefined if it was not answered
   */
  noteConnectionLeft(insertId: string | undefined): void {
    if (insertId !== undefined) {
      this.#insertId = insertId;
      this.#left &= ~STATE.insertId;
    }
    this.#lose(this.#left);
    this.#unread = false;
  }

  #noteSuccess(statement: Classification, outcome: StatementOutcome, server: ServerKind): void {
    const { foundRows, keepsRowCount, clearsWarnings, reads } = statement;
    let left = changedBy(statement);
    let known = STATE.lastQuery as StateSet;
    if (outcome.insertId !== 0) known |= STATE.insertId;
    if (foundRows === 'set' || foundRows === 'calculated') known |= STATE.foundRows;
    if (!keepsRowCount) known |= STATE.rowCount;
    if (outcome.warnings > 0) known |= STATE.diagnostics;
    left |= known;
    const likely = likelyRead(known);
    const changed = outcome.affectedRows !== undefined && outcome.affectedRows > 0;
    this.#left &= ~likely;
    this.#lost &= ~likely;
    if (foundRows === 'calculated') left |= STATE.calculated;
    if (changed) left |= STATE.changed;
    // In MySQL, every other statement clears them.
    const cleared =
      outcome.warnings === 0 && (clearsWarnings || (server === 'MySQL' && (reads & STATE.diagnostics) === 0));
    this.#left = cleared ? (this.#left | left) & ~STATE.diagnostics : this.#left | left;
    this.#lost &= ~(cleared ? known | STATE.diagnostics : known);
    this.#unread = changed || foundRows === 'calculated' || (this.#left & STATE.diagnostics) !== 0;
  }

  #noteFailure(statement: Classification, failure: 'refused' | 'failed'): void {
    if (failure === 'failed' || statement.pinReason !== undefined) this.#left |= changedBy(statement);
    const known = STATE.rowCount | STATE.diagnostics;
    this.#left = (this.#left | known) & ~likelyRead(known);
    this.#lost &= ~(known | likelyRead(known));
    this.#unread = true;
  }

  /** The connection of the session does not have it any more. */
  #lose(state: StateSet): void {
    this.#lost |= this.#left & state;
    this.#left &= ~state;
  }
}

/** What a statement may set, apart from its outcome. */
function changedBy({ inserts, foundRows }: Classification): StateSet {
  return (inserts ? STATE.insertId : STATE.none) | (foundRows === 'kept' ? STATE.none : STATE.foundRows);
}

/** What is no longer as it was when FOUND_ROWS() or ROW_COUNT() has another value. */
function likelyRead(known: StateSet): StateSet {
  const calculated = (known & STATE.foundRows) !== 0 ? STATE.calculated : STATE.none;
  return calculated | ((known & STATE.rowCount) !== 0 ? STATE.changed : STATE.none);
}
