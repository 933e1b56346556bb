import { Cursor } from '../database/cursor.js';
import type { OpenSession } from '../netsvc/endpoint.js';

/** Describes open sessions for operators: without their ids, which are credentials, and without SQL. */
export function sessionList(sessions: Iterable<OpenSession>): object[] {
  return [...sessions].map(describeSession);
}

export function describeSession(session: OpenSession): object {
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
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
