import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { StatementOutcome } from '../connections/result-sink.js';
import type { Classification } from './classify.js';

/** Something that MySQL remembers of a session's statements. */
interface Memory {
  /** Undefined: only the connection knows, or, where it is not `there`, nobody any more. */
  value: string | undefined;
  /** The connection that the session holds remembers it. */
  there: boolean;
}

/** Digits of a FOUND_ROWS() that is worth bringing about: it takes as many rows. */
const MOST_DIGITS = 6;

/** Asks a connection for what only it knows, and makes it forget the id; it reads from a table, because only that makes it forget warnings. */
export const RECOLLECT =
  'SELECT LAST_INSERT_ID(), FOUND_ROWS(), ROW_COUNT(), LAST_INSERT_ID(0) FROM information_schema.engines LIMIT 1';

/**
 * What a session's statements left for later ones to ask for: LAST_INSERT_ID(), FOUND_ROWS(), ROW_COUNT() and the warnings. It goes
 * with the session from one connection to the next. How MySQL and MariaDB reckon with it is held to them by a model-based spec.
 *
 * What cannot be brought about on another connection (a ROW_COUNT() of more than one, warnings) is lost when the connection is given
 * to another session, and to ask for it is fault 51.
 */
export class SessionState {
  readonly #insertId: Memory = { value: '0', there: false };
  readonly #foundRows: Memory = { value: '0', there: false };
  readonly #rowCount: Memory = { value: '0', there: false };
  #messages: 'none' | 'there' | 'lost' = 'none';

  /**
   * The statements that bring about, on the connection that is held, what a statement asks for and may need.
   *
   * @throws {ServiceFailure} 51 when it asks for what is lost
   */
  recall({ ties, asks, inserts, foundRows }: Classification): readonly string[] {
    const asksForLast = asks.rowCount || asks.messages;
    // To bring about the rest might take away what it asks for.
    const needsAll = ties && (!asksForLast || (this.#messages !== 'there' && isRepeatable(this.#rowCount.value)));
    const statements: string[] = [];
    // A connection that comes from the pool remembers no id.
    if (this.#insertId.value === '0') this.#insertId.there = true;
    if ((needsAll || inserts || asks.insertId) && lacks(this.#insertId, asks.insertId)) {
      statements.push(`DO LAST_INSERT_ID(${this.#insertId.value})`);
      this.#insertId.there = true;
    }
    const needsFoundRows = needsAll || asks.foundRows || (foundRows === 'unknown' && !ties);
    const counts = needsFoundRows && lacks(this.#foundRows, asks.foundRows);
    if (counts && this.#messages === 'there' && !needsNoTables(this.#foundRows.value)) this.#messages = 'lost';
    if (asks.messages && this.#messages === 'lost') throw lost();
    const recallsRowCount = asks.rowCount || (needsAll && asksForLast);
    if (recallsRowCount) statements.push(...this.#recallRowCount(counts, statements.length > 0));
    else if (counts) statements.push(selectRows(this.#foundRows.value));
    if (counts) this.#foundRows.there = true;
    if (statements.length > 0) this.#rowCount.there = recallsRowCount;
    return statements;
  }

  /** Takes note of what a statement came to. */
  note(traits: Classification, end: StatementOutcome): void {
    if (end.failure !== 'none') {
      this.#noteFailure(traits, end.failure);
      return;
    }
    const { inserts, setsInsertId, foundRows, keepsRowCount, usesTables } = traits;
    const changes = end.affectedRows === undefined ? undefined : String(end.affectedRows);
    // Behind the rows of an INSERT ... RETURNING nothing is said of an id.
    if (setsInsertId || end.insertId !== 0 || (inserts && changes === undefined)) this.#insertId.value = undefined;
    if (!keepsRowCount) know(this.#rowCount, foundRows === 'unknown' ? changes : (changes ?? '-1'));
    if (foundRows === 'unknown') this.#foundRows.value = undefined;
    else if (foundRows !== 'kept') know(this.#foundRows, foundRows === 'counted' ? String(end.rows) : undefined);
    if (end.warnings > 0) this.#messages = 'there';
    else if (usesTables) this.#messages = 'none';
  }

  #noteFailure({ ties, inserts, foundRows }: Classification, failure: 'refused' | 'broken'): void {
    know(this.#rowCount, '-1');
    this.#messages = 'there';
    if (failure === 'refused' && !ties) return;
    if (inserts) this.#insertId.value = undefined;
    if (foundRows === 'unknown') this.#foundRows.value = undefined;
    // A SELECT has counted nothing yet.
    else if (foundRows !== 'kept') know(this.#foundRows, '0');
  }

  /** Whether another session may have the connection without more ado. */
  get portable(): boolean {
    if (this.#insertId.there && this.#insertId.value !== '0') return false;
    if (this.#foundRows.there && !isCountable(this.#foundRows.value)) return false;
    return this.#messages !== 'there' && isRepeatable(this.#rowCount.value);
  }

  /** The session leaves its connection, or lost it. @param answer what the connection answered to RECOLLECT, if it was asked */
  leave(answer: readonly (string | undefined)[] = []): void {
    for (const [i, memory] of [this.#insertId, this.#foundRows, this.#rowCount].entries()) {
      if (memory.there) memory.value = answer[i] ?? memory.value;
      memory.there = false;
    }
    if (!isCountable(this.#foundRows.value)) this.#foundRows.value = undefined;
    if (this.#messages === 'there') this.#messages = 'lost';
  }

  /**
   * @param counts whether FOUND_ROWS() is to be brought about too
   * @param disturbed whether the connection has forgotten it in the meantime
   */
  #recallRowCount(counts: boolean, disturbed: boolean): string[] {
    const { value, there } = this.#rowCount;
    if (there && !counts && !disturbed) return [];
    const rows = counts ? [selectRows(this.#foundRows.value)] : [];
    if (value === '0') return [...rows, 'DO 0'];
    if (value === '-1') return [...rows, 'SHOW WARNINGS'];
    // To tell of one changed row takes a SELECT, and that is counted.
    if (value !== '1' || this.#foundRows.value === undefined) throw lost();
    this.#foundRows.there = true;
    if (this.#messages === 'there') this.#messages = 'lost';
    return [selectOneInto(this.#foundRows.value)];
  }
}

function know(memory: Memory, value: string | undefined): void {
  memory.value = value;
  memory.there = true;
}

/** Whether the connection has to be brought to remember it. */
function lacks({ value, there }: Memory, asked: boolean): boolean {
  if (!there && value === undefined && asked) throw lost();
  return !there && value !== undefined;
}

function isCountable(foundRows: string | undefined): boolean {
  return foundRows !== undefined && foundRows.length <= MOST_DIGITS;
}

function isRepeatable(rowCount: string | undefined): boolean {
  return rowCount === '-1' || rowCount === '0' || rowCount === '1';
}

/** FOUND_ROWS() is `count` afterwards, and ROW_COUNT() -1. As long as it takes no tables, warnings stay. */
function selectRows(count = '0'): string {
  if (count === '0') return 'SELECT 0 LIMIT 0';
  if (needsNoTables(count)) return zeros(Number(count));
  const tables = Array.from(count, (_digit, i) => `(${zeros(10)}) t${i}`);
  return `SELECT 0 FROM ${tables.join(', ')} LIMIT ${count}`;
}

function needsNoTables(count = '0'): boolean {
  return count.length < 3;
}

function zeros(count: number): string {
  return Array.from({ length: count }, () => 'SELECT 0').join(' UNION ALL ');
}

/** FOUND_ROWS() is `count` afterwards, and ROW_COUNT() 1. */
function selectOneInto(count: string): string {
  if (count === '0') return 'SELECT 0 INTO @netsvc';
  return `SELECT SQL_CALC_FOUND_ROWS 0 INTO @netsvc FROM (${selectRows(count)}) t LIMIT 1`;
}

function lost(): ServiceFailure {
  return ServiceFailure.of(
    FAULTS.RESOURCE_UNAVAILABLE,
    'What the statements before left (FOUND_ROWS(), ROW_COUNT(), warnings) went with a connection that another session needed. ' +
      'In a transaction, or with --pin always, a session keeps its connection.',
  );
}
