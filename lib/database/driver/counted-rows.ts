/** Which rows of an UPDATE are counted: those that it found, or those that it changed. */
export const ROW_COUNTS = ['found', 'changed'] as const;
export type RowCount = (typeof ROW_COUNTS)[number];

/** What MySQL reports behind a statement. */
interface Report {
  readonly affectedRows: number;
  /** For people. */
  readonly text: string;
}

/** MySQL's text behind an UPDATE, in English. Its numbers have this order in all languages. */
const ENGLISH = /^Rows matched: (\d+) +Changed: (\d+) /;
const NUMBERS = /^\D*(\d+)\D+(\d+)\D+\d+\D*$/;

/** Behind comments. */
const UPDATE = /^(?:\s|\/\*.*?\*\/)*update\b/is;

/**
 * The number of rows that a statement affected. MySQL returns one of the two counts of an UPDATE, by a flag of the
 * connection, and has both in its text.
 *
 * @param head the beginning of the statement
 */
export function countedRows({ affectedRows, text }: Report, count: RowCount | undefined, head: string): number {
  if (count === undefined || text === '') return affectedRows;
  const [, found, changed] = ENGLISH.exec(text) ?? (UPDATE.test(head) ? NUMBERS.exec(text) : null) ?? [];
  if (found === undefined) return affectedRows;
  return Number(count === 'found' ? found : changed);
}
