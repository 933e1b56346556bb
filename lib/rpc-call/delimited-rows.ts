import { Numeral } from './response-value.js';
import type { PrintedColumn, RowsFormat } from './rows-format.js';
import { numeralText, valueText } from './value-text.js';

/** How values become fields of a line. */
interface Dialect {
  readonly separator: string;
  readonly lineEnd: string;
  readonly header: boolean;
  readonly field: (text: string) => string;
  readonly nil: string;
}

const ESCAPES: Readonly<Record<string, string>> = { '\0': '\\0', '\t': '\\t', '\n': '\\n', '\\': '\\\\' };

const DIALECTS = {
  /** RFC 4180. NULL is an empty field, and an empty string is `""`. */
  csv: {
    separator: ',',
    lineEnd: '\r\n',
    header: true,
    field: (text) => (text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text),
    nil: '',
  },
  /** As `mysql --batch`. */
  tab: {
    separator: '\t',
    lineEnd: '\n',
    header: true,
    field: (text) => (/[\0\t\n\\]/.test(text) ? text.replace(/[\0\t\n\\]/g, (c) => ESCAPES[c] ?? c) : text),
    nil: 'NULL',
  },
  /** Values as they are. */
  raw: { separator: '\t', lineEnd: '\n', header: false, field: (text) => text, nil: 'NULL' },
} as const satisfies Record<string, Dialect>;

/** Rows whose fields have a separator between them, one a line. */
export class DelimitedRows implements RowsFormat {
  readonly #dialect: Dialect;
  #columns: readonly PrintedColumn[] = [];

  constructor(dialect: keyof typeof DIALECTS) {
    this.#dialect = DIALECTS[dialect];
  }

  begin(columns: readonly PrintedColumn[]): string {
    const { header, field, separator, lineEnd } = this.#dialect;
    this.#columns = columns;
    return header ? columns.map(({ name }) => field(name)).join(separator) + lineEnd : '';
  }

  row(row: readonly unknown[]): string {
    const { separator, lineEnd } = this.#dialect;
    let line = '';
    for (let i = 0; i < row.length; i++) line += (i === 0 ? '' : separator) + this.#field(row[i], i);
    return line + lineEnd;
  }

  end(): string {
    return '';
  }

  #field(value: unknown, i: number): string {
    const { field, nil } = this.#dialect;
    if (typeof value === 'string') return field(value);
    // Digits need no quotes.
    if (value instanceof Numeral) return numeralText(value, this.#columns[i]?.scale);
    const text = valueText(value);
    return text === undefined ? nil : field(text);
  }
}
