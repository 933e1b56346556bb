import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface Comparison {
  readonly password: string;
  readonly hash: string;
}

/**
 * Checks passwords on a worker thread, which starts with the first check. One check takes as long as thousands of
 * calls.
 */
export class BcryptThread {
  #worker: Worker | undefined;

  /** Whether `hash` is a hash of `password`. One comparison at a time. */
  async compare(comparison: Comparison): Promise<boolean> {
    const worker = this.#start();
    // An idle worker does not keep the process alive.
    worker.ref();
    try {
      worker.postMessage(comparison);
      // Rejects if the worker fails.
      const [matches] = (await once(worker, 'message')) as [boolean];
      return matches;
    } finally {
      worker.unref();
    }
  }

  async end(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL('./bcrypt-worker.js', import.meta.url));
    const forget = () => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    worker.on('error', forget).on('exit', forget);
    this.#worker = worker;
    return worker;
  }
}
