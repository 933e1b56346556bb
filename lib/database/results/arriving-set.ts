import type { OkPacket } from '../driver/result-sink.js';
import type { Column } from '../rows/column.js';
import { isLargeRow } from '../rows/large-row.js';
import { type RowBatch, splitBatch } from '../rows/row-batch.js';
import type { ArrivingRow } from './arriving-row.js';

/** A result set while it arrives. */
export interface ArrivingSet {
  readonly columns: readonly Column[] | undefined;
  readonly ok: OkPacket;
  /** Received and not fetched. */
  readonly batches: (RowBatch | ArrivingRow)[];
  fetched: number;
  complete: boolean;
  /** It is complete, and no other follows. */
  last: boolean;
}

/** Takes at most `maxRows` rows of what has been received; undefined if there are none. */
export function takeBatch(set: ArrivingSet, maxRows: number): RowBatch | ArrivingRow | undefined {
  let batch = set.batches.shift();
  if (batch === undefined) return undefined;
  if (!isLargeRow(batch) && batch.rows > maxRows) {
    const [first, rest] = splitBatch(batch, maxRows);
    set.batches.unshift(rest);
    batch = first;
  }
  set.fetched += batch.rows;
  return batch;
}
