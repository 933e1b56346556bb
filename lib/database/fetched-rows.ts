import { MemoryDraw } from '../memory/memory-draw.js';
import { unavailable } from '../netsvc/service-failure.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import { systemErrorText } from '../system/system-error.js';
import { nextTurn } from '../turns/turns.js';
import type { RepeatableValue, StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Value } from '../xmlrpc/value.js';
import type { ResultLimits } from './results/result-limits.js';
import { RowBuffer } from './results/row-buffer.js';
import { MAX_BYTES_AS_VALUES, MAX_ROWS_AS_VALUES } from './results/small-rows.js';
import type { StoredResults } from './results/stored-results.js';
import type { StreamedResults } from './results/streamed-results.js';
import { bytesOf, isLargeRow, type LargeRow } from './rows/large-row.js';
import type { RowBatch } from './rows/row-batch.js';
import { cellRows } from './rows/row-packet.js';
import { type RowForm, repeatRows, rowValues, streamRows } from './rows/row-values.js';

/** Rows as values, or an array of them, or the only one, that is encoded while it is sent. */
export type FetchedRows = Value[] | StreamedValue;

/** Returns the next rows, at most `count`. */
export function fetchStored(results: StoredResults, form: RowForm, count: number): Value[] | RepeatableValue {
  if (!results.isSmall(count)) return repeatRows(form, results.take(count));
  return asValues(form, results.take(count).open());
}

/** What the rows of an SS cursor are kept in, if their answer is kept. */
export interface KeptRows {
  readonly limits: ResultLimits;
}

/**
 * Returns the next rows of an SS cursor, at most `count`. A few are received before.
 *
 * @param kept keeps a few large ones, so that they can be sent again
 */
export function fetchArriving(
  results: StreamedResults,
  form: RowForm,
  count: number,
  { request, kept }: { request: ServiceRequest; kept: KeptRows | undefined },
): StreamedValue | Promise<FetchedRows> {
  const batches = results.fetch(count, request.signal);
  if (count > MAX_ROWS_AS_VALUES) return streamRows(form, batches);
  return fewRows(batches, form, (rows) => (kept ? keep(rows, form, kept, request) : streamRows(form, rows)));
}

async function fewRows(
  batches: AsyncGenerator<RowBatch | LargeRow>,
  form: RowForm,
  large: (rows: AsyncGenerator<RowBatch | LargeRow>) => FetchedRows | Promise<FetchedRows>,
): Promise<FetchedRows> {
  const taken: (RowBatch | LargeRow)[] = [];
  let bytes = 0;
  for (let next = await batches.next(); !next.done; next = await batches.next()) {
    taken.push(next.value);
    bytes += bytesOf(next.value);
    if (bytes > MAX_BYTES_AS_VALUES) return large(following(taken, batches));
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
      if (rows.bytes > maxResult)
        throw unavailable(`The result takes more than ${maxResult} bytes, which is the limit.`);
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
    throw unavailable(`cannot store the result: ${systemErrorText(error)}`);
  }
}

function asValues(form: RowForm, batches: Iterable<RowBatch | LargeRow>): Value[] {
  return rowValues(form, cellRows(form.columns.length, batches));
}
