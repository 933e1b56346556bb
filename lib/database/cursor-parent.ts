import type { Service } from '../netsvc/service.js';
import type { Session } from '../netsvc/session.js';
import type { ConnectionPool } from './connections/connection-pool.js';
import type { RowCount } from './connections/counted-rows.js';
import type { LeaseOptions } from './pinning/lease-options.js';
import type { ResultLimits } from './results/result-limits.js';
import type { ValueOptions } from './rows/value-options.js';

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
  /** Which rows of an UPDATE are counted; undefined: as the database does. */
  readonly rows?: RowCount | undefined;
}

/** The limits on what sessions do, with their defaults. */
export interface CompleteLimits extends ResultLimits, LeaseOptions {
  readonly maxTimeout: number;
}

/** What a cursor needs of its database service. */
export interface CursorParent extends Service {
  readonly pool: ConnectionPool;
  readonly limits: CompleteLimits;
  readonly values: ValueOptions;

  /** What is sent in front of each statement of a user, in a session or in none; undefined: nothing. */
  label(user: string, session?: Session): string | undefined;
}

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
  /** Bytes of its rows that are in spill files. */
  readonly inFiles: number;
}

/** @param stored the rows that can be fetched */
export function useOf(
  database: string,
  { threadId, runningSql: sql }: { readonly threadId: number | undefined; readonly runningSql: string },
  stored: { readonly unfetched: number; readonly size: number; readonly inMemory: number } | undefined,
): CursorUse {
  const inFiles = stored === undefined ? 0 : stored.size - stored.inMemory;
  return { database, threadId, sql, rows: stored?.unfetched ?? 0, inFiles };
}
