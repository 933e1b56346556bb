import type { ServiceRequest } from './service-request.js';

/** A request that waits for those before it. */
interface Turn {
  readonly request: ServiceRequest;
  readonly resolve: () => void;
  readonly refuse: (reason: Error) => void;
  /** In milliseconds of `performance.now`. */
  readonly since: number;
}

/** The requests to a session, which are answered one at a time, in order of arrival. */
export class RequestQueue {
  #answering: ServiceRequest | undefined;
  #waiting: Turn[] | undefined;

  /** What is being answered. A request that waits has its turn afterwards. */
  get answering(): ServiceRequest | undefined {
    return this.#answering;
  }

  /**
   * Begins a request, or resolves when it is its turn.
   *
   * @returns undefined if it has begun. A promise would cost more than a small call.
   */
  begin(request: ServiceRequest): Promise<void> | undefined {
    if (this.#answering) return new Promise((resolve, refuse) => this.#wait({ request, resolve, refuse }));
    this.#answering = request;
    return undefined;
  }

  #wait(turn: Omit<Turn, 'since'>): void {
    this.#waiting ??= [];
    this.#waiting.push({ ...turn, since: performance.now() });
  }

  /** The request has been answered: the next one begins, and a later one cannot overtake it. */
  end(): void {
    const next = this.#waiting?.shift();
    this.#answering = next?.request;
    if (next === undefined) return;
    next.request.usage.queued += (performance.now() - next.since) / 1000;
    next.resolve();
  }

  /** Refuses the requests that wait. */
  refuseAll(reason: () => Error): void {
    for (const { refuse } of this.#waiting?.splice(0) ?? []) refuse(reason());
  }
}
