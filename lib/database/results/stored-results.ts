import type { MemoryAccount } from '../../memory/memory-account.js';
import { MemoryDraw } from '../../memory/memory-draw.js';
import { SpillFile } from '../../memory/spill-file.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { RowCount } from '../driver/counted-rows.js';
import type { OkPacket, ResultSink } from '../driver/result-sink.js';
import { bigCount, unsignedId } from '../driver/result-sink.js';
import {
  notStored,
  resultsTooLarge,
  resultTooLarge,
  tooManyResultSets,
  tooManySpillFiles,
} from '../errors/fault-texts.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { RunningStatement } from '../pool/running-statement.js';
import type { Column } from '../rows/column.js';
import type { LargeRow } from '../rows/large-row.js';
import type { RowBatch } from '../rows/row-batch.js';
import {
  type HeldRows,
  MAX_BYTES_AS_VALUES,
  MAX_FILES,
  MAX_ROWS_AS_VALUES,
  type ResultLimits,
  resultSetMemory,
} from './result-limits.js';
import { RowBuffer, type RowOwner } from './row-buffer.js';

/** One result set, or the OK packet of a statement without rows. */
interface ResultSet {
  readonly columns: readonly Column[] | undefined;
  readonly rows: RowBuffer;
  readonly ok: OkPacket;
}

/** Rows of a result set, by their place, which can be read as long as they are held. */
export interface StoredRows {
  open(): Iterable<RowBatch | LargeRow>;
  /** Keeps them until the returned function is called, also after the results are closed. */
  hold(): () => void;
}

const NOTHING: HeldRows = { inMemory: 0, size: 0, files: 0 };
const NO_ROWS = new RowBuffer(0);
const NO_OK: OkPacket = { affectedRows: 0, insertId: 0 };
const NO_RESULT_SET: ResultSet = { columns: undefined, rows: NO_ROWS, ok: NO_OK };

/**
 * The results of a MySQLdb `Cursor`: received completely before `execute` returns, so that the row count is known and
 * the connection is free for the next statement.
 */
export class StoredResults implements ResultSink {
  readonly rowCount: RowCount | undefined;
  readonly #limits: ResultLimits;
  readonly #held: HeldRows;
  /** Of all result sets: the rows in memory, and the memory of all else. */
  readonly #memory: MemoryDraw;
  #sets: ResultSet[] = [];
  /** The number of them that are complete. */
  #complete = 0;
  #index = 0;
  #position = 0;
  /** Of all result sets that are held: the size of the rows, the part of it in memory, and the memory of all else. */
  #bytes = 0;
  #inMemory = 0;
  #overhead = 0;
  /** Of the rows of all result sets, beyond `resultMemory`. */
  #file: SpillFile | undefined;
  /** The number of result sets with rows in it that are held. */
  #spilled = 0;
  #statement: RunningStatement | undefined;
  #failure: unknown;
  #outcome: StatementOutcome | undefined;

  /** @param account what the results are drawn from */
  constructor(limits: ResultLimits, account: MemoryAccount, rowCount?: RowCount) {
    this.rowCount = rowCount;
    this.#memory = new MemoryDraw(account, 'rows');
    this.#limits = limits;
    this.#held = limits.held ?? NOTHING;
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
      for (const { rows } of this.#sets.splice(this.#complete)) rows.close();
      // A limit ends the statement, and not only one of its result sets.
      if (this.#complete === 0 || this.#failure instanceof ServiceFailure) {
        this.close();
        this.raise();
      }
    }
    return this;
  }

  beginRows(columns: readonly Column[]): void {
    if (this.#failure !== undefined) return;
    const memory = Math.max(this.#limits.resultMemory - this.#held.inMemory - this.#inMemory, 0);
    const rows = new RowBuffer(columns.length, memory, this.#owner, this.#memory);
    this.#add({ columns, rows, ok: NO_OK });
  }

  addRows(batch: RowBatch): void {
    if (this.#failure !== undefined) return;
    const { rows } = this.#sets.at(-1) ?? NO_RESULT_SET;
    this.#store(rows, () => rows.append(batch));
    this.#checkSize();
  }

  #checkSize(): void {
    const { maxResult } = this.#limits;
    if (this.#held.size + this.#bytes <= maxResult) return;
    this.#fail(this.#held.size === 0 ? resultTooLarge(maxResult) : resultsTooLarge(maxResult));
  }

  addToLargeRow(part: Buffer): void {
    if (this.#failure !== undefined) return;
    const { rows } = this.#sets.at(-1) ?? NO_RESULT_SET;
    this.#store(rows, () => rows.appendPart(part));
    this.#checkSize();
  }

  endLargeRow(): void {
    if (this.#failure !== undefined) return;
    const { rows } = this.#sets.at(-1) ?? NO_RESULT_SET;
    this.#store(rows, () => rows.endLargeRow());
  }

  endRows(): void {
    if (this.#failure !== undefined) return;
    const { rows } = this.#sets.at(-1) ?? NO_RESULT_SET;
    this.#store(rows, () => rows.finish());
    if (this.#failure === undefined) this.#complete = this.#sets.length;
  }

  addOk({ affectedRows, insertId }: OkPacket): void {
    if (this.#failure !== undefined) return;
    this.#add({ ...NO_RESULT_SET, ok: { affectedRows, insertId } });
    if (this.#failure === undefined) this.#complete = this.#sets.length;
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
    return this.#bytes;
  }

  /** The part of them that is in memory. */
  get inMemory(): number {
    return this.#inMemory;
  }

  /** Whether rows are in a file. */
  get isSpilled(): boolean {
    return this.#file !== undefined;
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
    for (const { rows } of this.#sets) rows.close();
    this.#sets = [];
    this.#memory.shrink(this.#overhead);
    this.#overhead = 0;
  }

  /** Moves to the next result set; false if there is none. @throws the error of the statement after the last one */
  next(): boolean {
    if (this.#index + 1 >= this.#sets.length) {
      this.raise();
      return false;
    }
    this.#current.rows.close();
    this.#sets[this.#index] = NO_RESULT_SET;
    this.#index++;
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

  get #current(): ResultSet {
    return this.#sets[this.#index] ?? NO_RESULT_SET;
  }

  /** A result set needs memory even without rows, and a statement can return millions. */
  #add(set: ResultSet): void {
    this.#sets.push(set);
    const memory = resultSetMemory(set.columns);
    const isFirst = this.#sets.length === 1;
    if (isFirst) this.#memory.add(memory);
    else if (!this.#memory.tryGrow(memory)) this.#fail(tooManyResultSets());
    if (this.#failure !== undefined) return;
    this.#overhead += memory;
    const { resultMemory } = this.#limits;
    if (!isFirst && this.#overhead > resultMemory) {
      this.#fail(tooManyResultSets(resultMemory));
    }
  }

  #store(rows: RowBuffer, store: () => void): void {
    const { bytes, inMemory, spilled } = rows;
    try {
      store();
    } catch (error) {
      this.#fail(error instanceof ServiceFailure ? error : notStored(error));
    }
    this.#bytes += rows.bytes - bytes;
    this.#inMemory += rows.inMemory - inMemory;
    if (rows.spilled && !spilled) this.#spilled++;
  }

  /** Of the rows of all result sets, which share the file. */
  readonly #owner: RowOwner = {
    spillFile: () => {
      if (this.#file === undefined && this.#held.files >= MAX_FILES) {
        const { resultMemory } = this.#limits;
        throw tooManySpillFiles(resultMemory, MAX_FILES);
      }
      this.#file ??= new SpillFile();
      return this.#file;
    },
    freed: (rows) => {
      this.#bytes -= rows.bytes;
      this.#inMemory -= rows.inMemory;
      if (!rows.spilled || --this.#spilled > 0) return;
      this.#file?.close();
      this.#file = undefined;
    },
  };

  #fail(failure: ServiceFailure): void {
    this.#failure = failure;
    this.#statement?.cancel(failure);
  }
}
