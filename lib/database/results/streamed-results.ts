import type { MemoryAccount } from '../../memory/memory-account.js';
import { MemoryDraw } from '../../memory/memory-draw.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import type { RowCount } from '../driver/counted-rows.js';
import type { OkPacket, ResultSink } from '../driver/result-sink.js';
import { bigCount, unsignedId } from '../driver/result-sink.js';
import { notStored } from '../errors/fault-texts.js';
import { MysqlError } from '../errors/mysql-error.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { RunningStatement } from '../pool/running-statement.js';
import type { Column } from '../rows/column.js';
import { bytesOf, isLargeRow, LARGE_ROW, type LargeRow } from '../rows/large-row.js';
import { ROW_HEADER, type RowBatch } from '../rows/row-batch.js';
import { ArrivingRow, type ArrivingSet, takeBatch } from './arriving-set.js';
import { resultSetMemory } from './result-limits.js';

/** Bytes of rows that are buffered before reading pauses and MySQL has to wait. */
const READ_AHEAD = 256 * 1024;

/**
 * The results of MySQLdb's SS cursors: rows are received as they are fetched, and nothing is stored. The connection is
 * in use until the last row has been fetched.
 */
export class StreamedResults implements ResultSink {
  /** Not known before the last row. */
  readonly longest: readonly number[] = [];
  readonly rowCount: RowCount | undefined;
  readonly #connection: MysqlConnection;
  #statement: RunningStatement | undefined;
  /** The current one first. */
  #sets: ArrivingSet[] = [];
  /** Bytes of memory that they take besides their rows. */
  #overhead = 0;
  #bufferedBytes = 0;
  #failure: unknown;
  #raised = false;
  #ended = false;
  #wake = () => {};
  #outcome: StatementOutcome | undefined;
  readonly #memory: MemoryDraw;
  /** The rows that are being read. */
  #reading: RowBatch | ArrivingRow | undefined;
  /** A large row of which parts have arrived. */
  #arriving: ArrivingRow | undefined;
  #closed = false;

  /** @param account what the rows are drawn from that have been received and not been read */
  constructor(connection: MysqlConnection, account: MemoryAccount, rowCount?: RowCount) {
    this.rowCount = rowCount;
    this.#memory = new MemoryDraw(account, 'rows');
    this.#connection = connection;
  }

  /**
   * Waits for the first result of `statement`, whose sink this is.
   *
   * @throws the error of the statement, if it comes first, or if a statement without rows has been stopped
   */
  async begin(statement: RunningStatement): Promise<this> {
    this.#statement = statement;
    void statement.outcome.then((outcome) => {
      this.#outcome = outcome;
    });
    statement.done
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#ended = true;
        this.#wake();
      });
    while (this.#sets.length === 0 && !this.#ended) await this.#more();
    if (this.#sets.length === 0) this.#raise();
    // A statement without rows ends here, so that the connection is free for the next one.
    while (this.columns === undefined && this.#sets.length === 1 && !this.#ended) await this.#more();
    // MySQL may report success for a statement that has been stopped.
    if (this.columns === undefined && statement.cancelled) this.#raise();
    return this;
  }

  /** Whether rows or results are unread. */
  get unread(): boolean {
    return !this.#ended || this.#bufferedBytes > 0;
  }

  beginRows(columns: readonly Column[]): void {
    this.#add({ columns, ok: { affectedRows: 0, insertId: 0 }, complete: false, last: false });
  }

  addRows(batch: RowBatch): void {
    const set = this.#sets.at(-1);
    // Rows that arrive after the cancellation are not fetched.
    if (set === undefined || this.#closed || this.#statement?.cancelled) return;
    const bytes = batch.to - batch.from;
    if (!this.#memory.tryGrow(bytes)) {
      // Only a row that is alone in its batch takes so much.
      if (bytes > LARGE_ROW && batch.rows === 1) {
        this.#spill(batch);
        return;
      }
      // These are few: MySQL waits as soon as there is enough to read.
      this.#memory.add(bytes);
    }
    set.batches.push(batch);
    this.#bufferedBytes += bytes;
    if (this.#isFull) this.#connection.pause();
    this.#wake();
  }

  #spill({ bytes, from, to }: RowBatch): void {
    this.addToLargeRow(bytes.subarray(from + ROW_HEADER, to));
    this.endLargeRow();
  }

  addToLargeRow(part: Buffer): void {
    if (this.#closed || this.#statement?.cancelled) return;
    try {
      this.#arriving ??= new ArrivingRow();
      this.#arriving.append(part);
    } catch (error) {
      this.#statement?.cancel(notStored(error));
    }
  }

  endLargeRow(): void {
    const row = this.#arriving;
    this.#arriving = undefined;
    const set = this.#sets.at(-1);
    if (row === undefined || set === undefined || this.#closed || this.#statement?.cancelled) {
      row?.close();
      return;
    }
    set.batches.push(row);
    this.#bufferedBytes += row.size;
    if (this.#isFull) this.#connection.pause();
    this.#wake();
  }

  endRows(isLast: boolean): void {
    const set = this.#sets.at(-1);
    if (set && !this.#statement?.cancelled) {
      set.complete = true;
      set.last = isLast;
    }
    this.#wake();
  }

  addOk({ affectedRows, insertId }: OkPacket): void {
    this.#add({ columns: undefined, ok: { affectedRows, insertId }, complete: true, last: false });
  }

  /** The columns of the current result set; undefined if the statement returned no rows. */
  get columns(): readonly Column[] | undefined {
    return this.#sets[0]?.columns;
  }

  /** -1 until the last row has been fetched. */
  get rowcount(): number | bigint {
    const set = this.#sets[0];
    if (set === undefined) return -1;
    if (set.columns === undefined) return bigCount(set.ok.affectedRows);
    return set.complete && set.batches.length === 0 ? set.fetched : -1;
  }

  get lastrowid(): number | bigint {
    return unsignedId(this.#sets[0]?.ok.insertId ?? 0);
  }

  /** Whether all rows of the current result set have been fetched. */
  get isComplete(): boolean {
    const set = this.#sets[0];
    return set === undefined || (set.complete && set.batches.length === 0);
  }

  /** Whether no result set follows the current one, as far as MySQL has said so. */
  get isLast(): boolean {
    return this.#ended && this.#sets.length < 2 && this.#failure === undefined;
  }

  /** Undefined until the statement has ended. */
  get outcome(): StatementOutcome | undefined {
    return this.#outcome;
  }

  /**
   * Yields the next rows that have arrived: at least one, unless there are no more, and at most about `bytes` of them.
   * Only the first is waited for, so that an error comes behind all rows before it.
   */
  async *fetchArrived(bytes: number, signal: AbortSignal): AsyncGenerator<RowBatch | LargeRow> {
    yield* this.fetch(1, signal);
    const set = this.#sets[0];
    if (set === undefined) return;
    for (let left = bytes; left > 0; ) {
      const batch = this.#nextBatch(set, Number.POSITIVE_INFINITY);
      if (batch === undefined) break;
      left -= bytesOf(batch);
      yield batch;
    }
    // The end of the statement follows at once, so that the next one can follow the response.
    while (set.last && set.batches.length === 0 && !this.#ended) await this.#more();
  }

  /** Yields the next rows, at most `count`, in batches. `signal` cancels the statement if they have not arrived yet. */
  async *fetch(count: number, signal: AbortSignal): AsyncGenerator<RowBatch | LargeRow> {
    const set = this.#sets[0];
    for (let left = count; set !== undefined && left > 0; ) {
      const batch = this.#nextBatch(set, left);
      if (batch) {
        left -= batch.rows;
        yield batch;
      } else if (set.complete && (this.#ended || this.#sets.length > 1)) {
        return;
      } else if (this.#ended) {
        this.#raise();
        return;
      } else {
        // Also for the end of the statement behind the last row, so that the next one can follow the response.
        await this.#moreUnless(signal);
      }
    }
  }

  /** Drops the rest of the current result set, as MySQLdb does. */
  async next(signal: AbortSignal): Promise<boolean> {
    const set = this.#sets[0];
    while (this.#sets.length < 2) {
      this.#drop(set);
      if (this.#ended) {
        this.#raise();
        return false;
      }
      await this.#moreUnless(signal);
    }
    this.#drop(set);
    this.#sets.shift();
    this.#overhead -= resultSetMemory(set?.columns);
    if (!this.#ended && !this.#isFull) this.#connection.resume();
    return true;
  }

  /** Returns MySQL's error behind what has been read, once. Why a statement was stopped is told its reader. */
  takeError(): unknown {
    if (this.#raised || !(this.#failure instanceof MysqlError)) return undefined;
    this.#raised = true;
    return this.#failure;
  }

  /** Throws it. */
  raise(): void {
    const error = this.takeError();
    if (error !== undefined) throw error;
  }

  /** Rows that were taken are lost: the others are dropped, and who fetches them gets `reason`. Waits for the end. */
  async fail(reason: unknown): Promise<void> {
    const set = this.#sets[0];
    this.#failure ??= reason;
    this.#statement?.cancel(reason);
    this.#drop(set);
    if (set) set.complete = false;
    while (!this.#ended) await this.#more();
  }

  /** Its rows are no longer read. */
  close(): void {
    this.#closed = true;
    this.#doneReading();
    this.#memory.release();
    this.#arriving?.close();
    for (const { batches } of this.#sets) for (const batch of batches) if (isLargeRow(batch)) batch.close();
  }

  /** What was taken last is not read any more. */
  #doneReading(): void {
    const read = this.#reading;
    this.#reading = undefined;
    if (read === undefined) return;
    if (isLargeRow(read)) read.close();
    else if (!this.#closed) this.#memory.shrink(bytesOf(read));
  }

  #drop(set: ArrivingSet | undefined): void {
    while (set && this.#nextBatch(set, Number.POSITIVE_INFINITY));
  }

  /** Takes at most `maxRows` rows of what has been received; undefined if there are none. */
  #nextBatch(set: ArrivingSet, maxRows: number): RowBatch | LargeRow | undefined {
    this.#doneReading();
    const next = takeBatch(set, maxRows);
    if (next === undefined) return undefined;
    this.#reading = next;
    this.#bufferedBytes -= bytesOf(next);
    // After the end of the statement, another session may use the connection.
    if (!this.#ended && !this.#isFull) this.#connection.resume();
    return next;
  }

  /** Waits for more. `signal` cancels the statement: a client that disconnects does not fetch the other rows. */
  async #moreUnless(signal: AbortSignal): Promise<void> {
    const more = this.#more();
    const cancel = () => this.#statement?.cancel(signal.reason);
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel);
    try {
      await more;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  #add(set: Omit<ArrivingSet, 'batches' | 'fetched'>): void {
    // What arrives after the cancellation is not fetched.
    if (this.#statement?.cancelled && this.#sets.length > 0) return;
    this.#sets.push({ ...set, batches: [], fetched: 0 });
    this.#overhead += resultSetMemory(set.columns);
    if (this.#isFull) this.#connection.pause();
    this.#wake();
  }

  /** Result sets need memory even without rows. At least two are received, since `next` waits for the second. */
  get #isFull(): boolean {
    return this.#bufferedBytes + (this.#sets.length > 2 ? this.#overhead : 0) >= READ_AHEAD;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The error is kept: a result that broke off never looks complete. */
  #raise(): void {
    if (this.#failure === undefined) return;
    this.#raised = true;
    throw this.#failure;
  }
}
