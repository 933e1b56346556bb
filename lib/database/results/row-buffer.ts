import { acquireBuffer, POOLED_BUFFER_SIZE, poison, returnBuffer } from '../../memory/buffer-pool.js';
import type { MemoryDraw } from '../../memory/memory-draw.js';
import { SpillFile } from '../../memory/spill-file.js';
import { LARGE_ROW, type LargeRow } from '../rows/large-row.js';
import { ROW_HEADER, type RowBatch, rowsBetween, rowsWithin, splitBatch } from '../rows/row-batch.js';
import { LongestCells } from './longest-cells.js';

/**
 * The sizes of the first and the largest block, in bytes. Most results have one or two rows, and thousands of sessions
 * hold one.
 */
const FIRST_BLOCK = 512;
const MAX_BLOCK = POOLED_BUFFER_SIZE;

/** Batches of at least this many bytes get a pooled block, unless nothing else is in their memory. */
const LARGE_BATCH = 16 * 1024;

/** In front of a large row, in place of the header of a packet. */
const NO_HEADER = Buffer.alloc(ROW_HEADER);

/** What several buffers share. */
export interface RowOwner {
  /** Returns the file for rows beyond the memory, which the owner closes. */
  spillFile(): SpillFile;
  /** The last holder of the rows has gone. */
  freed(rows: RowBuffer): void;
}

/** Rows in memory, or at an offset of the spill file. */
interface Block {
  bytes: Buffer | undefined;
  offset: number;
  used: number;
  readonly firstRow: number;
}

/**
 * The rows of a result until they are fetched, in the form in which MySQL sent them: as objects they would need ten
 * times the memory. Rows beyond `memory` bytes are spilled to a file. Who creates the buffer holds the rows until
 * `close`, as others can with `hold`. They are freed with the last holder.
 */
export class RowBuffer {
  readonly #cells: LongestCells;
  readonly #memory: number;
  readonly #owner: RowOwner | undefined;
  readonly #draw: MemoryDraw | undefined;
  readonly #blocks: Block[] = [];
  #length = 0;
  #bytes = 0;
  #inMemory = 0;
  #file: SpillFile | undefined;
  /** A row whose parts are arriving. */
  #arriving: { offset: number; used: number } | undefined;
  #holders = 1;
  #closed = false;

  /**
   * @param memory in bytes; no limit by default
   * @param owner by default the buffer has a file of its own
   * @param draw what the rows in memory are drawn from. Rows that are refused memory are spilled.
   */
  constructor(columns: number, memory = Number.POSITIVE_INFINITY, owner?: RowOwner, draw?: MemoryDraw) {
    this.#cells = new LongestCells(columns);
    this.#memory = memory;
    this.#owner = owner;
    this.#draw = draw;
  }

  /** The length of the longest cell of each column, in bytes. */
  get longest(): readonly number[] {
    return this.#cells.lengths;
  }

  get length(): number {
    return this.#length;
  }

  /** The size of the rows in memory and in the file, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The size of the rows in memory, in bytes. */
  get inMemory(): number {
    return this.#inMemory;
  }

  /** Rows are in the spill file. */
  get spilled(): boolean {
    return this.#file !== undefined;
  }

  /** Adds the rows of a batch, and takes ownership of its bytes. @throws Node's error if the file cannot be written */
  append(batch: RowBatch): void {
    this.#cells.note(batch);
    const fitting = rowsWithin(batch, this.#room);
    if (fitting === 0 || fitting === batch.rows) {
      this.#add(batch);
      return;
    }
    const [first, rest] = splitBatch(batch, fitting);
    this.#add(first);
    this.#add(rest);
  }

  /** Bytes that are left in the last block. */
  get #room(): number {
    const last = this.#blocks.at(-1);
    return last?.bytes === undefined ? 0 : last.bytes.length - last.used;
  }

  #add(batch: RowBatch): void {
    const size = batch.to - batch.from;
    const block = this.#blockFor(size, batch.bytes);
    if (block?.bytes === undefined) {
      this.#appendToFile(batch.bytes.subarray(batch.from, batch.to));
    } else {
      if (block.bytes !== batch.bytes) batch.bytes.copy(block.bytes, block.used, batch.from, batch.to);
      block.used += size;
    }
    this.#length += batch.rows;
  }

  /** Adds a part of a large row, which is in the file from the start. @throws Node's error */
  appendPart(part: Buffer): void {
    const arriving = this.#arriving ?? { offset: this.#spillFile.append(NO_HEADER), used: ROW_HEADER };
    this.#arriving = arriving;
    this.#spillFile.append(part);
    arriving.used += part.length;
    this.#bytes += part.length;
  }

  /** The large row is complete. @throws Node's error */
  endLargeRow(): void {
    const { offset, used } = this.#arriving ?? { offset: 0, used: ROW_HEADER };
    this.#arriving = undefined;
    this.#blocks.push({ bytes: undefined, offset, used, firstRow: this.#length++ });
    this.#bytes += ROW_HEADER;
    this.#cells.noteLarge(this.#largeRow(offset, used));
  }

  #appendToFile(rows: Buffer): void {
    const last = this.#blocks.at(-1);
    const offset = this.#spillFile.append(rows);
    const follows = last !== undefined && last.bytes === undefined && last.offset + last.used === offset;
    if (follows && last.used + rows.length <= MAX_BLOCK) last.used += rows.length;
    else this.#blocks.push({ bytes: undefined, offset, used: rows.length, firstRow: this.#length });
    this.#bytes += rows.length;
  }

  /** Frees the unused part of the last block, after the last row. @throws Node's error if the file cannot be written */
  finish(): void {
    const last = this.#blocks.at(-1);
    if (last?.bytes === undefined) return;
    const unused = last.bytes.length - last.used;
    if (unused > 0) {
      const { bytes } = last;
      last.bytes = Buffer.from(bytes.subarray(0, last.used));
      returnBuffer(bytes);
    }
    this.#bytes -= unused;
    this.#free(unused);
    if (this.#inMemory > this.#memory) this.#spill(last);
  }

  /** Keeps the rows until the returned function is called. */
  hold(): () => void {
    if (this.#holders === 0) throw new Error('the row buffer is closed');
    this.#holders++;
    let held = true;
    return () => {
      if (held) this.#release();
      held = false;
    };
  }

  /** Its creator needs it no longer. */
  close(): void {
    if (!this.#closed) this.#release();
    this.#closed = true;
  }

  #release(): void {
    if (--this.#holders > 0) return;
    if (this.#owner === undefined) this.#file?.close();
    else this.#owner.freed(this);
    for (const { bytes } of this.#blocks.splice(0)) if (bytes) discard(bytes);
    this.#free(this.#inMemory);
  }

  /**
   * Yields the rows from `start` to `end` (exclusive) in batches that are views of the blocks. A large row in the file
   * is not read.
   *
   * @throws {Error} if the rows are freed meanwhile
   */
  *batches(start: number, end: number): Generator<RowBatch | LargeRow> {
    let row = start;
    const last = Math.min(end, this.#length);
    for (let index = this.#blockOf(start); row < last; index++) {
      const block = this.#blocks[index];
      if (block === undefined) throw new Error('the row buffer is closed');
      const rows = (this.#blocks[index + 1]?.firstRow ?? this.#length) - block.firstRow;
      if (rows === 1 && block.bytes === undefined && block.used > LARGE_ROW) {
        row++;
        yield this.#largeRow(block.offset, block.used);
        continue;
      }
      const whole = { bytes: block.bytes ?? this.#read(block), from: 0, to: block.used, rows };
      const batch = rowsBetween(whole, row - block.firstRow, last - block.firstRow);
      row += batch.rows;
      yield batch;
    }
  }

  #largeRow(offset: number, used: number): LargeRow {
    const read = (at: number, length: number) => {
      if (this.#file === undefined || this.#holders === 0) throw new Error('the row buffer is closed');
      return this.#file.read(offset + ROW_HEADER + at, length);
    };
    return { rows: 1, size: used - ROW_HEADER, read };
  }

  /**
   * Whether the rows from `start` to `end` (exclusive) have at most `limit` bytes. Of rows in the file, the size of
   * their blocks counts, which are not read.
   */
  isWithin(start: number, end: number, limit: number): boolean {
    const longestRow = this.longest.reduce((sum, length) => sum + length, 0);
    if (this.#bytes <= limit || (end - start) * longestRow <= limit) return true;
    let size = 0;
    for (let index = this.#blockOf(start); index < this.#blocks.length; index++) {
      const { firstRow, bytes, used } = this.#blocks[index] as Block;
      if (firstRow >= end) break;
      const rows = (this.#blocks[index + 1]?.firstRow ?? this.#length) - firstRow;
      const batch =
        bytes && rowsBetween({ bytes, from: 0, to: used, rows }, Math.max(start - firstRow, 0), end - firstRow);
      size += batch ? batch.to - batch.from : used;
      if (size > limit) return false;
    }
    return true;
  }

  /**
   * Returns the block in memory for rows of so many bytes; undefined if they are refused memory.
   *
   * @param source the memory that the rows are in. If there is nothing else in it, it becomes the block.
   */
  #blockFor(size: number, source: Buffer): Block | undefined {
    const last = this.#blocks.at(-1);
    const free = last?.bytes;
    if (last !== undefined && free !== undefined && free.length - last.used >= size) return last;
    if (last !== undefined && this.#inMemory > this.#memory) this.#spill(last);
    const grown = last === undefined ? FIRST_BLOCK : Math.min((free?.length ?? MAX_BLOCK) * 4, MAX_BLOCK);
    const isOwn = size >= LARGE_BATCH && source.buffer.byteLength === size;
    const length = isOwn || size > MAX_BLOCK ? size : size < LARGE_BATCH ? Math.max(grown, size) : MAX_BLOCK;
    if (!(this.#draw?.tryGrow(length) ?? true)) {
      if (last !== undefined) this.#spill(last);
      return undefined;
    }
    const bytes = isOwn ? source : length === MAX_BLOCK ? acquireBuffer() : Buffer.allocUnsafeSlow(length);
    const block = { bytes, offset: 0, used: 0, firstRow: this.#length };
    this.#blocks.push(block);
    this.#bytes += length;
    this.#inMemory += length;
    return block;
  }

  #spill(block: Block): void {
    if (block.bytes === undefined) return;
    block.offset = this.#spillFile.append(block.bytes.subarray(0, block.used));
    this.#free(block.bytes.length);
    this.#bytes -= block.bytes.length - block.used;
    discard(block.bytes);
    block.bytes = undefined;
  }

  /** So many bytes of memory are no longer used. */
  #free(bytes: number): void {
    this.#inMemory -= bytes;
    this.#draw?.shrink(bytes);
  }

  get #spillFile(): SpillFile {
    this.#file ??= this.#owner?.spillFile() ?? new SpillFile();
    return this.#file;
  }

  #read({ offset, used }: Block): Buffer {
    if (this.#file === undefined) throw new Error('the row buffer is closed');
    return this.#file.read(offset, used);
  }

  /** Returns the index of the block with `row`, by binary search. */
  #blockOf(row: number): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#blocks[middle]?.firstRow ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Frees the memory of a block. */
function discard(bytes: Buffer): void {
  if (!returnBuffer(bytes)) poison(bytes);
}
