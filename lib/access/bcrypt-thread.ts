import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface Comparison {
  readonly password: string;
  readonly hash: string;
}

/**
 * Checks passwords on a thread of its own, which is started for the first: to check one takes as long as thousands of
 * calls.
 */
export class BcryptThread {
  #worker: Worker | undefined;

  /** Whether `hash` is that of `password`. One comparison at a time. */
  async compare(comparison: Comparison): Promise<boolean> {
    const worker = this.#start();
    // A thread that waits for the next login is no reason for the process to stay.
    worker.ref();
    try {
      worker.postMessage(comparison);
      // It rejects if the thread fails.
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
