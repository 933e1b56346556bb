import type { ServerState } from './server-state.js';
import type { StatementCount, StatementTable } from './statement-table.js';
import type { UserCount, UserCounters } from './user-counters.js';

/** What the statements with a digest have done, as operators see it. Durations are in seconds. */
export interface DescribedStatement {
  readonly database: string;
  /** '' for those that there was no room for. */
  readonly digest: string;
  /** How many digests there was no room for, if it is their sum. */
  readonly others?: number;
  readonly calls: number;
  readonly errors: number;
  readonly rows: number;
  readonly seconds: number;
  readonly mean: number;
  readonly max: number;
  /** Who ran it last, from where, and when (ISO 8601, UTC). */
  readonly user: string;
  readonly host: string;
  readonly lastSeen: string;
}

/** What a user, or the anonymous clients of an address, hold and have done. Durations are in seconds. */
export interface DescribedUser {
  /** '' for anonymous clients, and for those that there was no room for. */
  readonly user: string;
  /** The address of anonymous clients. */
  readonly host: string;
  /** How many there was no room for, if it is their sum. */
  readonly others?: number;
  /** Open sessions. */
  readonly sessions: number;
  /** MySQL connections that others cannot have. */
  readonly connections: number;
  readonly calls: number;
  readonly faults: number;
  readonly statements: number;
  readonly seconds: number;
  readonly rows: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly failedLogins: number;
  /** ISO 8601, UTC; '' if only what is open is known. */
  readonly lastSeen: string;
}

export function describeStatements(table: StatementTable): DescribedStatement[] {
  const counts = table.counts.map((count) => describeStatement(count));
  const others = table.others.map(({ row, count }) => describeStatement(row, count));
  return [...counts, ...others].sort((a, b) => b.seconds - a.seconds);
}

function describeStatement(count: StatementCount, others?: number): DescribedStatement {
  const { database, digest, calls, errors, rows, seconds, max, user, host, lastSeen } = count;
  return {
    database,
    digest,
    ...(others !== undefined && { others }),
    calls,
    errors,
    rows,
    seconds: precise(seconds),
    mean: precise(seconds / calls),
    max: precise(max),
    user,
    host,
    lastSeen: new Date(lastSeen).toISOString(),
  };
}

/** What is open, by user and by address. */
interface Open {
  sessions: number;
  connections: number;
}

export function describeUsers(counters: UserCounters, { registry, pools }: ServerState): DescribedUser[] {
  const open = new Map<string, Open>();
  const openOf = (user: string, host: string) => {
    const key = keyOf(user, host);
    const known = open.get(key) ?? { sessions: 0, connections: 0 };
    open.set(key, known);
    return known;
  };
  for (const { opener } of registry.sessions) openOf(opener.user, opener.remoteAddress).sessions++;
  for (const { connections } of pools) {
    for (const { holder } of connections) {
      if (holder === undefined) continue;
      const { user = '', host = '' }: { user?: string; host?: string } = holder.owner;
      openOf(user, host).connections++;
    }
  }
  const counted = counters.counts.map((count) => {
    const key = keyOf(count.user, count.host);
    const its = open.get(key);
    open.delete(key);
    return describeUser(count, its);
  });
  const uncounted = [...open].map(([key, its]) => ({ ...NOTHING, ...ownerOf(key), ...its }));
  const { others } = counters;
  const rest = others ? [{ ...describeUser(others.row), others: others.count }] : [];
  return [...counted, ...uncounted, ...rest].sort((a, b) => b.seconds - a.seconds || b.calls - a.calls);
}

const NONE: Open = { sessions: 0, connections: 0 };
const COUNTS = { calls: 0, faults: 0, statements: 0, seconds: 0, rows: 0, bytesIn: 0, bytesOut: 0, failedLogins: 0 };
const NOTHING: DescribedUser = { user: '', host: '', ...NONE, ...COUNTS, lastSeen: '' };

function describeUser({ user, host, seconds, lastSeen, ...counts }: UserCount, open = NONE): DescribedUser {
  return { user, host, ...open, ...counts, seconds: precise(seconds), lastSeen: new Date(lastSeen).toISOString() };
}

function keyOf(user: string, host: string): string {
  return user === '' ? `host ${host}` : `user ${user}`;
}

function ownerOf(key: string): Pick<DescribedUser, 'user' | 'host'> {
  const [kind, name] = [key.slice(0, 4), key.slice(5)];
  return kind === 'user' ? { user: name, host: '' } : { user: '', host: name };
}

/** To microseconds: a statement often takes less than a millisecond. */
function precise(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
