import type { Column } from '../rows/column.js';
import type { RowBatch } from '../rows/row-batch.js';

/** The result sets of a statement, one of which is the current one. */
export interface Results {
  /** The columns of the current result set; undefined if the statement returned no rows. */
  readonly columns: readonly Column[] | undefined;
  /** Rows in the current result set, or rows affected; -1 while the number is not known. */
  readonly rowcount: number | bigint;
  readonly lastrowid: number | bigint;
  /** The length of the longest value received in each column, in bytes. */
  readonly longest: readonly number[];

  /**
   * Returns the next rows, at most `count`, in batches. `signal` cancels the statement if rows have not arrived yet.
   */
  fetch(count: number, signal: AbortSignal): Iterable<RowBatch> | AsyncIterable<RowBatch>;

  /** Moves to the next result set; false if there is none. */
  next(signal: AbortSignal): Promise<boolean> | boolean;

  close(): void;
}

/** Bytes of memory of a result set and of a column, besides the rows, as measured. */
const SET_OVERHEAD = 1024;
const COLUMN_OVERHEAD = 512;

/** Returns the memory that a result set takes besides its rows, in bytes. */
export function resultSetMemory(columns: readonly Column[] | undefined): number {
  return SET_OVERHEAD + (columns?.length ?? 0) * COLUMN_OVERHEAD;
}

/** Converts MySQL's ids and counts, which are unsigned 64-bit numbers. mysql2 returns large ones as strings. */
export function bigCount(count: number | string): number | bigint {
  return typeof count === 'number' ? count : BigInt(count);
}

/** Converts an id, which MySQL sends as an unsigned 64-bit number, and mysql2 reads as a signed one. */
export function unsignedId(id: number | string): number | bigint {
  return typeof id === 'number' && id >= 0 ? id : BigInt.asUintN(64, BigInt(id));
}
