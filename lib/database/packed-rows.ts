import type { Cell } from './mysql-connection.js';

/** The first and the largest size of a block, in bytes. Most results are a row or two, and thousands of sessions hold one. */
const FIRST_BLOCK = 512;
const LARGEST_BLOCK = 64 * 1024;

const NULL = 0xff_ff_ff_ff;
const HEADER = 4;

/** A run of whole rows in one buffer: each cell its length, then its bytes. */
interface Block {
  readonly bytes: Buffer;
  used: number;
  readonly firstRow: number;
}

/** The rows of a result while they wait to be fetched: packed into buffers, because as objects they take ten times the memory. */
export class PackedRows {
  readonly #columns: number;
  readonly #blocks: Block[] = [];
  #length = 0;
  #bytes = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** How many rows there are. */
  get length(): number {
    return this.#length;
  }

  /** How much memory they take. */
  get bytes(): number {
    return this.#bytes;
  }

  append(cells: readonly Cell[]): void {
    let size = cells.length * HEADER;
    for (const cell of cells) size += cell?.length ?? 0;
    const block = this.#blockFor(size);
    for (const cell of cells) {
      block.bytes.writeUInt32LE(cell === null ? NULL : cell.length, block.used);
      block.used += HEADER;
      if (cell !== null) block.used += cell.copy(block.bytes, block.used);
    }
    this.#length++;
  }

  /** No more rows will come: what the last block does not need is given back. */
  finish(): void {
    const last = this.#blocks.pop();
    if (last === undefined) return;
    const bytes = Buffer.from(last.bytes.subarray(0, last.used));
    this.#bytes -= last.bytes.length - bytes.length;
    this.#blocks.push({ ...last, bytes });
  }

  /** The rows from `start` up to, not including, `end`. */
  *read(start: number, end: number): Generator<Cell[]> {
    let index = this.#blockOf(start);
    let row = this.#blocks[index]?.firstRow ?? 0;
    for (; row < end; index++) {
      const block = this.#blocks[index];
      if (block === undefined) return;
      let at = 0;
      while (at < block.used && row < end) {
        const cells: Cell[] = new Array(this.#columns);
        for (let column = 0; column < this.#columns; column++) {
          const length = block.bytes.readUInt32LE(at);
          at += HEADER;
          if (length === NULL) cells[column] = null;
          else {
            cells[column] = block.bytes.subarray(at, at + length);
            at += length;
          }
        }
        if (row++ >= start) yield cells;
      }
    }
  }

  #blockFor(size: number): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.bytes.length - last.used >= size) return last;
    const grown = last === undefined ? FIRST_BLOCK : Math.min(last.bytes.length * 4, LARGEST_BLOCK);
    const block = { bytes: Buffer.allocUnsafeSlow(Math.max(grown, size)), used: 0, firstRow: this.#length };
    this.#blocks.push(block);
    this.#bytes += block.bytes.length;
    return block;
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
