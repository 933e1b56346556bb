import { SpillFile } from '../../memory/spill-file.js';
import { ROW_HEADER, type RowBatch, rowEnd } from '../rows/row-batch.js';
import { cellLength, lengthSize, NULL_CELL } from '../rows/row-packet.js';

/** The first and the largest size of a block, in bytes. Most results are a row or two, and thousands of sessions hold one. */
const FIRST_BLOCK = 512;
const LARGEST_BLOCK = 64 * 1024;

/** Runs of so many bytes get a block of their own. */
const LONG_RUN = 16 * 1024;

/** Rows in memory, or at an offset of the spill file. */
interface Block {
  bytes: Buffer | undefined;
  offset: number;
  used: number;
  readonly firstRow: number;
}

/**
 * The rows of a result while they wait to be fetched, as MySQL sent them: as objects they would take ten times the memory.
 * What is more than `memory` bytes goes to a file.
 */
export class RowBuffer {
  /** The longest cell of each column, in bytes. */
  readonly longest: number[];
  readonly #memory: number;
  readonly #blocks: Block[] = [];
  #length = 0;
  #bytes = 0;
  #inMemory = 0;
  #file: SpillFile | undefined;
  #closed = false;

  /** @param memory in bytes; without a limit nothing is spilled */
  constructor(columns: number, memory = Number.POSITIVE_INFINITY) {
    this.longest = new Array(columns).fill(0);
    this.#memory = memory;
  }

  /** How many rows there are. */
  get length(): number {
    return this.#length;
  }

  /** How much room they take, in memory and in the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How much of that is memory. */
  get inMemory(): number {
    return this.#inMemory;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Copies rows. @throws Node's error when the file cannot be written */
  append(run: RowBatch): void {
    const size = run.to - run.from;
    const block = this.#blockFor(size);
    if (block.bytes === undefined) return;
    run.bytes.copy(block.bytes, block.used, run.from, run.to);
    block.used += size;
    this.#length += run.rows;
    this.#measure(run);
  }

  /** No more rows will come: what the last block does not need is given back. */
  finish(): void {
    const last = this.#blocks.at(-1);
    if (last?.bytes === undefined) return;
    const unused = last.bytes.length - last.used;
    last.bytes = Buffer.from(last.bytes.subarray(0, last.used));
    this.#bytes -= unused;
    this.#inMemory -= unused;
  }

  /** Gives back memory and file. */
  close(): void {
    this.#closed = true;
    this.#blocks.length = 0;
    this.#inMemory = 0;
    this.#file?.close();
  }

  /**
   * The rows from `start` up to, not including, `end`, in runs: the bytes of a block, and where in it the run begins and ends.
   *
   * @throws {Error} when the rows have been closed meanwhile
   */
  *runs(start: number, end: number): Generator<RowBatch> {
    let row = start;
    const last = Math.min(end, this.#length);
    for (let index = this.#blockOf(start); row < last; index++) {
      const block = this.#blocks[index];
      if (block === undefined) throw new Error('the rows are closed');
      const rows = (this.#blocks[index + 1]?.firstRow ?? this.#length) - block.firstRow;
      const whole = { bytes: block.bytes ?? this.#read(block), from: 0, to: block.used, rows };
      const run = part(whole, row - block.firstRow, last - block.firstRow);
      row += run.rows;
      yield run;
    }
  }

  #measure(run: RowBatch): void {
    const { longest } = this;
    const { bytes, from, to } = run;
    for (let row = from; row < to; row = rowEnd(run, row)) {
      let at = row + ROW_HEADER;
      for (let column = 0; column < longest.length; column++) {
        const first = bytes[at] as number;
        if (first === NULL_CELL) {
          at++;
          continue;
        }
        const length = first < NULL_CELL ? first : cellLength(bytes, at);
        at += length + (first < NULL_CELL ? 1 : lengthSize(bytes, at));
        if (length > (longest[column] as number)) longest[column] = length;
      }
    }
  }

  #blockFor(size: number): Block {
    const last = this.#blocks.at(-1);
    const free = last?.bytes;
    if (last !== undefined && free !== undefined && free.length - last.used >= size) return last;
    if (last !== undefined && this.#inMemory > this.#memory) this.#spill(last);
    const grown = last === undefined ? FIRST_BLOCK : Math.min((free?.length ?? LARGEST_BLOCK) * 4, LARGEST_BLOCK);
    const length = size >= LONG_RUN ? size : Math.max(grown, size);
    // A block that has just been spilled leaves its buffer behind.
    const reused = last !== undefined && last.bytes === undefined && free?.length === length;
    const block = { bytes: reused ? free : Buffer.allocUnsafeSlow(length), offset: 0, used: 0, firstRow: this.#length };
    this.#blocks.push(block);
    this.#bytes += length;
    this.#inMemory += length;
    return block;
  }

  #spill(block: Block): void {
    if (block.bytes === undefined) return;
    this.#file ??= new SpillFile();
    block.offset = this.#file.append(block.bytes.subarray(0, block.used));
    this.#inMemory -= block.bytes.length;
    this.#bytes -= block.bytes.length - block.used;
    block.bytes = undefined;
  }

  #read({ offset, used }: Block): Buffer {
    if (this.#file === undefined) throw new Error('the rows are closed');
    return this.#file.read(offset, used);
  }

  /** The index of the block that holds `row`: the last that does not begin behind it. */
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

/** The rows of a run from one up to, not including, another. */
function part(run: RowBatch, first: number, last: number): RowBatch {
  if (first === 0 && last >= run.rows) return run;
  const rows = Math.min(last, run.rows) - first;
  let { from } = run;
  for (let skip = first; skip > 0; skip--) from = rowEnd(run, from);
  let to = from;
  for (let take = rows; take > 0; take--) to = rowEnd(run, to);
  return { bytes: run.bytes, from, to, rows };
}
