import type { ConnectionPool } from '../database/connections/connection-pool.js';
import type { Metrics } from './metrics.js';
import type { DescribedSession } from './session-list.js';

/** The numbers on the page of sessions. */
export interface LiveCounters {
  readonly sessions: number;
  readonly running: number;
  readonly pinned: number;
  /** MySQL connections that are neither idle nor parked. */
  readonly inUse: number;
  /** Requests that wait for a MySQL connection. */
  readonly waiting: number;
  /** Since the start. */
  readonly calls: number;
  /** Calls that were answered with a fault, since the start. */
  readonly faults: number;
}

export function liveCounters(
  sessions: readonly DescribedSession[],
  pools: readonly ConnectionPool[],
  metrics: Metrics,
): LiveCounters {
  const counts = pools.map((pool) => pool.counts);
  return {
    sessions: sessions.length,
    running: sessions.filter(({ state }) => state === 'running').length,
    pinned: sessions.filter(({ pinReason }) => pinReason !== undefined).length,
    inUse: counts.reduce((sum, { open, idle, parked }) => sum + open - idle - parked, 0),
    waiting: counts.reduce((sum, { waiting }) => sum + waiting, 0),
    ...metrics.callCounts(),
  };
}
