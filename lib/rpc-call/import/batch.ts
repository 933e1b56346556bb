import type { RowEncoder } from './row-encoder.js';

/** Adjacent rows with the same columns. */
export interface RowGroup {
  readonly encoder: RowEncoder;
  /** Their arguments, in XML. */
  readonly rows: string[];
}

/** The size of a batch, in characters of XML, and in rows. */
const MAX_SIZE = 1024 ** 2;
const MAX_ROWS = 10_000;

/** Rows that are sent together. */
export class Batch {
  readonly groups: RowGroup[] = [];
  /** The line of each row. */
  readonly lines: number[] = [];
  #size = 0;

  add(encoder: RowEncoder, row: string, line: number): void {
    let group = this.groups.at(-1);
    if (group?.encoder !== encoder) {
      group = { encoder, rows: [] };
      this.groups.push(group);
    }
    group.rows.push(row);
    this.lines.push(line);
    this.#size += row.length;
  }

  get isFull(): boolean {
    return this.#size >= MAX_SIZE || this.lines.length >= MAX_ROWS;
  }

  /** Such as `lines 5 to 900`. */
  get place(): string {
    const [first, last] = [this.lines[0], this.lines.at(-1)];
    return first === last ? `line ${first}` : `lines ${first} to ${last}`;
  }

  /** Yields each row with its statement, in order. */
  *rows(): Generator<{ readonly query: string; readonly row: string }> {
    for (const { encoder, rows } of this.groups) for (const row of rows) yield { query: encoder.query, row };
  }
}
