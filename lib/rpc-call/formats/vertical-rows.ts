import { printable } from '../values/printable.js';
import { widthOf } from '../values/text-width.js';
import { valueText } from '../values/value-text.js';
import { cellText } from './cell-text.js';
import type { PrintedColumn, PrintOptions, RowsFormat } from './rows-format.js';

const STARS = '*'.repeat(27);

/** Each value on a line of its own, as `mysql` prints the rows of a statement that ends with `\G`. */
export class VerticalRows implements RowsFormat {
  readonly #nil: string;
  #columns: readonly PrintedColumn[] = [];
  #names: readonly string[] = [];
  #count = 0;

  constructor({ nil = 'NULL' }: PrintOptions = {}) {
    this.#nil = nil;
  }

  begin(columns: readonly PrintedColumn[]): string {
    this.#columns = columns;
    const names = columns.map(({ name }) => printable(name));
    const width = Math.max(...names.map(widthOf));
    this.#names = names.map((name) => ' '.repeat(width - widthOf(name)) + name);
    return '';
  }

  row(row: readonly unknown[]): string {
    const lines = row.map((value, i) => `${this.#names[i]}: ${this.#text(value, this.#columns[i]?.scale)}\n`);
    return `${STARS} ${++this.#count}. row ${STARS}\n${lines.join('')}`;
  }

  end(): string {
    return '';
  }

  /** Whether a line of the text looks like the beginning of another value or row. */
  #isMistakable(text: string): boolean {
    if (!text.includes('\n')) return false;
    return text.includes(`\n${STARS}`) || this.#names.some((name) => text.includes(`\n${name}: `));
  }

  #text(value: unknown, scale: number | undefined): string {
    const text = valueText(value, scale) ?? this.#nil;
    if (typeof value !== 'string') return text;
    return cellText(text, this.#nil, { lines: !this.#isMistakable(text) });
  }
}
