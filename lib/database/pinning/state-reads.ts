/** The session state that a statement reads. */
export interface StateReads {
  /** LAST_INSERT_ID() */
  readonly insertId: boolean;
  /** FOUND_ROWS() */
  readonly foundRows: boolean;
  /** ROW_COUNT() */
  readonly rowCount: boolean;
  /** The warnings and errors of the last statement. */
  readonly diagnostics: boolean;
}

export const NO_READS: StateReads = { insertId: false, foundRows: false, rowCount: false, diagnostics: false };

export function readsState({ insertId, foundRows, rowCount, diagnostics }: StateReads): boolean {
  return insertId || foundRows || rowCount || diagnostics;
}

/** What either of two reads. */
export function joinReads(a: StateReads, b: StateReads): StateReads {
  return {
    insertId: a.insertId || b.insertId,
    foundRows: a.foundRows || b.foundRows,
    rowCount: a.rowCount || b.rowCount,
    diagnostics: a.diagnostics || b.diagnostics,
  };
}
