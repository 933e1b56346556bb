import type { ConnectionPool } from '../database/connections/connection-pool.js';
import type { Metrics } from './metrics.js';
import type { DescribedSession } from './session-list.js';

/** The numbers of the server. */
export interface ServerCounters {
  /** MySQL connections that sessions use or are pinned to. */
  readonly inUse: number;
  /** Requests that wait for a MySQL connection. */
  readonly waiting: number;
  /** Since the start. */
  readonly calls: number;
  /** Calls that were answered with a fault, since the start. */
  readonly faults: number;
}

/** The numbers on the page of sessions. */
export interface LiveCounters extends ServerCounters {
  readonly sessions: number;
  readonly running: number;
  readonly pinned: number;
}

export function serverCounters(pools: readonly ConnectionPool[], metrics: Metrics): ServerCounters {
  const counts = pools.map((pool) => pool.counts);
  return {
    inUse: counts.reduce((sum, { used, pinned }) => sum + used + pinned, 0),
    waiting: counts.reduce((sum, { waiting }) => sum + waiting, 0),
    ...metrics.callCounts(),
  };
}

export function liveCounters(sessions: readonly DescribedSession[], counters: ServerCounters): LiveCounters {
  return {
    sessions: sessions.length,
    running: sessions.filter(({ state }) => state === 'running').length,
    pinned: sessions.filter(({ pinReason }) => pinReason !== undefined).length,
    ...counters,
  };
}
