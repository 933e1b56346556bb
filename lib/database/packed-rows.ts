import { SpillFile } from '../netsvc/spill-file.js';
import { cellLength, lengthSize, NULL_CELL } from './row-packet.js';

/** The first and the largest size of a block, in bytes. Most results are a row or two, and thousands of sessions hold one. */
const FIRST_BLOCK = 512;
const LARGEST_BLOCK = 64 * 1024;

const HEADER = 4;

/** A run of whole rows, each its length and then its bytes: in memory, or at an offset of the spill file. */
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
export class PackedRows {
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

  /** Takes the row that lies in `source` from `start` to `end`. @throws Node's error when the file cannot be written */
  append(source: Buffer, start: number, end: number): void {
    const size = HEADER + end - start;
    const block = this.#blockFor(size);
    const bytes = block.bytes;
    if (bytes === undefined) return;
    bytes.writeUInt32LE(end - start, block.used);
    source.copy(bytes, block.used + HEADER, start, end);
    block.used += size;
    this.#length++;
    this.#measure(source, start);
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
  *runs(start: number, end: number): Generator<Run> {
    let row = start;
    for (let index = this.#blockOf(start); row < Math.min(end, this.#length); index++) {
      const block = this.#blocks[index];
      if (block === undefined) throw new Error('the rows are closed');
      const bytes = block.bytes ?? this.#read(block);
      let from = 0;
      for (let skip = row - block.firstRow; skip > 0; skip--) from += HEADER + bytes.readUInt32LE(from);
      let to = from;
      const first = row;
      for (; to < block.used && row < end; row++) to += HEADER + bytes.readUInt32LE(to);
      yield { bytes, from, to, rows: row - first };
    }
  }

  #measure(source: Buffer, start: number): void {
    const { longest } = this;
    let at = start;
    for (let column = 0; column < longest.length; column++) {
      const first = source[at] ?? 0;
      if (first === NULL_CELL) {
        at++;
        continue;
      }
      const length = first < NULL_CELL ? first : cellLength(source, at);
      at += length + (first < NULL_CELL ? 1 : lengthSize(source, at));
      if (length > (longest[column] ?? 0)) longest[column] = length;
    }
  }

  #blockFor(size: number): Block {
    const last = this.#blocks.at(-1);
    const free = last?.bytes;
    if (last !== undefined && free !== undefined && free.length - last.used >= size) return last;
    if (last !== undefined && this.#inMemory > this.#memory) this.#spill(last);
    const grown = last === undefined ? FIRST_BLOCK : Math.min((free?.length ?? LARGEST_BLOCK) * 4, LARGEST_BLOCK);
    const length = Math.max(grown, size);
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

/** Rows beside each other in `bytes`: each has four bytes of its length before it. */
export interface Run {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/** Where the rows of a run begin. */
export function* rowsOf({ bytes, from, to }: Run): Generator<number> {
  for (let at = from; at < to; at += HEADER + bytes.readUInt32LE(at)) yield at + HEADER;
}
