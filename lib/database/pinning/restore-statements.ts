import type { ServerKind } from '../connections/server-kind.js';

/** Sets ROW_COUNT() to 0, and keeps FOUND_ROWS(). */
export const SET_VARIABLE = 'SET @netsvc = 0';

/** Sets ROW_COUNT() to -1, and keeps FOUND_ROWS() and the warnings. */
export const SHOW_WARNINGS = 'SHOW WARNINGS';

/** Sets ROW_COUNT() to 1. FOUND_ROWS() is then 0 in MariaDB and 1 in MySQL. */
export const SELECT_INTO = 'SELECT 0 INTO @netsvc';

/** Keeps FOUND_ROWS(). DO LAST_INSERT_ID() would set it to 1 in MySQL. */
export function setInsertId(id = '0'): string {
  return `SET LAST_INSERT_ID = ${id}`;
}

/** Returns a query that sets FOUND_ROWS() to `count` and ROW_COUNT() to -1. */
export function selectRows(count = '0'): string {
  if (count === '0') return 'SELECT 0 LIMIT 0';
  if (count.length < 3) return zeros(Number(count));
  const tables = Array.from(count, (_digit, i) => `(${zeros(10)}) t${i}`);
  return `SELECT 0 FROM ${tables.join(', ')} LIMIT ${count}`;
}

/**
 * Returns a query that sets FOUND_ROWS() to `count` and ROW_COUNT() to 1: only SELECT ... INTO does so without a table
 * of its own. Undefined if there is none.
 */
export function selectOneInto(count: string, server: ServerKind): string | undefined {
  if (count === (server === 'MySQL' ? '1' : '0')) return SELECT_INTO;
  if (count === '0') return undefined;
  return `SELECT SQL_CALC_FOUND_ROWS 0 INTO @netsvc FROM (${selectRows(count)}) t LIMIT 1`;
}

/** Whether a statement of this file clears the warnings of the statement before: in MariaDB, if it uses tables. */
export function clearsWarnings(sql: string, server: ServerKind): boolean {
  return server === 'MySQL' ? sql !== SHOW_WARNINGS : sql.includes(' FROM ');
}

/** Whether a statement of this file has a warning of its own: in MySQL, SQL_CALC_FOUND_ROWS is deprecated. */
export function warns(sql: string, server: ServerKind): boolean {
  return server === 'MySQL' && sql.includes('SQL_CALC_FOUND_ROWS');
}

function zeros(count: number): string {
  return Array.from({ length: count }, () => 'SELECT 0').join(' UNION ALL ');
}
