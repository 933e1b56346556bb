/** The request that a method is answering. */
export class ServiceRequest {
  #controller: AbortController | undefined;
  #aborted = false;
  #reason: unknown;

  /**
   * @param remoteAddress the numeric address of the client; '' if there is none
   * @param user the name that the gateway's `authorise` accepted; '' for an anonymous client
   */
  constructor(
    readonly remoteAddress: string,
    readonly user: string,
  ) {}

  /** Aborts when the client has disconnected or the server is shutting down; `signal.reason` says which. */
  get signal(): AbortSignal {
    // Created on demand: few methods use it, and an AbortController costs more than a small call.
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** The same as `signal.throwIfAborted()`, without creating the signal. */
  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}
