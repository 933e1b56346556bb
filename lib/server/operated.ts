import type { ChangedSettings } from './changed-settings.js';
import type { ServerCounters } from './live-counters.js';
import type { MetricsSnapshot } from './metrics.js';
import type { Check } from './readiness.js';
import type { DescribedSession } from './session-list.js';

/** A MySQL connection, as operators see it. */
export interface DescribedConnection {
  readonly database: string;
  /** MySQL's number of it, as in SHOW PROCESSLIST. */
  readonly id: number;
  readonly state: 'idle' | 'parked' | 'used';
  /** The session that holds it, by the name for log lines. */
  readonly session?: string;
}

/** What operators can see of a server and do to it, whether that is one process or several. */
export interface Operated {
  /** @param statements whether the running statements and the numbers of unread rows are included */
  sessions(statements: boolean): Promise<readonly DescribedSession[]>;
  connections(): Promise<readonly DescribedConnection[]>;
  /** Whether the server can answer calls. */
  checks(): Promise<readonly Check[]>;
  counters(): Promise<ServerCounters>;
  /** One of each process. */
  metrics(): Promise<readonly MetricsSnapshot[]>;
  /**
   * Stops the statement that a session is running.
   *
   * @returns whether one was running; undefined if there is no such session
   */
  cancel(session: string): Promise<boolean | undefined>;
  /** @returns whether there is such a session */
  close(session: string): Promise<boolean>;
  /**
   * Makes new statements wait, until all connections are closed.
   *
   * @throws {ServiceFailure} if there is no such database, or if connections were still in use after `seconds`
   */
  pause(database: string, seconds: number): Promise<void>;
  /** @throws {ServiceFailure} if there is no such database */
  resume(database: string): Promise<void>;
  /** As on SIGHUP. @returns what has changed, or why nothing is reloaded */
  reload(): Promise<ChangedSettings | Error>;
}
