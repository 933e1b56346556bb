import { type Hold, RepeatableValue, StreamedValue } from '../../xmlrpc/streamed-value.js';
import type { Struct, Value } from '../../xmlrpc/value.js';
import type { ValueEncoding } from '../../xmlrpc/value-encoding.js';
import { cellDecoder } from './cell-decoder.js';
import type { Column } from './column.js';
import type { LargeRow } from './large-row.js';
import type { RowBatch } from './row-batch.js';
import { RowEncoder } from './row-encoder.js';
import type { Cell } from './row-packet.js';
import type { ValueOptions } from './value-options.js';

/** How the rows of all results are converted to values or to XML. */
export interface ResultForm {
  readonly values: ValueOptions;
  readonly encoding: ValueEncoding;
  /** Rows are structs, as a DictCursor returns them, and not arrays. */
  readonly dict: boolean;
}

/** The same for those of one result. */
export interface RowForm extends ResultForm {
  readonly columns: readonly Column[];
  /** There is one row, which is not in an array. */
  readonly single?: boolean;
}

/** Converts a few rows to values. */
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

/**
 * Encodes any number of rows as the XML of an array while they arrive.
 *
 * @throws {EncodingError} if XML cannot carry the name of a member
 */
export function streamRows(form: RowForm, batches: AsyncIterable<RowBatch | LargeRow>): StreamedValue {
  return new StreamedValue(encodedRows(rowEncoder(form), batches, aroundRows(form)));
}

/** Encodes stored rows in the same way, as often as they are sent. @throws {EncodingError} as above */
export function repeatRows(
  form: RowForm,
  { open, hold }: { open: () => Iterable<RowBatch | LargeRow>; hold: Hold },
): RepeatableValue {
  let first: RowEncoder | undefined = rowEncoder(form);
  const pieces = () => {
    const encoder = first ?? rowEncoder(form);
    first = undefined;
    return encodedStored(encoder, open(), aroundRows(form));
  };
  return new RepeatableValue(pieces, hold);
}

function rowEncoder({ columns, values, encoding, dict }: RowForm): RowEncoder {
  return new RowEncoder(columns, values, encoding, dict ? memberNames(columns) : undefined);
}

type AroundRows = readonly [open: string, close: string];

function aroundRows({ single = false }: RowForm): AroundRows {
  return single ? ['', ''] : ['<value><array><data>', '</data></array></value>'];
}

/** Without an `await` between a batch and its encoding, unless it has long cells: who reads them holds the rows. */
function* encodedStored(
  encoder: RowEncoder,
  batches: Iterable<RowBatch | LargeRow>,
  [open, close]: AroundRows,
): Generator<Buffer> {
  encoder.append(open);
  for (const batch of batches) {
    for (const _ of encoder.rows(batch)) yield* encoder.takeSome();
    yield* encoder.take();
  }
  encoder.append(close);
  yield* encoder.finish();
}

async function* encodedRows(
  encoder: RowEncoder,
  batches: AsyncIterable<RowBatch | LargeRow>,
  [open, close]: AroundRows,
): AsyncGenerator<Buffer> {
  encoder.append(open);
  for await (const batch of batches) {
    for (const _ of encoder.rows(batch)) yield* encoder.takeSome();
    yield* encoder.take();
  }
  encoder.append(close);
  yield* encoder.finish();
}

/** The second of two columns with the same name is named `table.name`, as in MySQLdb. */
export function memberNames(columns: readonly Column[]): string[] {
  const names: string[] = [];
  for (const { name, table } of columns) names.push(names.includes(name) ? `${table}.${name}` : name);
  return names;
}
