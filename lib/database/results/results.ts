import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { Column } from '../rows/column.js';
import type { RowBatch } from '../rows/row-batch.js';

/** What a cursor holds after a statement: its result sets, one of which is the current one. */
export interface Results {
  /** The current result set's columns; undefined where the statement gave no rows. */
  readonly columns: readonly Column[] | undefined;
  /** Rows in the current result set, or rows affected; -1 while that is not known. */
  readonly rowcount: number | bigint;
  readonly lastrowid: number | bigint;
  /** The longest value of each column that has been seen, in bytes. */
  readonly longest: readonly number[];

  /** The next rows, at most `count` of them, in runs. If they are still to come, waiting ends with the request. */
  fetch(count: number, request: ServiceRequest): Iterable<RowBatch> | AsyncIterable<RowBatch>;

  /** Moves on to the next result set; false if there is none. */
  next(request: ServiceRequest): Promise<boolean> | boolean;

  close(): void;
}

/** The row ids and counts of MySQL are unsigned 64-bit numbers, which mysql2 gives as strings where they are large. */
export function bigCount(count: number | string): number | bigint {
  return typeof count === 'number' ? count : BigInt(count);
}
