/**
 * Milliseconds that a method may run after its client has closed its writing side. A client that has closed the whole
 * connection, which looks the same, thereby keeps a statement running for this time.
 */
export const HALF_CLOSE_TIMEOUT = 2000;

/** A request that is being answered. */
export interface InFlightRequest {
  /** Aborts the method. */
  abort(reason: Error): void;

  /** Announces `Connection: close` with the last response to the requests that have arrived on the connection. */
  closeConnection(): void;
}

/** The in-flight requests. */
export class InFlightRequests implements Iterable<InFlightRequest> {
  readonly #requests = new Set<InFlightRequest>();
  #drained: (() => void) | undefined;

  [Symbol.iterator](): Iterator<InFlightRequest> {
    return this.#requests.values();
  }

  add(request: InFlightRequest): void {
    this.#requests.add(request);
  }

  delete(request: InFlightRequest): void {
    this.#requests.delete(request);
    if (this.#requests.size === 0) this.#drained?.();
  }

  /** Waits until there are none; false after `milliseconds`. */
  async drain(milliseconds: number): Promise<boolean> {
    if (this.#requests.size === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
      this.#drained = resolve;
    });
    clearTimeout(timer);
    this.#drained = undefined;
    return this.#requests.size === 0;
  }
}
