import type { RowBatch } from './row-batch.js';

/** Rows in a file with more bytes than this are read in parts. */
export const LARGE_ROW = 256 * 1024;

/** A row that is too large to be held in memory: it is read in parts. */
export interface LargeRow {
  readonly rows: 1;
  /** The length of the row, in bytes. */
  readonly size: number;
  /** Returns a part. The caller must not change it. */
  read(at: number, length: number): Buffer;
}

export function isLargeRow(rows: RowBatch | LargeRow): rows is LargeRow {
  return 'read' in rows;
}

/** Returns the bytes of rows. */
export function bytesOf(rows: RowBatch | LargeRow): number {
  return isLargeRow(rows) ? rows.size : rows.to - rows.from;
}
