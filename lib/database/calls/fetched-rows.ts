import { MemoryDraw } from '../../memory/memory-draw.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import { nextTurn } from '../../turns/turns.js';
import type { RepeatableValue, StreamedValue } from '../../xmlrpc/streamed-value.js';
import type { Value } from '../../xmlrpc/value.js';
import { notStored, resultTooLarge } from '../errors/fault-texts.js';
import type { ResultLimits } from '../results/result-limits.js';
import { MAX_BYTES_AS_VALUES, MAX_ROWS_AS_VALUES } from '../results/result-limits.js';
import { RowBuffer } from '../results/row-buffer.js';
import type { StoredResults } from '../results/stored-results.js';
import type { StreamedResults } from '../results/streamed-results.js';
import { bytesOf, isLargeRow, type LargeRow } from '../rows/large-row.js';
import type { RowBatch } from '../rows/row-batch.js';
import { cellRows } from '../rows/row-packet.js';
import { type RowForm, repeatRows, rowValues, streamRows } from '../rows/row-values.js';

/** Rows as values, or an array of them, or the only one, that is encoded while it is sent. */
export type FetchedRows = Value[] | StreamedValue;

/** Returns the row that has been fetched alone, or nil. */
export function onlyRow(rows: FetchedRows): Value | StreamedValue {
  return Array.isArray(rows) ? (rows[0] ?? null) : rows;
}

/** Returns the next rows, at most `count`. */
export function fetchStored(results: StoredResults, form: RowForm, count: number): Value[] | RepeatableValue {
  if (!results.isSmall(count)) return repeatRows(form, results.take(count));
  return asValues(form, results.take(count).open());
}

/** What rows are kept in, so that they can be sent again. */
export interface KeptRows {
  readonly limits: ResultLimits;
}

/**
 * Returns the next rows that are not stored, at most `count`. A few are received before.
 *
 * @param kept all are received before, and kept, so that they can be sent again
 */
export function fetchArriving(
  results: StreamedResults,
  form: RowForm,
  count: number,
  { request, kept }: { request: ServiceRequest; kept: KeptRows | undefined },
): StreamedValue | Promise<FetchedRows> {
  const batches = results.fetch(count, request.signal);
  if (count > MAX_ROWS_AS_VALUES && !kept) return streamRows(form, batches);
  if (!kept) return fewRows(batches, form, (rows) => streamRows(form, rows));
  return keptRows(results, batches, form, { request, kept });
}

/** Returns the next rows that have arrived: at least one, unless there are no more, and at most about `bytes`. */
export function fetchArrived(
  results: StreamedResults,
  form: RowForm,
  bytes: number,
  keeping: { readonly request: ServiceRequest; readonly kept: KeptRows },
): Promise<Value[] | RepeatableValue> {
  return keptRows(results, results.fetchArrived(bytes, keeping.request.signal), form, keeping);
}

async function keptRows(
  results: StreamedResults,
  batches: AsyncGenerator<RowBatch | LargeRow>,
  form: RowForm,
  { request, kept }: { readonly request: ServiceRequest; readonly kept: KeptRows },
): Promise<Value[] | RepeatableValue> {
  try {
    return await fewRows(batches, form, (rows) => keep(rows, form, kept, request));
  } catch (error) {
    await results.fail(error);
    throw error;
  }
}

async function fewRows<T>(
  batches: AsyncGenerator<RowBatch | LargeRow>,
  form: RowForm,
  many: (rows: AsyncGenerator<RowBatch | LargeRow>) => T | Promise<T>,
): Promise<Value[] | T> {
  const taken: (RowBatch | LargeRow)[] = [];
  let bytes = 0;
  let rows = 0;
  for (let next = await batches.next(); !next.done; next = await batches.next()) {
    taken.push(next.value);
    bytes += bytesOf(next.value);
    rows += next.value.rows;
    if (bytes > MAX_BYTES_AS_VALUES || rows > MAX_ROWS_AS_VALUES) return many(following(taken, batches));
  }
  return asValues(form, taken);
}

async function* following(
  taken: (RowBatch | LargeRow)[],
  rest: AsyncGenerator<RowBatch | LargeRow>,
): AsyncGenerator<RowBatch | LargeRow> {
  try {
    for (let batch = taken.shift(); batch; batch = taken.shift()) yield batch;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** @throws {ServiceFailure} 51 if they take too much */
async function keep(
  batches: AsyncGenerator<RowBatch | LargeRow>,
  form: RowForm,
  { limits: { resultMemory, maxResult } }: KeptRows,
  { account }: ServiceRequest,
): Promise<RepeatableValue> {
  const rows = new RowBuffer(form.columns.length, resultMemory, undefined, new MemoryDraw(account, 'answers'));
  try {
    for await (const batch of batches) {
      if (isLargeRow(batch)) await copyLarge(batch, rows);
      else stored(() => rows.append(batch));
      if (rows.bytes > maxResult) throw resultTooLarge(maxResult);
    }
    stored(() => rows.finish());
    return repeatRows(form, { open: () => rows.batches(0, rows.length), hold: () => rows.hold() });
  } finally {
    rows.close();
  }
}

/** Bytes that are copied before other work has its turn. */
const COPIED = 1024 ** 2;

async function copyLarge(row: LargeRow, rows: RowBuffer): Promise<void> {
  for (let at = 0; at < row.size; at += COPIED) {
    stored(() => rows.appendPart(row.read(at, Math.min(COPIED, row.size - at))));
    await nextTurn();
  }
  stored(() => rows.endLargeRow());
}

function stored(store: () => void): void {
  try {
    store();
  } catch (error) {
    throw notStored(error);
  }
}

function asValues(form: RowForm, batches: Iterable<RowBatch | LargeRow>): Value[] {
  return rowValues(form, cellRows(form.columns.length, batches));
}
