import type { RunningStatement } from '../../database/pool/running-statement.js';
import {
  type DescribedSession,
  type SessionDetail,
  secondsSince,
  shortened,
} from '../observation/described-session.js';
import type { ServerState } from '../observation/server-state.js';

/** A call of a database without a session, while its statement runs. */
export interface SessionlessCall {
  /** As if it were a session, whose name is ''. */
  readonly described: DescribedSession;
  readonly statement: RunningStatement;
}

/** Returns the calls without a session that are running a statement. */
export function sessionlessCalls({ registry, pools }: ServerState, detail: SessionDetail): SessionlessCall[] {
  const held = new Set<string>();
  for (const session of registry.sessions) {
    const { holds } = session.describe();
    if (holds) held.add(`${holds.pool} ${holds.id}`);
  }
  return pools.flatMap(({ name, connections }) =>
    connections.flatMap(({ threadId, statement }) => {
      if (!statement?.running || held.has(`${name} ${threadId}`)) return [];
      return { described: described(name, threadId, statement, detail), statement };
    }),
  );
}

function described(
  endpoint: string,
  connection: number,
  { user, host, since, sql }: RunningStatement,
  { statements }: SessionDetail,
): DescribedSession {
  const age = since === undefined ? 0 : secondsSince(since);
  const all = { session: '', endpoint, user, host, age, idle: 0, calls: 1, state: 'running', connection } as const;
  return { ...all, statementAge: age, ...(statements && { statement: shortened(sql) }) };
}
