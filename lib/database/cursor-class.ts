/** The cursor classes of MySQLdb by name: whether rows are stored or streamed, and whether they are tuples or dictionaries. */
export const CURSOR_CLASSES: ReadonlyMap<string, CursorClass> = new Map([
  ['Cursor', { streamed: false, dict: false }],
  ['DictCursor', { streamed: false, dict: true }],
  ['SSCursor', { streamed: true, dict: false }],
  ['SSDictCursor', { streamed: true, dict: true }],
]);

export interface CursorClass {
  readonly streamed: boolean;
  readonly dict: boolean;
}
