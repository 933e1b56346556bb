import type { Availability } from '../../database/pool/database-observer.js';
import type { ConnectionUse } from '../../database/pool/pooled-connection.js';
import type { ServiceRegistry } from '../../netsvc/service-registry.js';
import {
  type DescribedSession,
  describeSession,
  type SessionDetail,
  secondsSince,
  shortened,
} from '../observation/described-session.js';
import type { Metrics } from '../observation/metrics.js';
import type { ServerState } from '../observation/server-state.js';
import type { StatementTable } from '../observation/statement-table.js';
import {
  type DescribedStatement,
  type DescribedUser,
  describeStatements,
  describeUsers,
} from '../observation/usage.js';
import type { UserCounters } from '../observation/user-counters.js';
import type { OperatorActs } from './operator-acts.js';
import type { Readiness } from './readiness.js';
import type { SessionCriteria } from './session-criteria.js';
import { sessionlessCalls } from './sessionless-calls.js';

/** A MySQL connection, as operators see it. Times are in seconds. */
export interface DescribedConnection {
  readonly database: string;
  /** MySQL's number of it, as in SHOW PROCESSLIST. */
  readonly id: number;
  readonly state: ConnectionUse;
  /** For how long. */
  readonly age: number;
  /** The session that holds it, by the name for log lines. */
  readonly session?: string;
  /** Who uses it, or is pinned to it: a user, or the address of anonymous clients. */
  readonly user?: string;
  readonly host?: string;
  /** The beginning of the statement that runs on it, and for how long it has. */
  readonly statement?: string;
  readonly statementAge?: number;
}

/** A database, as operators see it. */
export interface DescribedDatabase {
  readonly database: string;
  readonly state: Availability | 'unreachable';
  /** Why it is disabled, if that was said. */
  readonly reason?: string;
  readonly sessions: number;
  /** MySQL connections that are open, that sessions use or are pinned to, and the limit. */
  readonly connections: number;
  readonly inUse: number;
  readonly limit: number;
  /** Requests that wait for one. */
  readonly waiting: number;
}

/** The numbers on the page of sessions. */
export interface LiveCounters {
  readonly sessions: number;
  readonly running: number;
  readonly pinned: number;
  /** MySQL connections that sessions use or are pinned to. */
  readonly inUse: number;
  /** Requests that wait for a MySQL connection. */
  readonly waiting: number;
  /** Since the start. */
  readonly calls: number;
  /** Calls that were answered with a fault, since the start. */
  readonly faults: number;
}

export interface OperatorViewOptions {
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly users: UserCounters;
  readonly statements: StatementTable;
  readonly acts: OperatorActs;
}

/** What operators can see of the server, and through `acts` do to it. */
export class OperatorView {
  readonly acts: OperatorActs;
  readonly userCounters: UserCounters;
  readonly statementTable: StatementTable;
  readonly #parts: ServerState;
  readonly readiness: Readiness;
  readonly #metrics: Metrics;

  constructor(parts: ServerState, { readiness, metrics, users, statements, acts }: OperatorViewOptions) {
    this.#parts = parts;
    this.readiness = readiness;
    this.#metrics = metrics;
    this.acts = acts;
    this.userCounters = users;
    this.statementTable = statements;
  }

  /** @param criteria select some of them */
  sessions(detail: SessionDetail, criteria?: SessionCriteria): DescribedSession[] {
    const sessions = [...this.#sessions].map((session) => describeSession(session, detail));
    return criteria === undefined ? sessions : criteria.select(sessions);
  }

  /** The calls without a session that are running a statement. */
  calls(detail: SessionDetail): DescribedSession[] {
    return sessionlessCalls(this.#parts, detail).map(({ described }) => described);
  }

  connections(): DescribedConnection[] {
    const sessions = new Map<string, string>();
    for (const session of this.#sessions) {
      const { holds } = session.describe();
      if (holds) sessions.set(`${holds.pool} ${holds.id}`, session.logName);
    }
    return this.#parts.pools.flatMap(({ name, connections }) =>
      connections.map(({ threadId, use, since, holder, statement }) => {
        const session = sessions.get(`${name} ${threadId}`);
        return {
          database: name,
          id: threadId,
          state: use,
          age: secondsSince(since),
          ...(session !== undefined && { session }),
          ...holder?.owner,
          ...(statement?.running && { statement: shortened(statement.sql) }),
          ...(statement?.running && statement.since !== undefined && { statementAge: secondsSince(statement.since) }),
        };
      }),
    );
  }

  databases(): DescribedDatabase[] {
    const { pools } = this.#parts;
    const sessions = new Map<string, number>();
    for (const { publicName } of this.#sessions) sessions.set(publicName, (sessions.get(publicName) ?? 0) + 1);
    return pools.map(({ name, counts, limit, disabled, paused, unreachable }) => ({
      database: name,
      state: disabled !== undefined ? 'disabled' : paused ? 'paused' : unreachable ? 'unreachable' : 'open',
      ...(disabled && { reason: disabled }),
      sessions: sessions.get(name) ?? 0,
      connections: counts.open,
      inUse: counts.used + counts.pinned,
      limit,
      waiting: counts.waiting,
    }));
  }

  /** Those that have taken the most time are first. */
  statements(): DescribedStatement[] {
    return describeStatements(this.statementTable);
  }

  /** Those whose statements have taken the most time are first. */
  users(): DescribedUser[] {
    return describeUsers(this.userCounters, this.#parts);
  }

  counters(sessions: readonly DescribedSession[]): LiveCounters {
    const { pools } = this.#parts;
    return {
      sessions: sessions.length,
      running: sessions.filter(({ state }) => state === 'running').length,
      pinned: sessions.filter(({ pinReason }) => pinReason !== undefined).length,
      inUse: pools.reduce((sum, { counts: { used, pinned } }) => sum + used + pinned, 0),
      waiting: pools.reduce((sum, { counts }) => sum + counts.waiting, 0),
      ...this.#metrics.callCounts(),
    };
  }

  /** In the text format of Prometheus. Databases that no client uses are asked, too. */
  async metrics(): Promise<string> {
    await this.readiness.check([], { all: true });
    return this.#metrics.text();
  }

  get #sessions(): ServiceRegistry['sessions'] {
    return this.#parts.registry.sessions;
  }
}
