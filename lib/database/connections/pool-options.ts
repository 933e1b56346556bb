import type { Observer } from '../../netsvc/observer.js';

export interface ConnectionPoolOptions {
  /** The maximum number of connections; 50 by default. */
  readonly connections?: number;
  /** Seconds to wait for a free connection; 10 by default. */
  readonly connectWait?: number;
  /** The maximum length of the wait queue; 10,000 by default. */
  readonly maxWaiting?: number;
  /**
   * Makes sessions read-only by `SET SESSION TRANSACTION READ ONLY`, which a client can undo. To enforce it, revoke the
   * account's privileges.
   */
  readonly readOnly?: boolean;
  /** Statements that each connection runs before a session uses it, such as `SET time_zone = '+00:00'`. */
  readonly init?: readonly string[];
  /** Receives statements, waits and attempts to connect, as those of the database `name`. */
  readonly observer?: Observer;
  readonly name?: string;
}

/** What the connections of a pool are doing. */
export interface ConnectionCounts {
  readonly open: number;
  readonly idle: number;
  readonly parked: number;
  /** Requests in the wait queue. */
  readonly waiting: number;
}

export interface AcquireOptions {
  /** Cancels the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** A connection of a pool, for operators. */
export interface PooledConnection {
  /** MySQL's number of it, as in SHOW PROCESSLIST. */
  readonly threadId: number;
  readonly state: 'idle' | 'parked' | 'used';
}
