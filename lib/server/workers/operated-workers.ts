import type { ChangedSettings } from '../changed-settings.js';
import type { ServerCounters } from '../live-counters.js';
import type { MetricsSnapshot } from '../metrics.js';
import type { DescribedConnection, Operated } from '../operated.js';
import type { Check } from '../readiness.js';
import type { DescribedSession } from '../session-list.js';
import { resultOf } from './outcome.js';
import type { OperatedMethods, WorkerCalls } from './worker-channel.js';
import { WorkerMetrics } from './worker-metrics.js';

/** All workers, for operators. */
export class OperatedWorkers implements Operated {
  /** Why the server itself is not ready; undefined if it is. */
  state: 'starting' | 'draining' | undefined = 'starting';
  readonly #workers: () => readonly WorkerCalls[];
  readonly #reload: () => Promise<ChangedSettings | Error>;
  readonly #metrics = new WorkerMetrics();

  /**
   * @param workers those that are running
   * @param reload reloads the primary process and the workers
   */
  constructor(workers: () => readonly WorkerCalls[], reload: () => Promise<ChangedSettings | Error>) {
    this.#workers = workers;
    this.#reload = reload;
  }

  async sessions(statements: boolean): Promise<readonly DescribedSession[]> {
    return (await this.#ask('sessions', statements)).flat();
  }

  async connections(): Promise<readonly DescribedConnection[]> {
    return (await this.#ask('connections')).flat();
  }

  /** A check has failed if it has in one of the workers. */
  async checks(): Promise<readonly Check[]> {
    const server = { name: 'server', failure: this.state };
    if (this.state !== undefined) return [server];
    const all = (await this.#ask('checks')).flat();
    if (all.length === 0) return [{ ...server, failure: 'no worker is running' }];
    const byName = new Map<string, Check>();
    for (const check of all) {
      if (byName.get(check.name)?.failure === undefined) byName.set(check.name, check);
    }
    return [...byName.values()];
  }

  async counters(): Promise<ServerCounters> {
    const all = await this.#ask('counters');
    const sum = (of: keyof ServerCounters) => all.reduce((total, counters) => total + counters[of], 0);
    return { inUse: sum('inUse'), waiting: sum('waiting'), calls: sum('calls'), faults: sum('faults') };
  }

  metrics(): Promise<readonly MetricsSnapshot[]> {
    return this.#metrics.read(this.#workers());
  }

  async cancel(session: string): Promise<boolean | undefined> {
    return (await this.#ask('cancel', session)).find((cancelled) => cancelled !== undefined);
  }

  async close(session: string): Promise<boolean> {
    return (await this.#ask('close', session)).includes(true);
  }

  async pause(database: string, seconds: number): Promise<void> {
    await this.#ask('pause', database, seconds);
  }

  async resume(database: string): Promise<void> {
    await this.#ask('resume', database);
  }

  reload(): Promise<ChangedSettings | Error> {
    return this.#reload();
  }

  /** Asks all workers. One that ends meanwhile has no answer, like one that is not running. */
  async #ask<Name extends keyof Operated>(
    name: Name,
    ...params: Parameters<Operated[Name]>
  ): Promise<Awaited<ReturnType<Operated[Name]>>[]> {
    const workers = this.#workers();
    const answers = await Promise.allSettled(workers.map((worker) => ask(worker, name, params)));
    return answers.flatMap((answer, i) => {
      if (answer.status === 'fulfilled') return [resultOf(answer.value)];
      if (workers[i]?.$closed) return [];
      throw answer.reason;
    });
  }
}

function ask<Name extends keyof Operated>(
  worker: WorkerCalls,
  name: Name,
  params: Parameters<Operated[Name]>,
): ReturnType<OperatedMethods[Name]> {
  return worker.$call(name, ...(params as never)) as ReturnType<OperatedMethods[Name]>;
}
