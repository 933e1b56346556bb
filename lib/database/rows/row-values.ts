import type { ValueEncoding } from '../../xmlrpc/encoder.js';
import { StreamedValue } from '../../xmlrpc/streamed-value.js';
import type { Struct, Value } from '../../xmlrpc/value.js';
import { cellDecoder } from './cell-decoder.js';
import type { Column } from './column.js';
import type { RowBatch } from './row-batch.js';
import { RowEncoder } from './row-encoder.js';
import type { Cell } from './row-packet.js';
import type { ValueOptions } from './value-options.js';

/** How rows become values, or the XML of values. */
export interface RowForm {
  readonly columns: readonly Column[];
  readonly values: ValueOptions;
  /** Rows are structs, as a DictCursor gives them, and not arrays. */
  readonly dict: boolean;
}

/** Rows as values: for a few of them. */
export function rowValues({ columns, values, dict }: RowForm, rows: readonly Cell[][]): Value[] {
  const decoders = columns.map((column) => cellDecoder(column, values));
  const decode = (cell: Cell, i: number) => (cell === null ? null : (decoders[i]?.(cell) ?? null));
  if (!dict) return rows.map((cells) => cells.map(decode));
  const names = memberNames(columns);
  return rows.map((cells) => {
    const row: Record<string, Value> = Object.create(null) as Record<string, Value>;
    for (const [i, cell] of cells.entries()) row[names[i] ?? ''] = decode(cell, i);
    return row satisfies Struct;
  });
}

/** Rows as the XML of an array of them, made while they are read: for any number of them. @param ended called when nobody reads any more */
export function streamRows(
  form: RowForm,
  runs: Iterable<RowBatch> | AsyncIterable<RowBatch>,
  encoding: ValueEncoding,
  ended: () => void = () => {},
): StreamedValue {
  const { columns, values, dict } = form;
  // Members that XML cannot name are found here, before anything has been sent.
  const encoder = new RowEncoder(columns, values, encoding, dict ? memberNames(columns) : undefined);
  const streamed = new StreamedValue(encodedRows(encoder, runs));
  void streamed.done.then(ended);
  return streamed;
}

async function* encodedRows(
  encoder: RowEncoder,
  runs: Iterable<RowBatch> | AsyncIterable<RowBatch>,
): AsyncGenerator<Buffer> {
  encoder.append('<value><array><data>');
  for await (const run of runs) {
    encoder.rows(run);
    yield* encoder.take();
  }
  encoder.append('</data></array></value>');
  yield* encoder.finish();
}

/** Of two columns with one name the second goes by `table.name`, as in MySQLdb. */
function memberNames(columns: readonly Column[]): string[] {
  const names: string[] = [];
  for (const { name, table } of columns) names.push(names.includes(name) ? `${table}.${name}` : name);
  return names;
}
