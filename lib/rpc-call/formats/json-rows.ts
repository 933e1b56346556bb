import { jsonString, jsonText } from '../values/json-text.js';
import type { PrintedColumn, RowsFormat } from './rows-format.js';

/** Rows as JSON objects: one array, or one object a line. */
export class JsonRows implements RowsFormat {
  readonly #lines: boolean;
  /** The names, as they begin the members. */
  #members: readonly string[] = [];
  #first = true;

  constructor({ lines }: { readonly lines: boolean }) {
    this.#lines = lines;
  }

  begin(columns: readonly PrintedColumn[]): string {
    this.#members = uniqueNames(columns.map(({ name }) => name)).map((name) => `${jsonString(name)}:`);
    return this.#lines ? '' : '[';
  }

  row(row: readonly unknown[]): string {
    let object = '{';
    for (let i = 0; i < row.length; i++) object += (i === 0 ? '' : ',') + this.#members[i] + jsonText(row[i]);
    object += '}';
    if (this.#lines) return `${object}\n`;
    const separator = this.#first ? '\n' : ',\n';
    this.#first = false;
    return separator + object;
  }

  end(): string {
    return this.#lines ? '' : `${this.#first ? '' : '\n'}]\n`;
  }
}

/** Returns names that an object can have: a second `id` is named `id_2`. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; taken.has(unique) || (unique !== name && names.includes(unique)); i++) unique = `${name}_${i}`;
    taken.add(unique);
    return unique;
  });
}
