import { printable } from '../values/printable.js';
import { widthOf } from '../values/text-width.js';
import { valueText } from '../values/value-text.js';
import { cellText } from './cell-text.js';
import type { PrintedColumn, PrintOptions, RowsFormat } from './rows-format.js';

/** The number of rows whose widths decide about those of the columns. */
const BLOCK = 1000;

/**
 * Rows as a table with borders, as `mysql` prints it. After the first block of rows, columns can only become wider.
 */
export class TableRows implements RowsFormat {
  readonly #nil: string;
  readonly #hasHeader: boolean;
  #columns: readonly PrintedColumn[] = [];
  #widths: number[] = [];
  #block: string[][] = [];
  #begun = false;

  constructor({ nil = 'NULL', header = true }: PrintOptions = {}) {
    this.#nil = nil;
    this.#hasHeader = header;
  }

  begin(columns: readonly PrintedColumn[]): string {
    this.#columns = columns;
    this.#widths = columns.map(({ name, nullable }) =>
      Math.max(this.#hasHeader ? widthOf(printable(name)) : 0, nullable ? widthOf(this.#nil) : 0),
    );
    return '';
  }

  row(row: readonly unknown[]): string {
    this.#block.push(row.map((value, i) => this.#cell(value, this.#columns[i]?.scale)));
    return this.#block.length < BLOCK ? '' : this.#flush();
  }

  end(): string {
    const text = this.#flush();
    return this.#begun ? text + this.#border() : '';
  }

  #cell(value: unknown, scale: number | undefined): string {
    if (typeof value === 'string') return cellText(value, this.#nil);
    return printable(valueText(value, scale) ?? this.#nil);
  }

  #flush(): string {
    const block = this.#block;
    this.#block = [];
    if (block.length === 0) return '';
    for (const row of block) {
      row.forEach((cell, i) => {
        this.#widths[i] = Math.max(this.#widths[i] ?? 0, widthOf(cell));
      });
    }
    const head = this.#begun ? '' : this.#header();
    this.#begun = true;
    return head + block.map((row) => this.#line(row, true)).join('');
  }

  #header(): string {
    if (!this.#hasHeader) return this.#border();
    return (
      this.#border() +
      this.#line(
        this.#columns.map(({ name }) => printable(name)),
        false,
      ) +
      this.#border()
    );
  }

  #line(cells: readonly string[], align: boolean): string {
    const padded = cells.map((cell, i) => {
      const blanks = ' '.repeat((this.#widths[i] ?? 0) - widthOf(cell));
      return align && this.#columns[i]?.numeric ? blanks + cell : cell + blanks;
    });
    return `| ${padded.join(' | ')} |\n`;
  }

  #border(): string {
    return `+${this.#widths.map((width) => '-'.repeat(width + 2)).join('+')}+\n`;
  }
}
