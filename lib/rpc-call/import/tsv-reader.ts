import { STRING_ESCAPES } from '../values/sql-syntax.js';
import type { FileRecord } from './file-record.js';
import { LineReader } from './line-reader.js';

/** Reads lines whose fields are separated by tabs, with escapes, as `mysql --batch` writes them. */
export class TsvReader extends LineReader {
  readonly #nullText: string | undefined;

  /** @param nullText the text of NULL; by default `\N`, and `NULL` */
  constructor(nullText?: string) {
    super();
    this.#nullText = nullText;
  }

  protected override recordOf(text: string, line: number): FileRecord {
    return { line, values: text.split('\t').map((field) => this.#value(field)), blank: text === '' };
  }

  #value(field: string): string | null {
    const isNull = this.#nullText === undefined ? field === 'NULL' || field === '\\N' : field === this.#nullText;
    if (isNull) return null;
    if (!field.includes('\\')) return field;
    return field.replace(/\\(.)/gs, (_, letter: string) => STRING_ESCAPES[letter] ?? letter);
  }
}
