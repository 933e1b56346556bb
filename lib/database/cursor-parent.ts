import type { SessionState } from '../netsvc/endpoint.js';
import type { Service } from '../netsvc/service.js';
import type { DatabaseSettings } from './database-options.js';
import type { RowCount } from './driver/counted-rows.js';
import type { PinReason } from './pinning/pin-reason.js';
import type { ConnectionPool } from './pool/connection-pool.js';
import type { RunningStatement } from './pool/running-statement.js';

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

/** What a cursor needs of its database service. */
export interface CursorParent extends Service {
  readonly pool: ConnectionPool;
  readonly settings: DatabaseSettings;

  /** Whether a user may still use the database. */
  allows(user: string): boolean;
}

/** The part of a lease that operators see. */
interface DescribedLease {
  readonly pinReason: PinReason | undefined;
  readonly held: DescribedConnection | undefined;
}

interface DescribedConnection {
  readonly connection: { readonly threadId: number };
  readonly statement: Pick<RunningStatement, 'running' | 'sql' | 'since'> | undefined;
  readonly transactionSince: number | undefined;
}

/**
 * Describes a session for operators.
 *
 * @param database the name of its pool
 * @param stored the rows that can be fetched; SS cursors keep none
 */
export function stateOf(
  database: string,
  lease: DescribedLease | undefined,
  stored: { readonly unfetched: number; readonly size: number; readonly inMemory: number } | undefined,
): SessionState {
  const { pinReason, held } = lease ?? {};
  return {
    ...(pinReason !== undefined && { pinReason }),
    ...(held && heldState(database, held)),
    unread: stored?.unfetched ?? 0,
    inFiles: stored === undefined ? 0 : stored.size - stored.inMemory,
  };
}

function heldState(database: string, { connection, statement, transactionSince }: DescribedConnection): SessionState {
  return {
    holds: { pool: database, id: connection.threadId },
    ...(statement?.running && { running: statement.sql, runningSince: statement.since }),
    ...(statement && !statement.running && { last: statement.sql }),
    ...(transactionSince !== undefined && { transactionSince }),
  };
}
