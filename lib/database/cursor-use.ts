/** What a session is doing with MySQL. */
export interface CursorUse {
  /** The name of its pool. */
  readonly database: string;
  /** MySQL's number of the connection that it holds; undefined if there is none. */
  readonly threadId: number | undefined;
  /** The running statement; '' if there is none. */
  readonly sql: string;
  /** The number of rows that can be fetched and are kept for that; 0 for SS cursors, which keep none. */
  readonly rows: number;
}
