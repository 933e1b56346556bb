import { buffersOf, encodeValue } from '../../xmlrpc/encoder.js';
import { RepeatableValue } from '../../xmlrpc/streamed-value.js';
import { encodeMemberOpen } from '../../xmlrpc/text-encoding.js';
import { MAX_I8, type Value } from '../../xmlrpc/value.js';
import type { ValueEncoding } from '../../xmlrpc/value-encoding.js';
import type { StoredResults } from '../results/stored-results.js';
import { type Column, describeColumn } from '../rows/column.js';
import { memberNames, type ResultForm } from '../rows/row-values.js';
import type { Executed } from '../statements/statement-runner.js';
import { fetchStored } from './fetched-rows.js';

/**
 * Returns the struct of `query`: `columns` as `description` returns them, `rows` as `fetchall` does, `rowcount`,
 * `lastrowid` and `warnings`. Without rows, `columns` is nil and `rows` is empty. Many rows are a `RepeatableValue`,
 * which holds them, so that the caller can close the results.
 */
export function queryResult(executed: Executed, form: ResultForm): object {
  return resultStruct(executed, form, {});
}

/**
 * The struct of `result`: with `autocommit`, unless MySQL has not said whether it is on; with `info`, if there is a
 * text; with `more`, if `nextset` moves on or fails; and with the names of a `DictCursor`, if columns have equal names.
 */
export function currentResult(executed: Executed, form: ResultForm): object {
  const { autocommit, info, columns, hasMore: more } = executed.results ?? {};
  const status = { ...(autocommit !== undefined && { autocommit }), ...(info && { info }), ...(more && { more }) };
  return resultStruct(executed, form, { ...status, ...equalNames(columns) });
}

/** Returns a struct of `names`, those of a `DictCursor`, if columns have equal names, and otherwise an empty one. */
export function equalNames(columns: readonly Column[] = []): object {
  const names = memberNames(columns);
  return names.some((name, i) => name !== columns[i]?.name) ? { names } : {};
}

function resultStruct(executed: Executed, form: ResultForm, status: object): object {
  const { results, rowcount, lastrowid } = executed;
  const outcome = { rowcount, lastrowid: idValue(lastrowid), warnings: results?.warnings ?? 0, ...status };
  const columns = results?.columns;
  if (results === undefined || columns === undefined) return { columns: null, rows: [], ...outcome };
  const rowForm = { ...form, columns };
  const members = { columns: describe(results), ...outcome };
  return structWithRows(members, fetchStored(results, rowForm, Number.POSITIVE_INFINITY), form.encoding);
}

/** Returns a struct of members and of `rows`: a `RepeatableValue` if the rows are one, whose place it takes. */
export function structWithRows(members: object, rows: Value[] | RepeatableValue, encoding: ValueEncoding): object {
  if (!(rows instanceof RepeatableValue)) return { ...members, rows };
  const struct = new RepeatableValue(() => structOf(members, rows, encoding), rows.hold);
  rows.cancel();
  return struct;
}

/** Encodes an array of the structs of several statements, and closes the results of each when they have been read. */
export async function* queryResults(executed: readonly Executed[], form: ResultForm): AsyncGenerator<Buffer> {
  yield Buffer.from('<value><array><data>');
  for (const one of executed) {
    const result = queryResult(one, form);
    one.results?.close();
    if (result instanceof RepeatableValue) yield* result;
    else yield* buffersOf(encodeValue(result, form.encoding));
  }
  yield Buffer.from('</data></array></value>');
}

/** Returns the columns of the current result set as PEP 249 describes them; nil if the statement returned no rows. */
export function describe(results: Pick<StoredResults, 'columns' | 'longest'> | undefined): Value {
  return results?.columns?.map((column, i) => describeColumn(column, results.longest[i] ?? 0)) ?? null;
}

/** An id above 2^63-1 is a string, as values of BIGINT UNSIGNED are. */
export function idValue(id: number | bigint): number | bigint | string {
  return typeof id === 'bigint' && id > MAX_I8 ? String(id) : id;
}

/** Encodes a struct whose member `rows` is encoded while it is sent. */
async function* structOf(members: object, rows: RepeatableValue, encoding: ValueEncoding): AsyncGenerator<Buffer> {
  yield Buffer.from('<value><struct>');
  for (const [name, value] of Object.entries(members)) {
    yield Buffer.from(encodeMemberOpen(name));
    yield* buffersOf(encodeValue(value, encoding));
    yield Buffer.from('</member>');
  }
  yield Buffer.from(encodeMemberOpen('rows'));
  yield* rows.open();
  yield Buffer.from('</member></struct></value>');
}
