import type { Column } from '../rows/column.js';
import type { RowBatch } from '../rows/row-batch.js';
import type { RowCount } from './counted-rows.js';

/** What MySQL's OK packet reports of a statement that returns no rows. */
export interface OkPacket {
  readonly affectedRows: number;
  /** A string where a number would lose digits. */
  readonly insertId: number | string;
}

/** Receives the results of a statement as they arrive. */
export interface ResultSink {
  /** Which rows of an UPDATE are counted; undefined: as the connection does. */
  readonly rowCount?: RowCount | undefined;
  beginRows(columns: readonly Column[]): void;
  /** Ownership of the batch's bytes passes to the sink. */
  addRows(batch: RowBatch): void;
  /** A part of a row of more than one packet has arrived. The sink must not keep it in memory. */
  addToLargeRow(part: Buffer): void;
  /** The row is complete. */
  endLargeRow(): void;
  /** The current result set is complete. @param isLast no other follows */
  endRows(isLast: boolean): void;
  addOk(ok: OkPacket): void;
}

/** Drops all results. */
export const DISCARD: ResultSink = {
  beginRows() {},
  addRows() {},
  addToLargeRow() {},
  endLargeRow() {},
  endRows() {},
  addOk() {},
};

/** Converts MySQL's ids and counts, which are unsigned 64-bit numbers. mysql2 returns large ones as strings. */
export function bigCount(count: number | string): number | bigint {
  return typeof count === 'number' ? count : BigInt(count);
}

/** Converts an id, which MySQL sends as an unsigned 64-bit number, and mysql2 reads as a signed one. */
export function unsignedId(id: number | string): number | bigint {
  return typeof id === 'number' && id >= 0 ? id : BigInt.asUintN(64, BigInt(id));
}
