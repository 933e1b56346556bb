import type { MetricsSnapshot } from '../metrics.js';
import { resultOf } from './outcome.js';
import type { WorkerCalls } from './worker-channel.js';

/** Reads the metrics of all workers and of this process, and keeps the counters of workers that have ended. */
export class WorkerMetrics {
  /** As they were read last. */
  readonly #last = new Map<WorkerCalls, readonly MetricsSnapshot[]>();
  #ended: Promise<MetricsSnapshot> = Promise.resolve({ histograms: [], others: [] });
  #own: (() => Promise<MetricsSnapshot>) | undefined;

  async read(workers: readonly WorkerCalls[]): Promise<readonly MetricsSnapshot[]> {
    await Promise.all(workers.map((worker) => this.#read(worker)));
    const { lastingMetrics } = await import('../metrics.js');
    const ended = [...this.#last.keys()].filter((worker) => worker.$closed);
    const kept = ended.flatMap((worker) => this.#last.get(worker) ?? []);
    for (const worker of ended) this.#last.delete(worker);
    if (kept.length > 0) this.#ended = this.#ended.then((before) => lastingMetrics(before, ...kept));
    return [...[...this.#last.values()].flat(), await this.#ended, await this.#ownMetrics()];
  }

  /** One that ends meanwhile has those that were read before. */
  async #read(worker: WorkerCalls): Promise<void> {
    try {
      this.#last.set(worker, resultOf(await worker.metrics()));
    } catch (error) {
      if (!worker.$closed) throw error;
    }
  }

  /** The memory and the processor time of this process are a part of the whole. */
  async #ownMetrics(): Promise<MetricsSnapshot> {
    if (this.#own === undefined) {
      const { collectDefaultMetrics, Registry } = await import('prom-client');
      const registry = new Registry();
      collectDefaultMetrics({ register: registry });
      this.#own = async () => ({ histograms: [], others: await registry.getMetricsAsJSON() });
    }
    return this.#own();
  }
}
