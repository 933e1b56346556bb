import { Numeral } from '../values/response-value.js';
import { looksLikeBytes, numeralText } from '../values/scalar-text.js';
import { valueText } from '../values/value-text.js';
import type { PrintedColumn, PrintOptions, RowsFormat } from './rows-format.js';

/** How values become fields of a line. */
interface Dialect {
  readonly separator: string;
  readonly lineEnd: string;
  readonly header: boolean;
  /** Returns text as a field that is neither `nil` nor looks like bytes. */
  readonly field: (text: string, nil: string) => string;
  readonly nil: string;
}

const ESCAPES: Readonly<Record<string, string>> = { '\0': '\\0', '\t': '\\t', '\n': '\\n', '\\': '\\\\' };

const DIALECTS = {
  /** RFC 4180. NULL is an empty field, and an empty string is `""`. Only text is quoted. */
  csv: { separator: ',', lineEnd: '\r\n', header: true, field: csvField, nil: '' },
  /** As `mysql --batch`. */
  tsv: { separator: '\t', lineEnd: '\n', header: true, field: tsvField, nil: 'NULL' },
  /** Values as they are. */
  raw: { separator: '\t', lineEnd: '\n', header: false, field: (text) => text, nil: 'NULL' },
} as const satisfies Record<string, Dialect>;

/** Rows whose fields have a separator between them, one a line. */
export class DelimitedRows implements RowsFormat {
  readonly #dialect: Dialect;
  #columns: readonly PrintedColumn[] = [];

  constructor(name: keyof typeof DIALECTS, { nil, header }: PrintOptions = {}) {
    const dialect: Dialect = DIALECTS[name];
    this.#dialect = { ...dialect, nil: nil ?? dialect.nil, header: header ?? dialect.header };
  }

  begin(columns: readonly PrintedColumn[]): string {
    const { header, field, separator, lineEnd, nil } = this.#dialect;
    this.#columns = columns;
    return header ? columns.map(({ name }) => field(name, nil)).join(separator) + lineEnd : '';
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
    if (typeof value === 'string') return field(value, nil);
    // Digits need no quotes.
    if (value instanceof Numeral) return numeralText(value, this.#columns[i]?.scale);
    const text = valueText(value);
    if (text === undefined) return nil;
    return value instanceof Uint8Array ? text : field(text, nil);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 4180 has none outside of quotes
const NOT_CSV = /[",\u0000-\u001f]/;

function csvField(text: string, nil: string): string {
  const plain = text !== '' && text !== nil && !NOT_CSV.test(text) && !looksLikeBytes(text);
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}

function tsvField(text: string, nil: string): string {
  const field = /[\0\t\n\\]/.test(text) ? text.replace(/[\0\t\n\\]/g, (c) => ESCAPES[c] ?? c) : text;
  if (field !== nil && !looksLikeBytes(field)) return field;
  // Before a letter that has no meaning there, where LOAD DATA and others ignore the backslash.
  return field.replace(/[^0bnrtNZ\\]/, '\\$&');
}
