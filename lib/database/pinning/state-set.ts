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
