import { randomBytes } from 'node:crypto';

/** Of this process in the log, and the beginning of the ids of its requests. */
export const INSTANCE = randomBytes(4).toString('hex');

let requests = 0;

/** The service that a request is for, as far as the log names it. */
export interface RequestedService {
  /** The name for log lines, which does not contain the id of a session. */
  readonly logName: string;
  readonly publicName: string;
}

/** What a request has used, for the log. It is counted while the request is answered. */
export interface RequestUsage {
  /** The size of its body. */
  bytesIn: number;
  /** The size of the response's body, before it is compressed. */
  bytesOut: number;
  /** The rows that MySQL has sent for those of its statements that have ended. */
  rows: number;
  /** Seconds that it has waited: for the requests before it on its session, and for MySQL connections. */
  queued: number;
}

/** The request that a method is answering. */
export class ServiceRequest {
  readonly usage: RequestUsage;
  readonly #number: number;
  #controller: AbortController | undefined;
  #listeners: Set<(reason: unknown) => void> | undefined;
  #aborted = false;
  #reason: unknown;

  /**
   * @param remoteAddress the numeric address of the client; '' if there is none
   * @param user the name that the gateway's `authorise` accepted; '' for an anonymous client
   * @param service undefined if no gateway has received the request
   * @param original the request that this one belongs to
   */
  constructor(
    readonly remoteAddress: string,
    readonly user: string,
    readonly service?: RequestedService,
    original?: ServiceRequest,
  ) {
    this.#number = original === undefined ? ++requests : original.#number;
    this.usage = original?.usage ?? { bytesIn: 0, bytesOut: 0, rows: 0, queued: 0 };
  }

  /** Names the request in the log, and in fault 57. */
  get id(): string {
    return `${INSTANCE}-${this.#number}`;
  }

  /** Returns a part of this request, with the same id, that is not aborted with it. */
  detached(): ServiceRequest {
    return new ServiceRequest(this.remoteAddress, this.user, this.service, this);
  }

  /** Aborts when the client has disconnected or the server is shutting down; `signal.reason` says which. */
  get signal(): AbortSignal {
    // Created on demand: few methods use it, and an AbortController costs more than a small call.
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /**
   * Calls `listener` when `signal` aborts, without creating the signal.
   *
   * @returns a function that ends it
   */
  onAbort(listener: (reason: unknown) => void): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
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
    for (const listener of this.#listeners ?? []) listener(reason);
  }
}
