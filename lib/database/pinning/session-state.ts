import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { StatementOutcome } from '../connections/result-sink.js';
import type { ServerKind } from '../connections/server-kind.js';
import type { Classification, FoundRowsEffect } from './classify.js';
import {
  clearsWarnings,
  SELECT_INTO,
  SET_VARIABLE,
  SHOW_WARNINGS,
  selectOneInto,
  selectRows,
  setInsertId,
  warns,
} from './restore-statements.js';

/** A value that MySQL keeps of a session's statements, such as LAST_INSERT_ID(). */
interface StateItem {
  /** Undefined if only the connection knows it; if it is not `onConnection` either, it is lost. */
  readonly value: string | undefined;
  /** The connection that the session holds has the value. */
  readonly onConnection: boolean;
}

interface Snapshot {
  readonly insertId: StateItem;
  readonly foundRows: StateItem;
  readonly rowCount: StateItem;
  /** The warnings and errors of the last statement. */
  readonly diagnostics: 'none' | 'onConnection' | 'lost';
}

/** What restores the session state that a statement reads. Commit it when its statements have run. */
export interface RestorePlan {
  readonly statements: readonly string[];
  /** The session state after them. */
  readonly result: Snapshot;
}

/** Digits of the largest FOUND_ROWS() that is restored, which takes a query of as many rows. */
const MAX_DIGITS = 6;

/** A connection from the pool has 0 for each item. */
const INITIAL: StateItem = { value: '0', onConnection: true };

/**
 * The session state: what a session's statements left for later ones to read, which is LAST_INSERT_ID(), FOUND_ROWS(),
 * ROW_COUNT() and the warnings. It is captured when the session gives up its connection and restored on the next one
 * when a statement reads it. A model-based spec compares it with MySQL's own.
 *
 * A ROW_COUNT() of more than 1 and warnings cannot be restored. They are lost when the connection is reclaimed, and
 * reading them is fault 51.
 */
export class SessionState {
  #current: Snapshot = { insertId: INITIAL, foundRows: INITIAL, rowCount: INITIAL, diagnostics: 'none' };

  /** The connection that the session holds has all of it. */
  get isOnConnection(): boolean {
    const { insertId, foundRows, rowCount, diagnostics } = this.#current;
    return insertId.onConnection && foundRows.onConnection && rowCount.onConnection && diagnostics !== 'lost';
  }

  /**
   * Plans what to run, on the connection that the session holds, before a statement of the classification.
   *
   * @throws {ServiceFailure} 51 if the statement reads what is lost
   */
  planRestore({ pinReason, reads, inserts, foundRows: effect }: Classification, server: ServerKind): RestorePlan {
    const pins = pinReason !== undefined;
    let { insertId, foundRows, rowCount, diagnostics } = this.#current;
    const repeatsRowCount = isRepeatable(rowCount.value, foundRows.value, server);
    // Restoring the rest could change what the statement reads.
    const restoresAll =
      pins && (!(reads.rowCount || reads.diagnostics) || (diagnostics !== 'onConnection' && repeatsRowCount));
    const statements: string[] = [];
    if ((restoresAll || inserts || reads.insertId) && isMissing(insertId, reads.insertId)) {
      statements.push(setInsertId(insertId.value));
      insertId = present(insertId);
    }
    const needsFoundRows = restoresAll || reads.foundRows || (effectOn(server, effect) === 'unknown' && !pins);
    const restoresFoundRows = needsFoundRows && isMissing(foundRows, reads.foundRows);
    // A routine may read it, unseen.
    const restoresRowCount = reads.rowCount || (restoresAll && repeatsRowCount);
    if (restoresRowCount && (!rowCount.onConnection || restoresFoundRows || statements.length > 0)) {
      const restored = restoreRowCount(rowCount, foundRows, { needsFoundRows, restoresFoundRows }, server);
      statements.push(...restored.statements);
      foundRows = restored.foundRows;
    } else if (restoresFoundRows) {
      statements.push(selectRows(foundRows.value));
    }
    if (restoresFoundRows) foundRows = present(foundRows);
    if (statements.length > 0) rowCount = { ...rowCount, onConnection: restoresRowCount };
    if (diagnostics === 'onConnection' && statements.some((sql) => clearsWarnings(sql, server))) diagnostics = 'lost';
    const warned = statements.some((sql) => warns(sql, server));
    if (reads.diagnostics && (diagnostics === 'lost' || warned)) throw lost();
    return { statements, result: { insertId, foundRows, rowCount, diagnostics } };
  }

  /** The statements of the plan have run. */
  commit(plan: RestorePlan): void {
    this.#current = plan.result;
  }

  /** A statement has ended. @param outcome undefined if the connection was lost */
  note(classification: Classification, outcome: StatementOutcome | undefined, server: ServerKind): void {
    if (outcome === undefined) this.#noteLoss(classification);
    else if (outcome.failure === 'none') this.#noteSuccess(classification, outcome, server);
    else this.#noteFailure(classification, outcome.failure, server);
  }

  /** The gateway has run a statement of its own on the connection, which changed ROW_COUNT() there. */
  noteOwn(sql: string, server: ServerKind): void {
    const { rowCount, diagnostics } = this.#current;
    this.#current = {
      ...this.#current,
      rowCount: { ...rowCount, onConnection: false },
      diagnostics: diagnostics === 'onConnection' && clearsWarnings(sql, server) ? 'lost' : diagnostics,
    };
  }

  /**
   * The session gives up its connection, or has lost it.
   *
   * @param captured the values that the connection had, if it was asked: LAST_INSERT_ID(), FOUND_ROWS() and ROW_COUNT()
   */
  capture([insertId, foundRows, rowCount]: readonly (string | undefined)[] = []): void {
    const { diagnostics, ...items } = this.#current;
    const rows = captured(items.foundRows, foundRows);
    this.#current = {
      insertId: captured(items.insertId, insertId),
      foundRows: isRestorable(rows.value) ? rows : { value: undefined, onConnection: false },
      rowCount: captured(items.rowCount, rowCount),
      diagnostics: diagnostics === 'onConnection' ? 'lost' : diagnostics,
    };
  }

  #noteSuccess(classification: Classification, outcome: StatementOutcome, server: ServerKind): void {
    const { inserts, keepsRowCount, clearsWarnings, reads } = classification;
    const effect = effectOn(server, classification.foundRows);
    let { insertId, foundRows, rowCount, diagnostics } = this.#current;
    if (inserts || outcome.insertId !== 0) insertId = unknown(insertId);
    if (!keepsRowCount) rowCount = onConnection(outcome.affectedRows?.toString());
    if (effect === 'set') foundRows = onConnection(undefined);
    else if (effect === 'unknown') foundRows = unknown(foundRows);
    if (outcome.warnings > 0) diagnostics = 'onConnection';
    // In MySQL, every other statement clears them.
    else if (clearsWarnings || (server === 'MySQL' && !reads.diagnostics)) diagnostics = 'none';
    this.#current = { insertId, foundRows, rowCount, diagnostics };
  }

  #noteFailure(classification: Classification, failure: 'refused' | 'failed', server: ServerKind): void {
    const { pinReason, inserts } = classification;
    const effect = effectOn(server, classification.foundRows);
    let { insertId, foundRows } = this.#current;
    if (failure === 'failed' || pinReason !== undefined) {
      if (inserts) insertId = unknown(insertId);
      if (effect === 'unknown') foundRows = unknown(foundRows);
      // In MariaDB, a SELECT that fails has counted no rows.
      else if (effect === 'set' && server === 'MariaDB') foundRows = onConnection('0');
    }
    this.#current = { insertId, foundRows, rowCount: onConnection('-1'), diagnostics: 'onConnection' };
  }

  /** It is not known how far the statement came. */
  #noteLoss({ inserts, foundRows: effect }: Classification): void {
    const { insertId, foundRows, diagnostics } = this.#current;
    this.#current = {
      insertId: inserts ? unknown(insertId) : insertId,
      foundRows: effect === 'kept' ? foundRows : onConnection('0'),
      rowCount: onConnection('-1'),
      diagnostics,
    };
  }
}

function onConnection(value: string | undefined): StateItem {
  return { value, onConnection: true };
}

function present(item: StateItem): StateItem {
  return item.onConnection ? item : { ...item, onConnection: true };
}

/** Only the connection knows the value now. */
function unknown(item: StateItem): StateItem {
  return { ...item, value: undefined };
}

/** The session's next connection comes from the pool. */
function captured(item: StateItem, answer: string | undefined): StateItem {
  const value = item.onConnection ? (answer ?? item.value) : item.value;
  return { value, onConnection: value === INITIAL.value };
}

/**
 * Whether the value has to be restored on the connection.
 *
 * @throws {ServiceFailure} 51 if it is lost and the statement reads it
 */
function isMissing({ value, onConnection }: StateItem, isRead: boolean): boolean {
  if (!onConnection && value === undefined && isRead) throw lost();
  return !onConnection && value !== undefined;
}

function isRestorable(foundRows: string | undefined): boolean {
  return foundRows !== undefined && foundRows.length <= MAX_DIGITS;
}

/** Whether there are statements that set both ROW_COUNT() and FOUND_ROWS() to the values. */
function isRepeatable(rowCount: string | undefined, foundRows: string | undefined, server: ServerKind): boolean {
  if (rowCount === '-1' || rowCount === '0') return true;
  return rowCount === '1' && foundRows !== undefined && selectOneInto(foundRows, server) !== undefined;
}

function effectOn(server: ServerKind, effect: FoundRowsEffect): 'set' | 'kept' | 'unknown' {
  if (effect !== 'update') return effect;
  return server === 'MySQL' ? 'unknown' : 'kept';
}

/**
 * Restores ROW_COUNT().
 *
 * @param needs whether FOUND_ROWS() is needed too, and whether it is not on the connection
 * @throws {ServiceFailure} 51 if no statement sets it
 */
function restoreRowCount(
  { value }: StateItem,
  foundRows: StateItem,
  needs: { readonly needsFoundRows: boolean; readonly restoresFoundRows: boolean },
  server: ServerKind,
): { readonly statements: readonly string[]; readonly foundRows: StateItem } {
  const rows = needs.restoresFoundRows ? [selectRows(foundRows.value)] : [];
  if (value === '0') return { statements: [...rows, SET_VARIABLE], foundRows };
  if (value === '-1') return { statements: [...rows, SHOW_WARNINGS], foundRows };
  // It cannot be set to 1 without setting FOUND_ROWS() too.
  if (value !== '1' || foundRows.value === undefined) throw lost();
  if (!needs.needsFoundRows) return { statements: [SELECT_INTO], foundRows: { ...foundRows, onConnection: false } };
  const statement = selectOneInto(foundRows.value, server);
  if (statement === undefined) throw lost();
  return { statements: [statement], foundRows: present(foundRows) };
}

function lost(): ServiceFailure {
  return ServiceFailure.of(
    FAULTS.RESOURCE_UNAVAILABLE,
    'The session state that the statement reads (FOUND_ROWS(), ROW_COUNT() or warnings) is lost: another session ' +
      'needed the MySQL connection. ' +
      'A session keeps its connection in a transaction, or with --pin always.',
  );
}
