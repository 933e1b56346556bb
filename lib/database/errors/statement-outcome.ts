/** What MySQL reported of a statement when it ended. Later statements of the session can ask for it. */
export interface StatementOutcome {
  /** Undefined if the statement returned a result set. */
  readonly affectedRows: number | undefined;
  readonly insertId: number | string;
  readonly warnings: number;
  /** Whether autocommit is on behind the statement; undefined if it failed, as an error does not say. */
  readonly autocommit: boolean | undefined;
  /** MySQL's text for people, such as "Rows matched: 1  Changed: 1  Warnings: 0"; '' for most statements. */
  readonly info: string;
  /** The number of rows that MySQL sent. */
  readonly rows: number;
  /**
   * Whether the statement was refused before it ran (SQL state 42: syntax, unknown names, privileges) or failed while
   * it ran.
   */
  readonly failure: 'none' | 'refused' | 'failed';
  /** The number of MySQL's error; 0 if there was none. */
  readonly errno: number;
}
