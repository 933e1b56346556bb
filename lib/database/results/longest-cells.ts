import type { LargeRow } from '../rows/large-row.js';
import { ROW_HEADER, type RowBatch, rowEnd } from '../rows/row-batch.js';
import { cellLength, lengthSize, MAX_LENGTH_SIZE, NULL_CELL } from '../rows/row-packet.js';

/** The length of the longest cell of each column of a result, in bytes. `description` tells it. */
export class LongestCells {
  readonly lengths: number[];

  constructor(columns: number) {
    this.lengths = new Array(columns).fill(0);
  }

  note(batch: RowBatch): void {
    const { lengths } = this;
    const { bytes, from, to } = batch;
    for (let row = from; row < to; row = rowEnd(batch, row)) {
      let at = row + ROW_HEADER;
      for (let column = 0; column < lengths.length; column++) {
        const first = bytes[at] as number;
        if (first === NULL_CELL) {
          at++;
          continue;
        }
        const length = first < NULL_CELL ? first : cellLength(bytes, at);
        at += length + (first < NULL_CELL ? 1 : lengthSize(bytes, at));
        if (length > (lengths[column] as number)) lengths[column] = length;
      }
    }
  }

  /** Reads only the lengths of the cells. @throws Node's error */
  noteLarge(row: LargeRow): void {
    const { lengths } = this;
    let at = 0;
    for (let column = 0; column < lengths.length; column++) {
      const head = row.read(at, Math.min(MAX_LENGTH_SIZE, row.size - at));
      if (head[0] === NULL_CELL) {
        at++;
        continue;
      }
      const length = cellLength(head, 0);
      at += lengthSize(head, 0) + length;
      lengths[column] = Math.max(lengths[column] ?? 0, length);
    }
  }
}
