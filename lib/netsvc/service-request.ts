type AbortListener = (reason: unknown) => void;

/** The request that a method is answering: who asks, and whether they still wait. */
export class ServiceRequest {
  #abort: AbortController | undefined;
  #listeners: Set<AbortListener> | undefined;
  #reason: unknown;
  #aborted = false;

  /**
   * @param remoteAddress the numeric address of the peer, '' where there is none
   * @param user the name that the gateway's `authorise` accepted, '' when anonymous
   */
  constructor(
    readonly remoteAddress: string,
    readonly user: string,
  ) {}

  /** Aborts when nobody waits for the answer any more, or when it may not be given; `reason` says which. */
  get signal(): AbortSignal {
    // Made on demand: few methods look, and a controller costs more than a small call.
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#aborted) this.#abort.abort(this.#reason);
    }
    return this.#abort.signal;
  }

  /** Calls `listener` when the request aborts, as `signal` would, and for less. */
  onAbort(listener: AbortListener): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  offAbort(listener: AbortListener): void {
    this.#listeners?.delete(listener);
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  /** Why it aborted. */
  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.#abort?.abort(reason);
    for (const listener of this.#listeners ?? []) listener(reason);
  }
}
