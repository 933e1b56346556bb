import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { RepeatableValue } from '../../xmlrpc/streamed-value.js';
import type { Value } from '../../xmlrpc/value.js';
import { classify } from '../pinning/classify.js';
import { STATE } from '../pinning/state-set.js';
import { StoredResults } from '../results/stored-results.js';
import type { StreamedResults } from '../results/streamed-results.js';
import type { ResultForm } from '../rows/row-values.js';
import type { Executed } from '../statements/statement-runner.js';
import { fetchArrived, fetchStored, type KeptRows } from './fetched-rows.js';
import { describe, equalNames, idValue, structWithRows } from './query-result.js';

/** The bytes of the rows of a page, as MySQL sends them, if no row is longer. */
const PAGE = 256 * 1024;

/** What the rows of a page are received for, and kept in: a page is complete before it is sent. */
export interface PageKeeping {
  readonly request: ServiceRequest;
  readonly kept: KeptRows;
}

/**
 * Returns the struct of `stream`: that of `result` with the first page of the rows. If the page fails, the statement
 * has not: the first page is empty, and the next one fails.
 */
export async function resultWithPage(
  executed: Executed<StreamedResults>,
  form: ResultForm,
  keeping: PageKeeping,
): Promise<object> {
  const { results, rowcount, lastrowid } = executed;
  let rows: Value[] | RepeatableValue = [];
  try {
    rows = await pageRows(results, form, keeping);
  } catch {
    // `results` keeps the error.
  }
  const members = { columns: describe(results), rowcount, lastrowid: idValue(lastrowid) };
  return structWithRows({ ...members, ...whatIsLeft(results) }, rows, form.encoding);
}

/**
 * Returns the struct of `fetchpage`: `rows`, whether the result set is then `complete` and the `last` one, and, at the
 * end of the statement, the number of `warnings` and `autocommit`.
 */
export async function nextPage(
  results: StoredResults | StreamedResults | undefined,
  form: ResultForm,
  keeping: PageKeeping,
): Promise<object> {
  const rows = await pageRows(results, form, keeping);
  return structWithRows(whatIsLeft(results), rows, form.encoding);
}

function pageRows(
  results: StoredResults | StreamedResults | undefined,
  form: ResultForm,
  keeping: PageKeeping,
): Promise<Value[] | RepeatableValue> | Value[] | RepeatableValue {
  const columns = results?.columns;
  if (results === undefined || columns === undefined) return [];
  const rowForm = { ...form, columns };
  if (!(results instanceof StoredResults)) return fetchArrived(results, rowForm, PAGE, keeping);
  const count = Math.floor((PAGE * Number(results.rowcount)) / Math.max(results.size, 1));
  return fetchStored(results, rowForm, Math.max(count, 1));
}

/** Of a statement that returned nothing, nothing is left. */
function whatIsLeft(results: StoredResults | StreamedResults | undefined): object {
  const { isComplete: complete = true, isLast: last = true } = results ?? {};
  const { warnings = 0, autocommit } = (results instanceof StoredResults ? results : results?.outcome) ?? {};
  const status = autocommit === undefined ? {} : { autocommit };
  return { complete, last, warnings, ...status, ...equalNames(results?.columns) };
}

/** The reader of a page pauses for any time: by default, MySQL closes its connection after 60 seconds. */
export const ALLOW_PAUSES = 'SET net_write_timeout = 31536000';

/** Longer statements are not read, which takes time. */
const MAX_READ = 64 * 1024;

/** Whether `ALLOW_PAUSES` may precede the statement: it sets what some statements read, such as ROW_COUNT(). */
export function mayAllowPauses(query: string): boolean {
  return query.length > MAX_READ || classify(query).reads === STATE.none;
}
