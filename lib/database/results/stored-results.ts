import type { MemoryAccount } from '../../memory/memory-account.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { RowCount } from '../driver/counted-rows.js';
import { bigCount, type OkPacket, type ResultSink, unsignedId } from '../driver/result-sink.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { RunningStatement } from '../pool/running-statement.js';
import type { Column } from '../rows/column.js';
import type { LargeRow } from '../rows/large-row.js';
import type { RowBatch } from '../rows/row-batch.js';
import { MAX_BYTES_AS_VALUES, MAX_ROWS_AS_VALUES, type ResultLimits } from './result-limits.js';
import { type StoredSet, StoredSets } from './stored-sets.js';

/** Rows of a result set, by their place, which can be read as long as they are held. */
export interface StoredRows {
  open(): Iterable<RowBatch | LargeRow>;
  /** Keeps them until the returned function is called, also after the results are closed. */
  hold(): () => void;
}

/**
 * The results of a MySQLdb `Cursor`: received completely before `execute` returns, so that the row count is known and
 * the connection is free for the next statement.
 */
export class StoredResults implements ResultSink {
  readonly rowCount: RowCount | undefined;
  readonly #sets: StoredSets;
  /** The number of result sets that are complete. */
  #complete = 0;
  #index = 0;
  #position = 0;
  #statement: RunningStatement | undefined;
  #failure: unknown;
  #outcome: StatementOutcome | undefined;

  /** @param account what the results are drawn from */
  constructor(limits: ResultLimits, account: MemoryAccount, rowCount?: RowCount) {
    this.rowCount = rowCount;
    this.#sets = new StoredSets(limits, account);
  }

  /**
   * Receives the results of `statement`, whose sink this is, to the end.
   *
   * @throws the error of the statement, or fault 51 if the rows exceed a limit. An error after the first result set is
   *   kept for `next`, as in
   *   MySQLdb.
   */
  async complete(statement: RunningStatement): Promise<this> {
    this.#statement = statement;
    try {
      await statement.done;
      this.#outcome = await statement.outcome;
    } catch (error) {
      this.#failure ??= error;
    }
    if (this.#failure !== undefined) {
      this.#sets.truncate(this.#complete);
      // A limit ends the statement, and not only one of its result sets.
      if (this.#complete === 0 || this.#failure instanceof ServiceFailure) {
        this.close();
        this.raise();
      }
    }
    return this;
  }

  beginRows(columns: readonly Column[]): void {
    if (this.#failure === undefined) this.#note(this.#sets.begin(columns));
  }

  addRows(batch: RowBatch): void {
    if (this.#failure === undefined) this.#note(this.#sets.store((rows) => rows.append(batch)));
  }

  addToLargeRow(part: Buffer): void {
    if (this.#failure === undefined) this.#note(this.#sets.store((rows) => rows.appendPart(part)));
  }

  endLargeRow(): void {
    if (this.#failure === undefined) this.#note(this.#sets.store((rows) => rows.endLargeRow()));
  }

  endRows(): void {
    if (this.#failure === undefined) this.#note(this.#sets.store((rows) => rows.finish()));
    if (this.#failure === undefined) this.#complete = this.#sets.length;
  }

  addOk(ok: OkPacket): void {
    if (this.#failure === undefined) this.#note(this.#sets.addOk(ok));
    if (this.#failure === undefined) this.#complete = this.#sets.length;
  }

  /** Stops a statement whose results exceed a limit. What arrives afterwards is dropped. */
  #note(failure: ServiceFailure | undefined): void {
    if (failure === undefined) return;
    this.#failure = failure;
    this.#statement?.cancel(failure);
  }

  /** The columns of the current result set; undefined if the statement returned no rows. */
  get columns(): readonly Column[] | undefined {
    return this.#current.columns;
  }

  /** Rows in the current result set, or rows affected. */
  get rowcount(): number | bigint {
    const { columns, rows, ok } = this.#current;
    return columns ? rows.length : bigCount(ok.affectedRows);
  }

  get lastrowid(): number | bigint {
    return unsignedId(this.#current.ok.insertId);
  }

  /** Bytes of the rows of all result sets. */
  get size(): number {
    return this.#sets.size;
  }

  /** The part of them that is in memory. */
  get inMemory(): number {
    return this.#sets.inMemory;
  }

  /** Whether rows are in a file. */
  get isSpilled(): boolean {
    return this.#sets.isSpilled;
  }

  /** The number of rows of the current result set that have not been fetched. */
  get unfetched(): number {
    return this.#current.rows.length - this.#position;
  }

  /** Whether all rows of the current result set have been fetched. */
  get isComplete(): boolean {
    return this.unfetched === 0;
  }

  /** Whether neither a result set nor an error follows the current one. */
  get isLast(): boolean {
    return this.#index + 1 >= this.#sets.length && this.#failure === undefined;
  }

  /** The number of warnings of the statement. */
  get warnings(): number {
    return this.#outcome?.warnings ?? 0;
  }

  /** Whether autocommit is on behind the statement; undefined if an error is kept for `next`. */
  get autocommit(): boolean | undefined {
    return this.#outcome?.autocommit;
  }

  /** MySQL's text behind the statement, for people. */
  get info(): string {
    return this.#outcome?.info ?? '';
  }

  /** Whether `next` moves to a result set, or throws. */
  get hasMore(): boolean {
    return this.#index + 1 < this.#sets.length || this.#failure !== undefined;
  }

  /** The length of the longest value received in each column, in bytes. */
  get longest(): readonly number[] {
    return this.#current.rows.longest;
  }

  /** Whether the next rows, at most `count`, are returned as values: preparing a stream takes longer. */
  isSmall(count: number): boolean {
    const { rows } = this.#current;
    const end = Math.min(this.#position + count, rows.length);
    return end - this.#position <= MAX_ROWS_AS_VALUES && rows.isWithin(this.#position, end, MAX_BYTES_AS_VALUES);
  }

  /** Moves behind the next rows, at most `count`, and returns them. */
  take(count: number): StoredRows {
    const { rows } = this.#current;
    const start = this.#position;
    const end = Math.min(start + count, rows.length);
    this.#position = end;
    return { open: () => rows.batches(start, end), hold: () => rows.hold() };
  }

  /** Frees the memory and the file of the rows, unless somebody holds them. */
  close(): void {
    this.#sets.close();
  }

  /** Moves to the next result set; false if there is none. @throws the error of the statement after the last one */
  next(): boolean {
    if (this.#index + 1 >= this.#sets.length) {
      this.raise();
      return false;
    }
    this.#sets.free(this.#index++);
    this.#position = 0;
    return true;
  }

  /** Moves to a row of the current result set; returns false if there is none. */
  scroll(value: number, mode: 'relative' | 'absolute'): boolean {
    const position = mode === 'relative' ? this.#position + value : value;
    if (position < 0 || position >= this.#current.rows.length) return false;
    this.#position = position;
    return true;
  }

  /** Returns the error that has been kept, once. */
  takeError(): unknown {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** Throws it. */
  raise(): void {
    const failure = this.takeError();
    if (failure !== undefined) throw failure;
  }

  /** The same for a caller that does not fetch what came before the error. */
  raiseAndClose(): void {
    if (this.#failure !== undefined) this.close();
    this.raise();
  }

  get #current(): StoredSet {
    return this.#sets.at(this.#index);
  }
}
