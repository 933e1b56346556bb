import { jsonText } from '../values/json-text.js';
import { Numeral, type ResponseStruct, type ResponseValue } from '../values/response-value.js';
import { valueText } from '../values/value-text.js';
import { columnOf } from './column.js';
import { type ResultFormat, rowsFormat } from './formats.js';
import type { PrintedColumn } from './rows-format.js';

/** Returns the result of a method as text. JSON is indented for a terminal. */
export async function resultText(value: ResponseValue, format: ResultFormat, terminal: boolean): Promise<string> {
  switch (format.name) {
    case 'json':
      return `${jsonText(value, terminal ? '' : undefined)}\n`;
    case 'raw':
      return `${valueText(value) ?? format.nil ?? 'NULL'}\n`;
    case 'jsonl':
      return itemsOf(value)
        .map((item) => `${jsonText(item)}\n`)
        .join('');
    default:
      return isQueryResult(value) ? namedRowsText(value, format) : rowsText(itemsOf(value), format);
  }
}

type Rows = readonly (readonly ResponseValue[])[];

/** The result of the method `query` of netsvc, whose columns are those of `description`. */
interface QueryResult {
  readonly columns: Rows;
  readonly rows: Rows;
}

function isQueryResult(value: unknown): value is QueryResult {
  if (!isStruct(value)) return false;
  const { columns, rows } = value;
  return isTable(columns) && isTable(rows);
}

function isTable(value: unknown): value is Rows {
  return Array.isArray(value) && value.every(Array.isArray);
}

async function namedRowsText({ columns, rows }: QueryResult, format: ResultFormat): Promise<string> {
  return printed(columns.map(columnOf), rows, format);
}

/**
 * Structs are rows with the names of their members, arrays are rows with numbered columns, and any other value is a
 * cell.
 */
async function rowsText(items: readonly ResponseValue[], format: ResultFormat): Promise<string> {
  const structs = items.every(isStruct) ? items : [];
  const names = [...new Set(structs.flatMap((item) => Object.keys(item)))];
  const rows =
    structs.length > 0
      ? structs.map((item) => names.map((name) => item[name] ?? null))
      : items.map((item) => (isArray(item) ? item : [item]));
  const width = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, i) => ({
    name: names[i] ?? String(i + 1),
    numeric: rows.every((row) => row[i] === null || row[i] === undefined || row[i] instanceof Numeral),
  }));
  return printed(
    columns,
    rows.map((row) => padded(row, width)),
    format,
  );
}

async function printed(columns: readonly PrintedColumn[], rows: Rows, format: ResultFormat): Promise<string> {
  const printer = await rowsFormat(format.name, format);
  return printer.begin(columns) + rows.map((row) => printer.row(row)).join('') + printer.end();
}

function padded(row: readonly ResponseValue[], width: number): readonly ResponseValue[] {
  return row.length === width ? row : Array.from({ length: width }, (_, i) => row[i] ?? null);
}

function itemsOf(value: ResponseValue): readonly ResponseValue[] {
  return isArray(value) ? value : [value];
}

function isArray(value: ResponseValue): value is readonly ResponseValue[] {
  return Array.isArray(value);
}

/** The values of other types have classes. */
function isStruct(value: unknown): value is ResponseStruct {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
