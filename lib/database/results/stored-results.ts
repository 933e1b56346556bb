import type { FieldPacket } from 'mysql2';
import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { Outcome, ResultSink } from '../connections/result-sink.js';
import type { RunningStatement } from '../connections/running-statement.js';
import { type Column, columnOf } from '../rows/column.js';
import type { RowBatch } from '../rows/row-batch.js';
import { bigCount, type Results } from './results.js';
import { RowBuffer } from './row-buffer.js';

/** One result set, or the outcome of a statement without rows. */
interface ResultSet {
  readonly columns: readonly Column[] | undefined;
  readonly rows: RowBuffer;
  readonly outcome: Outcome;
}

const NO_ROWS = new RowBuffer(0);
const NO_OUTCOME: Outcome = { affectedRows: 0, insertId: 0 };
const NOTHING: ResultSet = { columns: undefined, rows: NO_ROWS, outcome: NO_OUTCOME };

/** How much room the rows of a statement may take, in bytes. */
export interface ResultLimits {
  /** In memory; what is more goes to a file. */
  readonly resultMemory: number;
  /** In all. */
  readonly maxResult: number;
}

/**
 * The results of MySQLdb's ordinary cursors: taken whole before `execute` answers, so that the row count is known and the
 * connection is free for the next statement.
 */
export class StoredResults implements Results, ResultSink {
  readonly #limits: ResultLimits;
  #sets: ResultSet[] = [];
  /** How many of them are whole. */
  #whole = 0;
  #index = 0;
  #position = 0;
  #bytes = 0;
  #statement: RunningStatement | undefined;
  #failure: unknown;

  constructor(limits: ResultLimits) {
    this.#limits = limits;
  }

  /**
   * Takes the results of `statement`, whose sink this is, to the end.
   *
   * @throws what the statement fails with, or fault 51 when the rows take too much memory. A failure behind the first
   *   result set is kept for `next`, as in MySQLdb.
   */
  async complete(statement: RunningStatement): Promise<this> {
    this.#statement = statement;
    try {
      await statement.done;
    } catch (error) {
      this.#failure ??= error;
    }
    if (this.#failure !== undefined) {
      for (const { rows } of this.#sets.splice(this.#whole)) rows.close();
      if (this.#whole === 0) this.raise();
    }
    return this;
  }

  beginRows(fields: FieldPacket[]): void {
    if (this.#failure !== undefined) return;
    const columns = fields.map(columnOf);
    const rows = new RowBuffer(columns.length, this.#limits.resultMemory);
    this.#sets.push({ columns, rows, outcome: NO_OUTCOME });
  }

  addRows(run: RowBatch): void {
    if (this.#failure !== undefined) return;
    const { rows } = this.#sets.at(-1) ?? NOTHING;
    const before = rows.bytes;
    try {
      rows.append(run);
    } catch (error) {
      this.#fail(`The result cannot be stored: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    this.#bytes += rows.bytes - before;
    const { maxResult } = this.#limits;
    if (this.#bytes > maxResult) this.#fail(`The result takes more than ${maxResult} bytes, which is the limit.`);
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
    return this.#current.rows.longest;
  }

  fetch(count: number): Generator<RowBatch> {
    const { rows } = this.#current;
    const start = this.#position;
    this.#position = Math.min(start + count, rows.length);
    return rows.runs(start, this.#position);
  }

  /** Gives back what the rows take, in memory and on disk. */
  close(): void {
    for (const { rows } of this.#sets) rows.close();
    this.#sets = [];
  }

  /** @throws the statement's failure behind the last result set */
  next(): boolean {
    if (this.#index + 1 >= this.#sets.length) {
      this.raise();
      return false;
    }
    this.#current.rows.close();
    this.#sets[this.#index] = NOTHING;
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

  #fail(reason: string): void {
    const failure = ServiceFailure.of(FAULTS.RESOURCE_UNAVAILABLE, reason);
    this.#failure = failure;
    this.#statement?.cancel(failure);
  }
}
