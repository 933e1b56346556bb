import { type RowBatch, rowsOf } from './row-batch.js';

/** A column's value as MySQL sent it, in its text protocol; null is NULL. */
export type Cell = Buffer | null;

/**
 * A row as MySQL's text protocol has it: for each column a length-encoded string, or 0xfb for NULL.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html
 */
export const NULL_CELL = 0xfb;

/** The cells of a row, as views of `bytes`. */
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

/** How many bytes tell the length of the cell at `at`. */
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

/** The length of the cell at `at`, which is not NULL. */
export function cellLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  switch (first) {
    case 0xfc:
      return bytes.readUInt16LE(at + 1);
    case 0xfd:
      return bytes.readUIntLE(at + 1, 3);
    case 0xfe:
      // A buffer has no more than 32 bits of it.
      return bytes.readUIntLE(at + 1, 6);
    default:
      return first;
  }
}

/** The cells of rows, as views of where they lie. */
export function cellRows(columns: number, runs: Iterable<RowBatch>): Cell[][] {
  const rows: Cell[][] = [];
  for (const run of runs) for (const at of rowsOf(run)) rows.push(cellsOf(run.bytes, at, columns));
  return rows;
}
