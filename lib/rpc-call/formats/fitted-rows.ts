import { bytesText } from '../values/scalar-text.js';
import type { PrintedColumn, PrintOptions, RowsFormat } from './rows-format.js';
import { TableRows } from './table-rows.js';
import { VerticalRows } from './vertical-rows.js';

/** More bytes are shown short. */
const MAX_BYTES = 32;
const SHOWN_BYTES = 16;

/**
 * Rows for somebody who reads them on a terminal: a table, or one value a line if the table is wider than the terminal.
 * The first block of rows decides. Long bytes are shown short.
 */
export class FittedRows implements RowsFormat {
  readonly #width: number;
  readonly #table: TableRows;
  readonly #vertical: VerticalRows;
  #chosen: RowsFormat | undefined;
  #columns: readonly PrintedColumn[] = [];
  /** Until one is chosen. */
  #rows: unknown[][] = [];

  /** @param width of the terminal */
  constructor(width: number, options: PrintOptions) {
    this.#width = width;
    this.#table = new TableRows(options);
    this.#vertical = new VerticalRows(options);
  }

  begin(columns: readonly PrintedColumn[]): string {
    this.#columns = columns;
    return this.#table.begin(columns);
  }

  row(row: readonly unknown[]): string {
    const shown = row.map(shortened);
    if (this.#chosen) return this.#chosen.row(shown);
    this.#rows.push(shown);
    return this.#choose(this.#table.row(shown));
  }

  end(): string {
    return this.#chosen ? this.#chosen.end() : this.#choose(this.#table.end());
  }

  /** @param table what the table prints, whose first line is its border */
  #choose(table: string): string {
    if (table === '') return '';
    const rows = this.#rows;
    this.#rows = [];
    if (table.indexOf('\n') <= this.#width) {
      this.#chosen = this.#table;
      return table;
    }
    this.#chosen = this.#vertical;
    return this.#vertical.begin(this.#columns) + rows.map((row) => this.#vertical.row(row)).join('');
  }
}

function shortened(value: unknown): unknown {
  if (!(value instanceof Uint8Array) || value.length <= MAX_BYTES) return value;
  return `${bytesText(value.subarray(0, SHOWN_BYTES))}... (${value.length} bytes)`;
}
