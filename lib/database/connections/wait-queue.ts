import { type ServiceFailure, unavailable } from '../../netsvc/service-failure.js';
import type { PooledConnection } from './pooled-connection.js';

interface Waiter {
  /** Begins the time that it may wait. */
  start(): void;
  /** Ends it. */
  stop(): void;
  resolve(connection: PooledConnection): void;
  reject(reason: unknown): void;
}

export interface WaitQueueOptions {
  /** The maximum number of waiters. */
  readonly maxLength: number;
  /** Seconds that each may wait. */
  readonly timeout: number;
  /** Returns the error after that time. */
  readonly timeoutError: () => ServiceFailure;
  /** Called for each request that is refused because the queue is full. */
  readonly onFull: () => void;
}

/** The FIFO queue of requests that wait for a connection. */
export class WaitQueue {
  readonly #options: WaitQueueOptions;
  readonly #waiters = new Set<Waiter>();
  #held = false;

  constructor(options: WaitQueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /**
   * @throws {ServiceFailure} 51 if the queue is full, or after the timeout
   * @throws the reason of `signal` when it aborts
   */
  async wait(signal?: AbortSignal): Promise<PooledConnection> {
    signal?.throwIfAborted();
    const { maxLength, timeout, timeoutError, onFull } = this.#options;
    if (this.#waiters.size >= maxLength) {
      onFull();
      throw unavailable(`${maxLength} requests wait for a MySQL connection, which is the limit.`);
    }
    return new Promise<PooledConnection>((resolve, reject) => {
      // Leaves the queue before it settles: a connection given to a settled waiter would be lost.
      let timer: NodeJS.Timeout | undefined;
      const leaving = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          signal?.removeEventListener('abort', abort);
          settle(value);
        };
      };
      const waiter: Waiter = {
        resolve: leaving(resolve),
        reject: leaving(reject),
        start: () => {
          timer = setTimeout(() => waiter.reject(timeoutError()), timeout * 1000);
        },
        stop: () => clearTimeout(timer),
      };
      const abort = () => waiter.reject(signal?.reason);
      if (!this.#held) waiter.start();
      signal?.addEventListener('abort', abort);
      this.#waiters.add(waiter);
    });
  }

  /** Lets waiters wait for any time. */
  hold(): void {
    this.#held = true;
    for (const waiter of this.#waiters) waiter.stop();
  }

  /** Their time begins anew. */
  unhold(): void {
    this.#held = false;
    for (const waiter of this.#waiters) waiter.start();
  }

  /** Gives a connection to the first waiter. The queue must not be empty. */
  resolveFirst(connection: PooledConnection): void {
    this.#first?.resolve(connection);
  }

  /** Rejects the first waiter, if there is one. */
  rejectFirst(reason: unknown): void {
    this.#first?.reject(reason);
  }

  get #first(): Waiter | undefined {
    const [first] = this.#waiters;
    return first;
  }
}
