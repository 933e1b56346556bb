import type { InFlightRequest } from './in-flight-request.js';

/** The requests that are being answered. */
export class InFlightRequests implements Iterable<InFlightRequest> {
  readonly #running = new Set<InFlightRequest>();
  #drained: (() => void) | undefined;

  [Symbol.iterator](): Iterator<InFlightRequest> {
    return this.#running.values();
  }

  add(conversation: InFlightRequest): void {
    this.#running.add(conversation);
  }

  delete(conversation: InFlightRequest): void {
    this.#running.delete(conversation);
    if (this.#running.size === 0) this.#drained?.();
  }

  /** Waits until no request is running; false if that took longer than `milliseconds`. */
  async drain(milliseconds: number): Promise<boolean> {
    if (this.#running.size === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
      this.#drained = resolve;
    });
    clearTimeout(timer);
    this.#drained = undefined;
    return this.#running.size === 0;
  }
}
