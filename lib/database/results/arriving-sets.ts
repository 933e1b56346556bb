import type { MemoryAccount } from '../../memory/memory-account.js';
import { MemoryDraw } from '../../memory/memory-draw.js';
import { SpillFile } from '../../memory/spill-file.js';
import type { OkPacket } from '../driver/result-sink.js';
import type { Column } from '../rows/column.js';
import { bytesOf, isLargeRow, LARGE_ROW, type LargeRow } from '../rows/large-row.js';
import { ROW_HEADER, type RowBatch, splitBatch } from '../rows/row-batch.js';
import { resultSetMemory } from './result-limits.js';

/** Bytes of rows that are held before reading pauses and MySQL has to wait. */
const READ_AHEAD = 256 * 1024;

/** A result set while it arrives. */
interface ArrivingSet {
  readonly columns: readonly Column[] | undefined;
  readonly ok: OkPacket;
  /** Received and not taken. */
  readonly batches: (RowBatch | ArrivingRow)[];
  taken: number;
  isComplete: boolean;
  /** No other set follows. */
  isLast: boolean;
}

const NO_ROWS: OkPacket = { affectedRows: 0, insertId: 0 };

/** The result sets of a statement whose rows are taken while others arrive. The first one is the current one. */
export class ArrivingSets {
  readonly #memory: MemoryDraw;
  readonly #sets: ArrivingSet[] = [];
  /** Bytes of memory that they take besides their rows. */
  #overhead = 0;
  /** Bytes of the rows that have not been taken. */
  #bytes = 0;
  /** The rows that were taken last, which are being read. */
  #reading: RowBatch | ArrivingRow | undefined;
  /** A large row of which parts have arrived. */
  #arriving: ArrivingRow | undefined;
  #closed = false;

  /** @param account what the rows are drawn from until they have been read */
  constructor(account: MemoryAccount) {
    this.#memory = new MemoryDraw(account, 'rows');
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get length(): number {
    return this.#sets.length;
  }

  get current(): Readonly<ArrivingSet> | undefined {
    return this.#sets[0];
  }

  /** Whether rows have not been taken. */
  get hasRows(): boolean {
    return this.#bytes > 0;
  }

  /** Whether all rows of the current one have been taken. */
  get isTaken(): boolean {
    const set = this.#sets[0];
    return set === undefined || (set.isComplete && set.batches.length === 0);
  }

  /**
   * Whether MySQL has to wait. Sets need memory even without rows. At least two are received, since the second one ends
   * the first.
   */
  get isFull(): boolean {
    return this.#bytes + (this.#sets.length > 2 ? this.#overhead : 0) >= READ_AHEAD;
  }

  begin(columns: readonly Column[]): void {
    this.#add({ columns, ok: NO_ROWS, isComplete: false });
  }

  addOk({ affectedRows, insertId }: OkPacket): void {
    this.#add({ columns: undefined, ok: { affectedRows, insertId }, isComplete: true });
  }

  #add(set: Pick<ArrivingSet, 'columns' | 'ok' | 'isComplete'>): void {
    this.#sets.push({ ...set, batches: [], taken: 0, isLast: false });
    this.#overhead += resultSetMemory(set.columns);
  }

  /** Adds rows to the last set. @throws Node's error if a row cannot be written to a file */
  addRows(batch: RowBatch): void {
    const bytes = batch.to - batch.from;
    if (!this.#memory.tryGrow(bytes)) {
      // Only a row that is alone in its batch takes so much.
      if (bytes > LARGE_ROW && batch.rows === 1) {
        this.addToLargeRow(batch.bytes.subarray(batch.from + ROW_HEADER, batch.to));
        this.endLargeRow();
        return;
      }
      // These are few: MySQL waits as soon as there is enough to read.
      this.#memory.add(bytes);
    }
    this.#push(batch);
  }

  /** @throws Node's error if the part cannot be written to a file */
  addToLargeRow(part: Buffer): void {
    this.#arriving ??= new ArrivingRow();
    this.#arriving.append(part);
  }

  endLargeRow(): void {
    const row = this.#arriving;
    this.#arriving = undefined;
    if (row) this.#push(row);
  }

  dropLargeRow(): void {
    this.#arriving?.close();
    this.#arriving = undefined;
  }

  #push(rows: RowBatch | ArrivingRow): void {
    this.#sets.at(-1)?.batches.push(rows);
    this.#bytes += bytesOf(rows);
  }

  /** All rows of the last set have arrived. @param isLast no other set follows */
  complete(isLast: boolean): void {
    const set = this.#sets.at(-1);
    if (set === undefined) return;
    set.isComplete = true;
    set.isLast = isLast;
  }

  /** Takes at most `maxRows` rows of the current set, to be read before the next call; undefined if there are none. */
  take(maxRows: number): RowBatch | LargeRow | undefined {
    this.#doneReading();
    const batches = this.#sets[0]?.batches ?? [];
    let taken = batches.shift();
    if (taken === undefined) return undefined;
    if (!isLargeRow(taken) && taken.rows > maxRows) {
      const [first, rest] = splitBatch(taken, maxRows);
      batches.unshift(rest);
      taken = first;
    }
    this.#reading = taken;
    this.#bytes -= bytesOf(taken);
    if (this.#sets[0]) this.#sets[0].taken += taken.rows;
    return taken;
  }

  /** Drops the rows of the current set, which never looks complete. */
  breakOff(): void {
    while (this.take(Number.POSITIVE_INFINITY));
    if (this.#sets[0]) this.#sets[0].isComplete = false;
  }

  /** Drops the current set. */
  next(): void {
    const set = this.#sets.shift();
    this.#overhead -= resultSetMemory(set?.columns);
  }

  /** Nothing is read any more. */
  close(): void {
    this.#closed = true;
    this.#doneReading();
    this.#memory.release();
    this.#arriving?.close();
    for (const { batches } of this.#sets) for (const batch of batches) if (isLargeRow(batch)) batch.close();
  }

  #doneReading(): void {
    const read = this.#reading;
    this.#reading = undefined;
    if (read === undefined) return;
    if (isLargeRow(read)) read.close();
    else if (!this.#closed) this.#memory.shrink(bytesOf(read));
  }
}

/** A large row that is not stored with others: it has a file of its own until it has been read. */
class ArrivingRow implements LargeRow {
  readonly rows = 1;
  readonly #file = new SpillFile();

  get size(): number {
    return this.#file.size;
  }

  /** @throws Node's error */
  append(part: Buffer): void {
    this.#file.append(part);
  }

  read(at: number, length: number): Buffer {
    return this.#file.read(at, length);
  }

  /** Can be called repeatedly. */
  close(): void {
    this.#file.close();
  }
}
