import type { RowEncoder } from './row-encoder.js';

/** Adjacent rows with the same columns. */
export interface RowGroup {
  readonly encoder: RowEncoder;
  /** As `RowEncoder` writes them. */
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

  /** Whether it should not have this row. A large one is alone, so that it is known which row is too large. */
  isFullFor(row: string): boolean {
    return this.lines.length > 0 && (this.lines.length >= MAX_ROWS || this.#size + row.length > MAX_SIZE);
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
