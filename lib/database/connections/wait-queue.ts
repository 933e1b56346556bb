import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { MysqlConnection } from './mysql-connection.js';

interface Waiter {
  give(connection: MysqlConnection): void;
  refuse(reason: unknown): void;
}

/** Requests that wait for a connection: first come, first served. */
export class WaitQueue {
  readonly #most: number;
  readonly #milliseconds: number;
  readonly #tooLong: () => ServiceFailure;
  readonly #waiters = new Set<Waiter>();

  /**
   * @param most how many may wait
   * @param seconds how long each may wait
   * @param tooLong what it is refused with then
   */
  constructor(most: number, seconds: number, tooLong: () => ServiceFailure) {
    this.#most = most;
    this.#milliseconds = seconds * 1000;
    this.#tooLong = tooLong;
  }

  get length(): number {
    return this.#waiters.size;
  }

  /**
   * @throws {ServiceFailure} 51 when the line is full, or when it took too long
   * @throws the reason of `request` when it aborts
   */
  async wait(request: ServiceRequest): Promise<MysqlConnection> {
    request.throwIfAborted();
    if (this.#waiters.size >= this.#most) {
      const details = `${this.#most} requests wait for a MySQL connection, which is the limit.`;
      throw ServiceFailure.of(FAULTS.RESOURCE_UNAVAILABLE, details);
    }
    return new Promise<MysqlConnection>((resolve, reject) => {
      // Whoever has been answered is not in the line any more: a connection given to it would be lost.
      const leaving = <T>(answer: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          request.offAbort(waiter.refuse);
          answer(value);
        };
      };
      const waiter: Waiter = { give: leaving(resolve), refuse: leaving(reject) };
      const timer = setTimeout(() => waiter.refuse(this.#tooLong()), this.#milliseconds);
      request.onAbort(waiter.refuse);
      this.#waiters.add(waiter);
    });
  }

  /** Gives a connection to the first, of whom there must be one. */
  give(connection: MysqlConnection): void {
    this.#first?.give(connection);
  }

  /** Tells the first, if there is one, why there is no connection to be had. */
  refuse(reason: unknown): void {
    this.#first?.refuse(reason);
  }

  get #first(): Waiter | undefined {
    const [first] = this.#waiters;
    return first;
  }
}
