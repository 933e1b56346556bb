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
