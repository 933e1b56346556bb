import type { Struct, Value } from '../xmlrpc/value.js';
import { type CellDecoder, cellDecoder } from './cell-decoder.js';
import type { Column } from './column.js';
import type { Cell } from './mysql-connection.js';
import type { ValueOptions } from './value-options.js';

/** The cursor classes of MySQLdb by name: whether rows are stored or streamed, and whether they are tuples or dictionaries. */
export const CURSOR_CLASSES: ReadonlyMap<string, CursorClass> = new Map([
  ['Cursor', { streamed: false, dict: false }],
  ['DictCursor', { streamed: false, dict: true }],
  ['SSCursor', { streamed: true, dict: false }],
  ['SSDictCursor', { streamed: true, dict: true }],
]);

export interface CursorClass {
  readonly streamed: boolean;
  readonly dict: boolean;
}

/** Rows as arrays of values. */
export function tupleRows(columns: readonly Column[], rows: readonly Cell[][], values: ValueOptions): Value[] {
  const decoders = columns.map((column) => cellDecoder(column, values));
  return rows.map((cells) => cells.map((cell, i) => decodeCell(decoders[i], cell)));
}

/** Rows as structs. Of two columns with one name the second goes by `table.name`, as in MySQLdb. */
export function dictRows(columns: readonly Column[], rows: readonly Cell[][], values: ValueOptions): Value[] {
  const decoders = columns.map((column) => cellDecoder(column, values));
  const names: string[] = [];
  for (const { name, table } of columns) names.push(names.includes(name) ? `${table}.${name}` : name);
  return rows.map((cells) => {
    const row: Record<string, Value> = Object.create(null) as Record<string, Value>;
    for (const [i, cell] of cells.entries()) row[names[i] ?? ''] = decodeCell(decoders[i], cell);
    return row satisfies Struct;
  });
}

function decodeCell(decode: CellDecoder | undefined, cell: Cell): Value {
  return cell === null || decode === undefined ? null : decode(cell);
}
