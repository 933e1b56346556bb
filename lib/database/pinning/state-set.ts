/** What MySQL keeps of a session's statements for later ones to read, as bits of a set. */
export const STATE = {
  none: 0,
  /** LAST_INSERT_ID() */
  insertId: 1,
  /** FOUND_ROWS() */
  foundRows: 2,
  /** ROW_COUNT() */
  rowCount: 4,
  /** The warnings and errors of the last statement. */
  diagnostics: 8,
} as const;

/** A set of `STATE`. */
export type StateSet = number;

/** Functions that read session state. */
export const STATE_FUNCTIONS: ReadonlyMap<string, StateSet> = new Map([
  ['last_insert_id', STATE.insertId],
  ['found_rows', STATE.foundRows],
  ['row_count', STATE.rowCount],
]);

/** Words that read session state in any place, as in GET DIAGNOSTICS or in the arguments of a procedure. */
export const STATE_WORDS: ReadonlyMap<string, StateSet> = new Map([
  ...STATE_FUNCTIONS,
  ['identity', STATE.insertId],
  ['warnings', STATE.diagnostics],
  ['errors', STATE.diagnostics],
  ['warning_count', STATE.diagnostics],
  ['error_count', STATE.diagnostics],
  ['diagnostics', STATE.diagnostics],
]);
