import type { ConnectionPool } from '../database/connections/connection-pool.js';
import type { ConnectionUse } from '../database/connections/pooled-connection.js';
import type { OpenSession } from '../netsvc/endpoint.js';
import { incorrect } from '../netsvc/method-declaration.js';
import { aborted } from '../netsvc/service-failure.js';
import type { Metrics } from './metrics.js';
import type { Readiness } from './readiness.js';
import type { ServerParts } from './server-parts.js';

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
  readonly state: 'idle' | 'running' | 'pinned';
  readonly pinReason?: string;
  /** The beginning of the running statement, for users of the admin service. */
  readonly statement?: string;
  /** The rows that were not fetched, for users of the admin service. */
  readonly rows?: number;
}

/** A MySQL connection, as operators see it. */
export interface DescribedConnection {
  readonly database: string;
  /** MySQL's number of it, as in SHOW PROCESSLIST. */
  readonly id: number;
  readonly state: ConnectionUse;
  /** The session that holds it, by the name for log lines. */
  readonly session?: string;
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

/** Characters of a statement that are shown. */
const SHOWN = 200;

/** What operators can see of the server and do to it. */
export class Operated {
  readonly #parts: ServerParts;
  readonly readiness: Readiness;
  readonly #metrics: Metrics;

  constructor(parts: ServerParts, readiness: Readiness, metrics: Metrics) {
    this.#parts = parts;
    this.readiness = readiness;
    this.#metrics = metrics;
  }

  /** @param statements whether the running statements and the numbers of unread rows are included */
  sessions(statements: boolean): DescribedSession[] {
    return [...this.#sessions].map((session) => describeSession(session, statements));
  }

  connections(): DescribedConnection[] {
    const holders = new Map<string, string>();
    for (const session of this.#sessions) {
      const { holds } = session.describe();
      if (holds) holders.set(`${holds.pool} ${holds.id}`, session.logName);
    }
    return this.#parts.pools.flatMap(({ name, connections }) =>
      connections.map(({ threadId, use }) => {
        const session = holders.get(`${name} ${threadId}`);
        return { database: name, id: threadId, state: use, ...(session !== undefined && { session }) };
      }),
    );
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
    await this.readiness.check([], true);
    return this.#metrics.text();
  }

  /**
   * Stops the statement that a session is running.
   *
   * @returns whether one was running; undefined if there is no such session
   */
  cancel(name: string): boolean | undefined {
    return this.#session(name)?.cancel(aborted('An operator stopped the statement.'));
  }

  /** @returns whether there is such a session */
  async close(name: string): Promise<boolean> {
    const session = this.#session(name);
    await session?.closeFor('operator');
    return session !== undefined;
  }

  /**
   * Makes new statements wait, until all connections are closed.
   *
   * @throws {ServiceFailure} if there is no such database, or if connections were still in use after `seconds`
   */
  async pause(database: string, seconds: number): Promise<void> {
    await this.#pool(database).pause(seconds);
  }

  /** @throws {ServiceFailure} if there is no such database */
  resume(database: string): void {
    this.#pool(database).resume();
  }

  /** As on SIGHUP. @returns the keys that have changed @throws {UsageError} why nothing is reloaded */
  reload(): Promise<string[]> {
    return this.#parts.reload();
  }

  /**
   * Forgets the failed logins of a user, of the network of an address, of a user there, or all.
   *
   * @returns how many logins and networks were waiting
   */
  unlock(login?: string, host?: string): number {
    return this.#parts.unlock(login, host);
  }

  get #sessions(): Iterable<OpenSession> {
    return this.#parts.registry.sessions;
  }

  #session(name: string): OpenSession | undefined {
    for (const session of this.#sessions) if (session.logName === name) return session;
    return undefined;
  }

  #pool(database: string): ConnectionPool {
    const { pools } = this.#parts;
    const found = pools.find(({ name }) => name === database);
    if (found === undefined) {
      const names = pools.map(({ name }) => name).join(', ');
      throw incorrect(`database: expected one of ${names}, received ${database.slice(0, SHOWN)}.`);
    }
    return found;
  }
}

/**
 * Describes an open session for operators: without its id, which is a credential.
 *
 * @param statement whether the running statement and the number of unread rows are included
 */
function describeSession(session: OpenSession, statement: boolean): DescribedSession {
  const { logName, publicName, opener, activity } = session;
  const { age, idle, calls, running } = activity;
  const { running: text = '', pinReason, unread = 0 } = session.describe();
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
    ...(statement && { statement: shortened(text), rows: unread }),
  };
}

function shortened(statement: string): string {
  return statement.length > SHOWN ? `${statement.slice(0, SHOWN)}...` : statement;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
