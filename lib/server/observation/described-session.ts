import type { OpenSession } from '../../netsvc/endpoint.js';

export const SESSION_STATES = ['running', 'pinned', 'idle'] as const;

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
  readonly state: (typeof SESSION_STATES)[number];
  readonly pinReason?: string;
  /** MySQL's number of the connection that it holds, as in SHOW PROCESSLIST. */
  readonly connection?: number;
  /** For how long a statement has been running. */
  readonly statementAge?: number;
  /** For how long a transaction has been open. */
  readonly transactionAge?: number;
  /** The beginning of the running statement, for users of the admin service. */
  readonly statement?: string;
  /** The beginning of the last statement, if none is running and the session still holds its connection. */
  readonly lastStatement?: string;
  /** The rows that were not fetched, for users of the admin service. */
  readonly rows?: number;
}

/** Characters of a statement that are shown. */
const SHOWN = 200;

/** What an operator sees of sessions. */
export interface SessionDetail {
  /** Whether their statements and the numbers of unread rows are included. */
  readonly statements: boolean;
}

/** Describes an open session for operators: without its id, which is a credential. */
export function describeSession(session: OpenSession, { statements }: SessionDetail): DescribedSession {
  const { logName, publicName, opener, activity } = session;
  const { age, idle, calls, running } = activity;
  const { running: text = '', last, pinReason, holds, unread = 0, runningSince, transactionSince } = session.describe();
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
    ...(holds && { connection: holds.id }),
    ...(runningSince !== undefined && { statementAge: secondsSince(runningSince) }),
    ...(transactionSince !== undefined && { transactionAge: secondsSince(transactionSince) }),
    ...(statements && { statement: shortened(text), rows: unread }),
    ...(statements && last !== undefined && { lastStatement: shortened(last) }),
  };
}

export function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/** @param since in milliseconds of `performance.now` */
export function secondsSince(since: number): number {
  return rounded((performance.now() - since) / 1000);
}

/** To milliseconds. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
