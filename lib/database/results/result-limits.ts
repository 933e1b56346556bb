import type { Column } from '../rows/column.js';

/** The maximum size of the rows of a statement, in bytes. */
export interface ResultLimits {
  /** In memory; rows beyond it are spilled to a file. */
  readonly resultMemory: number;
  /** In memory and in the file together. */
  readonly maxResult: number;
  /** What other results take of the same limits. */
  readonly held?: HeldRows;
}

export interface HeldRows {
  /** Bytes in memory, and in memory and files together. */
  readonly inMemory: number;
  readonly size: number;
  /** The number of results that are in files. */
  readonly files: number;
}

/** The maximum number of results of one answer that are in files, each of which takes a file descriptor. */
export const MAX_FILES = 16;

/** The maximum number of rows, and of their bytes, that are values. Others are encoded while they are sent. */
export const MAX_ROWS_AS_VALUES = 16;
export const MAX_BYTES_AS_VALUES = 64 * 1024;

/** Bytes of memory of a result set and of a column, besides the rows, as measured. */
const SET_OVERHEAD = 1024;
const COLUMN_OVERHEAD = 512;

/** Returns the memory that a result set takes besides its rows, in bytes. */
export function resultSetMemory(columns: readonly Column[] | undefined): number {
  return SET_OVERHEAD + (columns?.length ?? 0) * COLUMN_OVERHEAD;
}
