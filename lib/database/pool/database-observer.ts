import type { Observer } from '../../netsvc/observer.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';

/** What requests are refused for want of, of which each database has its own. */
export const DATABASE_RESOURCES = [
  /** No connection became free in time. */
  'connections',
  'connections_of_user',
  /** The requests that wait for a connection. */
  'waiting',
  /** MySQL has too many connections: errors 1040, 1203 and 1226. */
  'mysql_connections',
] as const;

export type DatabaseResource = (typeof DATABASE_RESOURCES)[number];

/**
 * Receives what a pool reports, for metrics and the log: see `Observer`. `database` is the name of the pool. Durations
 * are in seconds.
 */
export interface DatabaseObserver extends Pick<Observer, 'refused'> {
  statementEnded?(statement: StatementEnd): void;
  /** A request got a connection, at once or after a wait. */
  connectionAcquired?(database: string, seconds: number): void;
  /** A request got none in time. */
  connectionTimedOut?(database: string): void;
  /** An attempt to open a connection has ended. @param error if it failed */
  connectEnded?(database: string, error?: Error): void;
  /** Another server of a database is used from now on. @param host its host and port */
  hostChanged?(database: string, host: string): void;
  /** @param reason why it is disabled */
  availabilityChanged?(database: string, availability: Availability, reason?: string): void;
  /** A connection is closed, because it could not be reset. @param error why, such as what the reset did not restore */
  resetFailed?(database: string, error: unknown): void;
}

/** Whether requests get connections of a pool. */
export type Availability = 'open' | 'paused' | 'disabled';

export interface StatementEnd {
  readonly database: string;
  /** MySQL's error number; undefined if the statement succeeded. */
  readonly error: number | undefined;
  /** It was stopped before MySQL answered: its client got another fault. */
  readonly cancelled: boolean;
  /** The number of rows that MySQL sent. */
  readonly rows: number;
  /** Until the last row or, for SS cursors, the first. */
  readonly seconds: number;
  /** The text, with its arguments in place. */
  readonly sql: string;
  /** The request that it ran for. */
  readonly request: ServiceRequest | undefined;
}
