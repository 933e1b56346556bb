/** The cursor classes of MySQLdb, by name. */
export const CURSOR_CLASSES: ReadonlyMap<string, CursorClass> = new Map([
  ['Cursor', { streamed: false, dict: false }],
  ['DictCursor', { streamed: false, dict: true }],
  ['SSCursor', { streamed: true, dict: false }],
  ['SSDictCursor', { streamed: true, dict: true }],
]);

export interface CursorClass {
  /** Rows are received while they are fetched, and not stored. */
  readonly streamed: boolean;
  /** Rows are structs, and not arrays. */
  readonly dict: boolean;
}

/** What a session is opened with. */
export interface CursorOptions extends CursorClass {
  readonly autocommit: boolean;
}
