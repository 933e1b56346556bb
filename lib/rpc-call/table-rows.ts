import stringWidth from 'string-width';
import { printable } from './printable.js';
import type { PrintedColumn, RowsFormat } from './rows-format.js';
import { valueText } from './value-text.js';

/** The number of rows whose widths decide about those of the columns. */
const BLOCK = 1000;

const NULL = 'NULL';

/**
 * Rows as a table with borders, as `mysql` prints it. After the first block of rows, columns can only become wider.
 */
export class TableRows implements RowsFormat {
  #columns: readonly PrintedColumn[] = [];
  #widths: number[] = [];
  #block: string[][] = [];
  #begun = false;

  begin(columns: readonly PrintedColumn[]): string {
    this.#columns = columns;
    this.#widths = columns.map(({ name, nullable }) => Math.max(widthOf(printable(name)), nullable ? NULL.length : 0));
    return '';
  }

  row(row: readonly unknown[]): string {
    this.#block.push(row.map((value, i) => printable(valueText(value, this.#columns[i]?.scale) ?? NULL)));
    return this.#block.length < BLOCK ? '' : this.#flush();
  }

  end(): string {
    const text = this.#flush();
    return this.#begun ? text + this.#border() : '';
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

function widthOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}
