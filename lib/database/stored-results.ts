import type { FieldPacket } from 'mysql2';
import { FAULTS } from '../netsvc/faults.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import { type Column, columnOf } from './column.js';
import type { Cell, Outcome, ResultSink } from './mysql-connection.js';
import { PackedRows } from './packed-rows.js';
import { bigCount, type Results } from './results.js';
import type { Statement } from './statement.js';

/** One result set, or the outcome of a statement without rows. */
interface ResultSet {
  readonly columns: readonly Column[] | undefined;
  readonly rows: PackedRows;
  readonly longest: number[];
  readonly outcome: Outcome;
}

const NO_ROWS = new PackedRows(0);
const NO_OUTCOME: Outcome = { affectedRows: 0, insertId: 0 };
const NOTHING: ResultSet = { columns: undefined, rows: NO_ROWS, longest: [], outcome: NO_OUTCOME };

/**
 * The results of MySQLdb's ordinary cursors: taken whole before `execute` answers, so that the row count is known and the
 * connection is free for the next statement.
 */
export class StoredResults implements Results, ResultSink {
  readonly #maxBytes: number;
  #sets: ResultSet[] = [];
  /** How many of them are whole. */
  #whole = 0;
  #index = 0;
  #position = 0;
  #bytes = 0;
  #statement: Statement | undefined;
  #failure: unknown;

  /** @param maxBytes how much memory the rows may take */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the results of `statement`, whose sink this is, to the end.
   *
   * @throws what the statement fails with, or fault 51 when the rows take too much memory. A failure behind the first
   *   result set is kept for `next`, as in MySQLdb.
   */
  async complete(statement: Statement): Promise<this> {
    this.#statement = statement;
    try {
      await statement.done;
    } catch (error) {
      this.#failure ??= error;
    }
    if (this.#failure !== undefined) {
      this.#sets.length = this.#whole;
      if (this.#whole === 0) this.raise();
    }
    return this;
  }

  beginRows(fields: FieldPacket[]): void {
    if (this.#failure !== undefined) return;
    const columns = fields.map(columnOf);
    const rows = new PackedRows(columns.length);
    this.#sets.push({ columns, rows, longest: columns.map(() => 0), outcome: NO_OUTCOME });
  }

  addRow(cells: Cell[]): void {
    if (this.#failure !== undefined) return;
    const { rows, longest } = this.#sets.at(-1) ?? NOTHING;
    const before = rows.bytes;
    rows.append(cells);
    for (let i = 0; i < cells.length; i++) {
      const length = cells[i]?.length ?? 0;
      if (length > (longest[i] ?? 0)) longest[i] = length;
    }
    this.#bytes += rows.bytes - before;
    if (this.#bytes > this.#maxBytes) this.#overflow();
  }

  endRows(): void {
    if (this.#failure !== undefined) return;
    this.#sets.at(-1)?.rows.finish();
    this.#whole = this.#sets.length;
  }

  addOutcome({ affectedRows, insertId }: Outcome): void {
    if (this.#failure !== undefined) return;
    this.#sets.push({ ...NOTHING, outcome: { affectedRows, insertId } });
    this.#whole = this.#sets.length;
  }

  get columns(): readonly Column[] | undefined {
    return this.#current.columns;
  }

  get rowcount(): number | bigint {
    const { columns, rows, outcome } = this.#current;
    return columns ? rows.length : bigCount(outcome.affectedRows);
  }

  get lastrowid(): number | bigint {
    return bigCount(this.#current.outcome.insertId);
  }

  get longest(): readonly number[] {
    return this.#current.longest;
  }

  fetch(count: number): Cell[][] {
    const { rows } = this.#current;
    const start = this.#position;
    this.#position = Math.min(start + count, rows.length);
    return [...rows.read(start, this.#position)];
  }

  /** @throws the statement's failure behind the last result set */
  next(): boolean {
    if (this.#index + 1 >= this.#sets.length) {
      this.raise();
      return false;
    }
    this.#sets[this.#index] = NOTHING; // frees its rows
    this.#index++;
    this.#position = 0;
    return true;
  }

  /** Moves to a row of the current result set. @returns false if there is none */
  scroll(value: number, mode: 'relative' | 'absolute'): boolean {
    const position = mode === 'relative' ? this.#position + value : value;
    if (position < 0 || position >= this.#current.rows.length) return false;
    this.#position = position;
    return true;
  }

  /** Throws a failure that has been kept, once. */
  raise(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  get #current(): ResultSet {
    return this.#sets[this.#index] ?? NOTHING;
  }

  #overflow(): void {
    const failure = ServiceFailure.of(
      FAULTS.RESOURCE_UNAVAILABLE,
      `The result takes more than ${this.#maxBytes} bytes, which is the limit.`,
    );
    this.#failure = failure;
    this.#statement?.cancel(failure);
  }
}
