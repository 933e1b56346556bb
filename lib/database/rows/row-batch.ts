/** Before each row stand three bytes of its length and one that tells nothing: the header of its packet. */
export const ROW_HEADER = 4;

/** What the length of a row is whose length has no room in three bytes. It is alone in its run. */
const TOO_LONG = 0xffffff;

/**
 * Rows beside each other as MySQL sent them, from one row's header to another's end:
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
 */
export interface RowBatch {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/** Where the row ends whose header is at `at`. */
export function rowEnd({ bytes, to }: RowBatch, at: number): number {
  const length = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return length === TOO_LONG ? to : at + ROW_HEADER + length;
}

/** Where the rows of a run begin, behind their headers. */
export function* rowsOf(run: RowBatch): Generator<number> {
  for (let at = run.from; at < run.to; at = rowEnd(run, at)) yield at + ROW_HEADER;
}

/** What takes runs. */
type BatchTaker = (run: RowBatch) => void;

/** Puts rows together that come beside each other, so that they are handled by the hundred. */
export class RowBatcher {
  readonly #take: BatchTaker;
  #bytes: Buffer | undefined;
  #from = 0;
  #to = 0;
  #rows = 0;

  constructor(take: BatchTaker) {
    this.#take = take;
  }

  /** Adds a row that lies in `bytes` from `start`, behind room for a header, to `end`. What has come is given on at the latest before the next I/O. */
  add(bytes: Buffer, start: number, end: number): void {
    const from = start - ROW_HEADER;
    if (bytes === this.#bytes && from === this.#to) {
      this.#to = end;
      this.#rows++;
      return;
    }
    if (this.#bytes === undefined) process.nextTick(this.flush);
    else this.flush();
    // The driver leaves out the header of a row that came in several parts.
    bytes.writeUIntLE(Math.min(end - start, TOO_LONG), from, 3);
    this.#bytes = bytes;
    this.#from = from;
    this.#to = end;
    this.#rows = 1;
  }

  readonly flush = (): void => {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    this.#bytes = undefined;
    this.#take({ bytes, from: this.#from, to: this.#to, rows: this.#rows });
  };
}
