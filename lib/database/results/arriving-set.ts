import { SpillFile } from '../../memory/spill-file.js';
import type { OkPacket } from '../driver/result-sink.js';
import type { Column } from '../rows/column.js';
import { isLargeRow, type LargeRow } from '../rows/large-row.js';
import { type RowBatch, splitBatch } from '../rows/row-batch.js';

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

/** A large row that is not stored with others: it has a file of its own until it has been read. */
export class ArrivingRow implements LargeRow {
  readonly rows = 1;
  readonly #file = new SpillFile();

  get size(): number {
    return this.#file.size;
  }

  /** @throws Node's error */
  append(part: Buffer): void {
    this.#file.append(part);
  }

  read(at: number, length: number): Buffer {
    return this.#file.read(at, length);
  }

  /** Can be called repeatedly. */
  close(): void {
    this.#file.close();
  }
}
