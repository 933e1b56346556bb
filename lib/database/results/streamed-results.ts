import type { MemoryAccount } from '../../memory/memory-account.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import type { RowCount } from '../driver/counted-rows.js';
import type { OkPacket, ResultSink } from '../driver/result-sink.js';
import { bigCount, unsignedId } from '../driver/result-sink.js';
import { notStored } from '../errors/fault-texts.js';
import { MysqlError } from '../errors/mysql-error.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { RunningStatement } from '../pool/running-statement.js';
import type { Column } from '../rows/column.js';
import { bytesOf, type LargeRow } from '../rows/large-row.js';
import type { RowBatch } from '../rows/row-batch.js';
import { ArrivingSets } from './arriving-sets.js';

/**
 * The results of MySQLdb's SS cursors: rows are received as they are fetched, and nothing is stored. The connection is
 * in use until the last row has been fetched.
 */
export class StreamedResults implements ResultSink {
  /** Not known before the last row. */
  readonly longest: readonly number[] = [];
  readonly rowCount: RowCount | undefined;
  readonly #connection: MysqlConnection;
  readonly #sets: ArrivingSets;
  #statement: RunningStatement | undefined;
  #failure: unknown;
  #raised = false;
  #ended = false;
  #wake = () => {};
  #outcome: StatementOutcome | undefined;

  /** @param account what the rows are drawn from that have been received and not been read */
  constructor(connection: MysqlConnection, account: MemoryAccount, rowCount?: RowCount) {
    this.rowCount = rowCount;
    this.#sets = new ArrivingSets(account);
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
    return !this.#ended || this.#sets.hasRows;
  }

  beginRows(columns: readonly Column[]): void {
    this.#add(() => this.#sets.begin(columns));
  }

  addOk(ok: OkPacket): void {
    this.#add(() => this.#sets.addOk(ok));
  }

  /** Adds a result set. */
  #add(add: () => void): void {
    // What arrives after the cancellation is not fetched.
    if (this.#statement?.cancelled && this.#sets.length > 0) return;
    add();
    this.#noteArrival();
  }

  addRows(batch: RowBatch): void {
    if (this.#isUnwanted) return;
    this.#keep(() => this.#sets.addRows(batch));
    this.#noteArrival();
  }

  addToLargeRow(part: Buffer): void {
    if (!this.#isUnwanted) this.#keep(() => this.#sets.addToLargeRow(part));
  }

  endLargeRow(): void {
    if (this.#isUnwanted) {
      this.#sets.dropLargeRow();
      return;
    }
    this.#sets.endLargeRow();
    this.#noteArrival();
  }

  endRows(isLast: boolean): void {
    if (!this.#statement?.cancelled) this.#sets.complete(isLast);
    this.#wake();
  }

  /** Rows that arrive after the cancellation are not fetched. */
  get #isUnwanted(): boolean {
    return this.#sets.isClosed || this.#statement?.cancelled === true;
  }

  #keep(keep: () => void): void {
    try {
      keep();
    } catch (error) {
      this.#statement?.cancel(notStored(error));
    }
  }

  #noteArrival(): void {
    if (this.#sets.isFull) this.#connection.pause();
    this.#wake();
  }

  /** The columns of the current result set; undefined if the statement returned no rows. */
  get columns(): readonly Column[] | undefined {
    return this.#sets.current?.columns;
  }

  /** -1 until the last row has been fetched. */
  get rowcount(): number | bigint {
    const set = this.#sets.current;
    if (set === undefined) return -1;
    if (set.columns === undefined) return bigCount(set.ok.affectedRows);
    return this.#sets.isTaken ? set.taken : -1;
  }

  get lastrowid(): number | bigint {
    return unsignedId(this.#sets.current?.ok.insertId ?? 0);
  }

  /** Whether all rows of the current result set have been fetched. */
  get isComplete(): boolean {
    return this.#sets.isTaken;
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
    for (let left = bytes; left > 0; ) {
      const batch = this.#take(Number.POSITIVE_INFINITY);
      if (batch === undefined) break;
      left -= bytesOf(batch);
      yield batch;
    }
    // The end of the statement follows at once, so that the next one can follow the response.
    while (this.#sets.current?.isLast && this.#sets.isTaken && !this.#ended) await this.#more();
  }

  /** Yields the next rows, at most `count`, in batches. `signal` cancels the statement if they have not arrived yet. */
  async *fetch(count: number, signal: AbortSignal): AsyncGenerator<RowBatch | LargeRow> {
    const set = this.#sets.current;
    for (let left = count; set !== undefined && left > 0; ) {
      const batch = this.#take(left);
      if (batch) {
        left -= batch.rows;
        yield batch;
      } else if (set.isComplete && (this.#ended || this.#sets.length > 1)) {
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
    while (this.#sets.length < 2) {
      this.#drop();
      if (this.#ended) {
        this.#raise();
        return false;
      }
      await this.#moreUnless(signal);
    }
    this.#drop();
    this.#sets.next();
    this.#resume();
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
    this.#failure ??= reason;
    this.#statement?.cancel(reason);
    this.#sets.breakOff();
    this.#resume();
    while (!this.#ended) await this.#more();
  }

  /** Its rows are no longer read. */
  close(): void {
    this.#sets.close();
  }

  #drop(): void {
    while (this.#take(Number.POSITIVE_INFINITY));
  }

  /** Takes at most `maxRows` rows of what has been received; undefined if there are none. */
  #take(maxRows: number): RowBatch | LargeRow | undefined {
    const taken = this.#sets.take(maxRows);
    if (taken) this.#resume();
    return taken;
  }

  /** After the end of the statement, another session may use the connection. */
  #resume(): void {
    if (!this.#ended && !this.#sets.isFull) this.#connection.resume();
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
