import { printable } from './printable.js';
import type { PrintedColumn, RowsFormat } from './rows-format.js';
import { valueText } from './value-text.js';

const STARS = '*'.repeat(27);

/** Each value on a line of its own, as `mysql` prints the rows of a statement that ends with `\G`. */
export class VerticalRows implements RowsFormat {
  #columns: readonly PrintedColumn[] = [];
  #names: readonly string[] = [];
  #count = 0;

  begin(columns: readonly PrintedColumn[]): string {
    this.#columns = columns;
    const width = Math.max(...columns.map(({ name }) => name.length));
    this.#names = columns.map(({ name }) => printable(name).padStart(width));
    return '';
  }

  row(row: readonly unknown[]): string {
    const lines = row.map((value, i) => {
      const text = valueText(value, this.#columns[i]?.scale) ?? 'NULL';
      return `${this.#names[i]}: ${text.replace(/[^\P{Cc}\n\t]/gu, printable)}\n`;
    });
    return `${STARS} ${++this.#count}. row ${STARS}\n${lines.join('')}`;
  }

  end(): string {
    return '';
  }
}
