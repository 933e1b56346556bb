import type { ConnectionPool } from '../database/connections/connection-pool.js';
import { Cursor } from '../database/cursor.js';
import type { OpenSession } from '../netsvc/endpoint.js';
import { FAULTS } from '../netsvc/faults.js';
import { incorrect } from '../netsvc/method-declaration.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import type { ServiceRegistry } from '../netsvc/service-registry.js';
import type { ChangedSettings } from './changed-settings.js';
import { type ServerCounters, serverCounters } from './live-counters.js';
import type { Metrics, MetricsSnapshot } from './metrics.js';
import type { DescribedConnection, Operated } from './operated.js';
import type { Check, Readiness } from './readiness.js';
import { type DescribedSession, describeSession } from './session-list.js';

/** What the operated process consists of. */
export interface ProcessParts {
  readonly registry: () => ServiceRegistry;
  readonly pools: () => readonly ConnectionPool[];
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly reload: () => ChangedSettings | Error;
}

/** This process, for operators. */
export class OperatedProcess implements Operated {
  readonly #parts: ProcessParts;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
  }

  async sessions(statements: boolean): Promise<DescribedSession[]> {
    return [...this.#sessions].map((session) => describeSession(session, statements));
  }

  async connections(): Promise<DescribedConnection[]> {
    const holders = new Map<string, string>();
    for (const session of this.#sessions) {
      if (!(session instanceof Cursor)) continue;
      const { database, threadId } = session.use;
      if (threadId !== undefined) holders.set(`${database} ${threadId}`, session.logName);
    }
    return this.#parts.pools().flatMap(({ name, connections }) =>
      connections.map(({ threadId, state }) => {
        const session = holders.get(`${name} ${threadId}`);
        return { database: name, id: threadId, state, ...(session !== undefined && { session }) };
      }),
    );
  }

  checks(): Promise<readonly Check[]> {
    return this.#parts.readiness.check();
  }

  async counters(): Promise<ServerCounters> {
    return serverCounters(this.#parts.pools(), this.#parts.metrics);
  }

  async metrics(): Promise<MetricsSnapshot[]> {
    return [await this.#parts.metrics.snapshot()];
  }

  async cancel(name: string): Promise<boolean | undefined> {
    const session = this.#session(name);
    if (session === undefined) return undefined;
    const reason = ServiceFailure.of(FAULTS.RESPONSE_ABORTED, 'An operator stopped the statement.');
    return session instanceof Cursor && session.cancel(reason);
  }

  async close(name: string): Promise<boolean> {
    const session = this.#session(name);
    await session?.closeByOperator();
    return session !== undefined;
  }

  async pause(database: string, seconds: number): Promise<void> {
    await this.#pool(database).pause(seconds);
  }

  async resume(database: string): Promise<void> {
    this.#pool(database).resume();
  }

  async reload(): Promise<ChangedSettings | Error> {
    return this.#parts.reload();
  }

  get #sessions(): Iterable<OpenSession> {
    return this.#parts.registry().sessions;
  }

  #session(name: string): OpenSession | undefined {
    for (const session of this.#sessions) if (session.logName === name) return session;
    return undefined;
  }

  #pool(database: string): ConnectionPool {
    const pools = this.#parts.pools();
    const found = pools.find(({ name }) => name === database);
    if (found === undefined) {
      throw incorrect(`database: expected one of ${pools.map(({ name }) => name).join(', ')}.`);
    }
    return found;
  }
}
