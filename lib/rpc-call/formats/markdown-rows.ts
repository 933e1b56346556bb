import { printable } from '../values/printable.js';
import { valueText } from '../values/value-text.js';
import { cellText } from './cell-text.js';
import type { PrintedColumn, PrintOptions, RowsFormat } from './rows-format.js';

/** Rows as a table of GitHub Flavored Markdown. */
export class MarkdownRows implements RowsFormat {
  readonly #nil: string;
  #columns: readonly PrintedColumn[] = [];

  constructor({ nil = 'NULL' }: PrintOptions = {}) {
    this.#nil = nil;
  }

  begin(columns: readonly PrintedColumn[]): string {
    this.#columns = columns;
    const rule = columns.map(({ numeric }) => (numeric ? '---:' : '---'));
    return line(columns.map(({ name }) => escaped(printable(name)))) + line(rule);
  }

  row(row: readonly unknown[]): string {
    return line(row.map((value, i) => this.#cell(value, this.#columns[i]?.scale)));
  }

  end(): string {
    return '';
  }

  #cell(value: unknown, scale?: number): string {
    const text = valueText(value, scale);
    if (text === undefined) return escaped(this.#nil);
    return escaped(typeof value === 'string' ? cellText(text, this.#nil) : text);
  }
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

/** Returns text that is shown as it is. Blanks at its ends would be ignored. */
function escaped(text: string): string {
  return text.replace(/[\\`*_~|<>&[\]]/g, '\\$&').replace(/^ | $/g, '&#32;');
}
