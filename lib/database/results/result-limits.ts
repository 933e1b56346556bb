/** The maximum size of the rows of a statement, in bytes. */
export interface ResultLimits {
  /** In memory; rows beyond it are spilled to a file. */
  readonly resultMemory: number;
  /** In memory and in the file together. */
  readonly maxResult: number;
}
