import { type FormatName, rowsFormat } from './formats.js';
import type { PrintedColumn } from './rows-format.js';
import { jsonText } from './value-text.js';

/**
 * Returns the result of a method as text. JSON is indented for a terminal.
 *
 * @param value as the `xmlrpc` package decodes it
 */
export async function resultText(value: unknown, format: FormatName, terminal: boolean): Promise<string> {
  switch (format) {
    case 'json':
      return `${terminal ? JSON.stringify(JSON.parse(jsonText(value)), null, 2) : jsonText(value)}\n`;
    case 'raw':
      return `${typeof value === 'string' ? value : jsonText(value)}\n`;
    case 'jsonl':
      return itemsOf(value)
        .map((item) => `${jsonText(item)}\n`)
        .join('');
    default:
      return isQueryResult(value) ? namedRowsText(value, format) : rowsText(itemsOf(value), format);
  }
}

/** The result of the method `query` of netsvc, whose columns are those of `description`. */
interface QueryResult {
  readonly columns: readonly (readonly unknown[])[];
  readonly rows: readonly (readonly unknown[])[];
}

function isQueryResult(value: unknown): value is QueryResult {
  if (!isStruct(value)) return false;
  const { columns, rows } = value;
  return isTable(columns) && isTable(rows);
}

function isTable(value: unknown): value is readonly (readonly unknown[])[] {
  return Array.isArray(value) && value.every(Array.isArray);
}

async function namedRowsText({ columns, rows }: QueryResult, format: FormatName): Promise<string> {
  const printer = await rowsFormat(format);
  const printed = columns.map(([name], i) => columnOf(String(name), i, rows));
  return printer.begin(printed) + rows.map((row) => printer.row(row)).join('') + printer.end();
}

/**
 * Structs are rows with the names of their members, arrays are rows with numbered columns, and any other value is a
 * cell.
 */
async function rowsText(items: readonly unknown[], format: FormatName): Promise<string> {
  const structs = items.length > 0 && items.every(isStruct);
  const names = structs ? [...new Set(items.flatMap((item) => Object.keys(item)))] : [];
  const rows = structs
    ? items.map((item) => names.map((name) => item[name]))
    : items.map((item) => (Array.isArray(item) ? item : [item]));
  const width = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, i) => columnOf(names[i] ?? String(i + 1), i, rows));
  const printer = await rowsFormat(format);
  return printer.begin(columns) + rows.map((row) => printer.row(padded(row, width))).join('') + printer.end();
}

function columnOf(name: string, i: number, rows: readonly (readonly unknown[])[]): PrintedColumn {
  return { name, numeric: rows.every((row) => row[i] === null || row[i] === undefined || typeof row[i] === 'number') };
}

function padded(row: readonly unknown[], width: number): readonly unknown[] {
  return row.length === width ? row : Array.from({ length: width }, (_, i) => row[i]);
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isStruct(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof Uint8Array || value instanceof Date);
}
