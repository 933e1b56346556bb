import type { DatabaseObserver } from './database-observer.js';
import type { Claimant } from './pool-client.js';
import type { ConnectionUse } from './pooled-connection.js';

/** What of a pool can be replaced while it is used. */
export interface PoolSettings {
  /** The maximum number of connections; 50 by default. */
  readonly connections?: number;
  /** Seconds to wait for a connection, whatever for: until one is free, or MySQL accepts one more; 10 by default. */
  readonly connectWait?: number;
  /**
   * Seconds after which a connection is closed when no session uses it; 300 by default, 0 for never. Then what an
   * administrator has changed of the account takes effect, such as its privileges, its roles and its password.
   */
  readonly maxConnectionAge?: number;
  /**
   * Makes sessions read-only by `SET SESSION TRANSACTION READ ONLY`, which a client can undo. To enforce it, revoke the
   * account's privileges.
   */
  readonly readOnly?: boolean;
  /** Statements that each connection runs before a session uses it, such as `SET time_zone = '+00:00'`. */
  readonly init?: readonly string[];
}

export interface ConnectionPoolOptions extends PoolSettings {
  /**
   * The maximum number of connections that a user may hold: use, or be pinned to. An anonymous client counts by its
   * address. By default there is no limit.
   */
  readonly connectionsPerUser?: number;
  /** The maximum length of the wait queue; 10,000 by default. */
  readonly maxWaiting?: number;
  /** Receives statements, waits and attempts to connect, as those of the database `name`. */
  readonly observer?: DatabaseObserver;
  readonly name?: string;
}

/** How many connections of a pool are doing what. */
export interface ConnectionCounts extends Readonly<Record<ConnectionUse, number>> {
  /** All of them. */
  readonly open: number;
  /** Requests in the wait queue. */
  readonly waiting: number;
}

/** Whom a request is for, and how long it waits. */
export interface AcquireOptions extends Claimant {
  /** Cancels the wait. */
  readonly signal?: AbortSignal | undefined;
}
