import type { Column } from '../rows/column.js';

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
