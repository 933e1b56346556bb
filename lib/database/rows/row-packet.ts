import { isLargeRow, type LargeRow } from './large-row.js';
import { type RowBatch, rowsOf } from './row-batch.js';

/** The value of a column in MySQL's text protocol; null is NULL. */
export type Cell = Buffer | null;

/**
 * NULL in a row of MySQL's text protocol, which has a length-encoded string for each other value.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html
 */
export const NULL_CELL = 0xfb;

/** Returns the cells of a row as views of `bytes`. */
export function cellsOf(bytes: Buffer, start: number, columns: number): Cell[] {
  const cells: Cell[] = new Array(columns);
  let at = start;
  for (let column = 0; column < columns; column++) {
    if (bytes[at] === NULL_CELL) {
      cells[column] = null;
      at++;
      continue;
    }
    const begin = at + lengthSize(bytes, at);
    at = begin + cellLength(bytes, at);
    cells[column] = bytes.subarray(begin, at);
  }
  return cells;
}

/** The maximum size of the length of a cell, in bytes. */
export const MAX_LENGTH_SIZE = 9;

/** Returns the size of the length of the cell at `at`, in bytes. */
export function lengthSize(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 0xfc:
      return 3;
    case 0xfd:
      return 4;
    case 0xfe:
      return 9;
    default:
      return 1;
  }
}

/** Returns where the cell at `at` ends, which must not be NULL. */
export function cellEnd(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  return first < NULL_CELL ? at + 1 + first : at + lengthSize(bytes, at) + cellLength(bytes, at);
}

/** Returns the length of the cell at `at`, which must not be NULL, in bytes. */
export function cellLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  switch (first) {
    case 0xfc:
      return bytes.readUInt16LE(at + 1);
    case 0xfd:
      return bytes.readUIntLE(at + 1, 3);
    case 0xfe:
      // The upper 16 of its 64 bits are 0: no buffer is as long.
      return bytes.readUIntLE(at + 1, 6);
    default:
      return first;
  }
}

/** Returns the cells of all rows as views of the batches. */
export function cellRows(columns: number, batches: Iterable<RowBatch | LargeRow>): Cell[][] {
  const rows: Cell[][] = [];
  for (const batch of batches) {
    if (isLargeRow(batch)) throw new Error('a large row is not returned as values');
    for (const at of rowsOf(batch)) rows.push(cellsOf(batch.bytes, at, columns));
  }
  return rows;
}
