import { escapeText } from '../client/call-encoder.js';
import type { ByteForm } from '../command/import-options.js';
import { quotedName } from '../command/table-name.js';
import { ExactNumber, exactJson } from '../values/exact-json.js';
import type { ColumnKind, TableColumn } from './table-columns.js';

/** What encloses the arguments of a row: without the tags that mean nothing, of which there would be millions. */
const BEGIN = '<array><value>';
const END = '</value></array>';
const BETWEEN = '</value><value>';
const NIL = '<nil/>';

/** Returns the arguments of a row in XML. */
export function rowXml(row: string): string {
  return BEGIN + row + END;
}

/** Returns the arguments of rows in XML. */
export function rowsXml(rows: readonly string[]): string {
  return `<value><array><data>${BEGIN}${rows.join(END + BEGIN)}${END}</data></array></value>`;
}

/** A value cannot be imported. */
export class InvalidValue extends Error {}

/** Converts the values of rows with the same columns to arguments in XML, and has the statement for them. */
export class RowEncoder {
  /** The INSERT, in XML. */
  readonly query: string;
  readonly #columns: readonly TableColumn[];
  readonly #bytes: ByteForm;
  /** Texts are sent as they are, in all columns. */
  readonly #isText: boolean;

  /** @param columns their names are in the statement, unless they are all of the table */
  constructor(table: readonly string[], columns: readonly TableColumn[], bytes: ByteForm) {
    const names = columns.map(({ name }) => quotedName(name)).join(',');
    const values = columns.map(() => '%s').join(',');
    this.query = escapeText(`insert into ${table.map(quotedName).join('.')} (${names}) values (${values})`);
    this.#columns = columns;
    this.#bytes = bytes;
    this.#isText = columns.every(({ kind }) => kind === 'text' || kind === 'json');
  }

  /** The number of columns. */
  get width(): number {
    return this.#columns.length;
  }

  /**
   * Returns a row for `rowsXml`.
   *
   * @param isPlain the values are texts that XML takes as they are, and nulls
   * @throws {InvalidValue}
   */
  encode(values: readonly unknown[], isPlain = false): string {
    if (values.length !== this.#columns.length) {
      const found = values.length === 1 ? '1 value' : `${values.length} values`;
      throw new InvalidValue(`${found} instead of ${this.#columns.length}`);
    }
    return isPlain && this.#isText ? values.map(textOrNil).join(BETWEEN) : this.#row(values);
  }

  #row(values: readonly unknown[]): string {
    const arguments_ = new Array<string>(values.length);
    for (let i = 0; i < values.length; i++) {
      const [value, column] = [values[i], this.#columns[i]];
      if (column !== undefined) arguments_[i] = this.#value(value, column);
    }
    // A text that is added piece by piece takes several times as much memory.
    return arguments_.join(BETWEEN);
  }

  #value(value: unknown, { name, kind }: TableColumn): string {
    if (value === null) return NIL;
    if (typeof value === 'string') return this.#text(value, kind, name);
    if (kind === 'json') return escapeText(exactJson(value));
    const bytes = kind === 'bytes' || kind === 'bits' ? markedBytes(value) : undefined;
    if (bytes !== undefined) return base64Value(bytes, name);
    if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
    const digits = typeof value === 'number' ? digitsOf(value) : value instanceof ExactNumber ? value.value : undefined;
    // A column with JSON may be one with text, as in MariaDB.
    if (digits === undefined) return escapeText(exactJson(value));
    return integer(digits) ?? (kind === 'bits' ? bits(digits, name) : escapeText(digits));
  }

  #text(text: string, kind: ColumnKind, name: string): string {
    switch (kind) {
      case 'bytes':
        return this.#binary(text, name);
      case 'bits':
        return this.#bytes === 'base64' ? this.#binary(text, name) : bits(text, name);
      case 'number':
        return integer(text) ?? escapeText(text);
      default:
        return escapeText(text);
    }
  }

  #binary(text: string, name: string): string {
    if (this.#bytes === 'text') return escapeText(text);
    if (this.#bytes === 'base64') return base64Value(text, name);
    if (!text.startsWith('0x')) return escapeText(text);
    const bytes = hexBytes(text);
    if (bytes === undefined) throw new InvalidValue(`column ${name}: not hexadecimal (--bytes text takes it as it is)`);
    return base64(bytes);
  }
}

function textOrNil(value: unknown): unknown {
  return value ?? NIL;
}

/** Returns the shortest digits of a double. */
function digitsOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Returns a number of 64 bits as an argument. The negative zero of a double is none. */
function integer(text: string): string | undefined {
  if (!/^-?\d{1,19}$/.test(text) || text === '-0') return undefined;
  const value = BigInt(text);
  if (BigInt.asIntN(32, value) === value) return `<int>${value}</int>`;
  return BigInt.asIntN(64, value) === value ? `<i8>${value}</i8>` : undefined;
}

/** Returns up to 64 bits as an argument: a number that is too large for an integer, or `0x` and digits. */
function bits(text: string, name: string): string {
  const bytes = text.startsWith('0x') ? hexBytes(text) : undefined;
  if (bytes !== undefined) return base64(bytes);
  const number = integer(text);
  if (number !== undefined) return number;
  if (!/^\d{1,20}$/.test(text)) throw new InvalidValue(`column ${name}: bits are a number, or 0x and digits`);
  return base64(Buffer.from(BigInt(text).toString(16).padStart(16, '0'), 'hex'));
}

/** Returns the base64 of bytes as rpc-call prints them in JSON. */
function markedBytes(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return undefined;
  const { base64 } = value as { readonly base64?: unknown };
  return typeof base64 === 'string' ? base64 : undefined;
}

function base64Value(text: string, name: string): string {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return `<base64>${text}</base64>`;
  throw new InvalidValue(`column ${name}: not base64 (--bytes text takes it as it is)`);
}

function hexBytes(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^0x[0-9a-f]*$/i.test(text) ? Buffer.from(text.slice(2), 'hex') : undefined;
}

function base64(bytes: Buffer): string {
  return `<base64>${bytes.toString('base64')}</base64>`;
}
