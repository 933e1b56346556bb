import { Cursor } from '../database/cursor.js';
import type { OpenSession } from '../netsvc/endpoint.js';

/** An open session, as operators see it. Times are in seconds. */
export interface DescribedSession {
  /** The name for log lines. */
  readonly session: string;
  readonly endpoint: string;
  readonly user: string;
  readonly host: string;
  readonly age: number;
  readonly idle: number;
  readonly calls: number;
  readonly state: 'idle' | 'running' | 'pinned';
  readonly pinReason?: string;
  /** The beginning of the running statement, for users of the admin service. */
  readonly statement?: string;
  /** The rows that were not fetched, for users of the admin service. */
  readonly rows?: number;
}

/** Characters of a statement that are shown. */
const SHOWN = 200;

/**
 * Describes an open session for operators: without its id, which is a credential.
 *
 * @param statement whether the running statement and the number of unread rows are included
 */
export function describeSession(session: OpenSession, statement: boolean): DescribedSession {
  const { logName, publicName, opener, activity } = session;
  const { age, idle, calls, running } = activity;
  const pinReason = session instanceof Cursor ? session.pinReason : undefined;
  return {
    session: logName,
    endpoint: publicName,
    user: opener.user,
    host: opener.remoteAddress,
    age: rounded(age),
    idle: rounded(idle),
    calls,
    state: running ? 'running' : pinReason === undefined ? 'idle' : 'pinned',
    ...(pinReason !== undefined && { pinReason }),
    ...(statement && session instanceof Cursor && useOf(session)),
  };
}

function useOf({ use: { sql, rows } }: Cursor): Pick<DescribedSession, 'statement' | 'rows'> {
  return { statement: sql.length > SHOWN ? `${sql.slice(0, SHOWN)}...` : sql, rows };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
