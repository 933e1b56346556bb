/**
 * The length of a packet's header, which is in front of each row: three bytes of the row's length, and a sequence
 * number.
 */
export const ROW_HEADER = 4;

/**
 * Adjacent rows as MySQL sent them, from the header of the first row to the end of the last:
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
 */
export interface RowBatch {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/** Returns the end of the row whose header is at `at`. */
export function rowEnd({ bytes }: RowBatch, at: number): number {
  const length = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return at + ROW_HEADER + length;
}

/** Returns the number of rows at the beginning of a batch that have at most `limit` bytes together. */
export function rowsWithin(batch: RowBatch, limit: number): number {
  if (batch.to - batch.from <= limit) return batch.rows;
  let rows = 0;
  for (let end = rowEnd(batch, batch.from); end - batch.from <= limit; end = rowEnd(batch, end)) rows++;
  return rows;
}

/** Returns the first `count` rows of a batch, and the others. */
export function splitBatch(batch: RowBatch, count: number): readonly [RowBatch, RowBatch] {
  let { from } = batch;
  for (let skip = count; skip > 0; skip--) from = rowEnd(batch, from);
  return [
    { ...batch, to: from, rows: count },
    { ...batch, from, rows: batch.rows - count },
  ];
}

/** Yields the start of each row, after its header. */
export function* rowsOf(batch: RowBatch): Generator<number> {
  for (let at = batch.from; at < batch.to; at = rowEnd(batch, at)) yield at + ROW_HEADER;
}

/** Joins rows that are adjacent in memory to batches, so that hundreds of rows are processed at once. */
export class RowBatcher {
  readonly #onBatch: (batch: RowBatch) => void;
  #bytes: Buffer | undefined;
  #from = 0;
  #to = 0;
  #rows = 0;

  constructor(onBatch: (batch: RowBatch) => void) {
    this.#onBatch = onBatch;
  }

  /**
   * Adds the row in `bytes` from `start` to `end`. There must be space for a header before `start`. The batch is passed
   * on before the next I/O event at the latest.
   */
  add(bytes: Buffer, start: number, end: number): void {
    const from = start - ROW_HEADER;
    if (bytes === this.#bytes && from === this.#to) {
      this.#to = end;
      this.#rows++;
      return;
    }
    if (this.#bytes === undefined) process.nextTick(this.flush);
    else this.flush();
    // mysql2 omits the length in the header of a row that it joined from several chunks.
    bytes.writeUIntLE(end - start, from, 3);
    this.#bytes = bytes;
    this.#from = from;
    this.#to = end;
    this.#rows = 1;
  }

  /** Passes the batch on, if there is one. */
  readonly flush = (): void => {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    this.#bytes = undefined;
    this.#onBatch({ bytes, from: this.#from, to: this.#to, rows: this.#rows });
  };
}

/** Returns the rows of a batch from `first` to `last` (exclusive). */
export function rowsBetween(batch: RowBatch, first: number, last: number): RowBatch {
  if (first === 0 && last >= batch.rows) return batch;
  const rows = Math.min(last, batch.rows) - first;
  let { from } = batch;
  for (let skip = first; skip > 0; skip--) from = rowEnd(batch, from);
  let to = from;
  for (let take = rows; take > 0; take--) to = rowEnd(batch, to);
  return { bytes: batch.bytes, from, to, rows };
}
