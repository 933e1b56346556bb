import { randomBytes } from 'node:crypto';
import { type MemoryAccount, MemoryAccounts } from '../memory/memory-account.js';
import { ClientDisconnected } from './service-failure.js';

/** Of this process in the log, and the beginning of the ids of its requests. */
export const INSTANCE = randomBytes(4).toString('hex');

let requests = 0;

/** The service that a request is for, as far as the log names it. */
export interface RequestedService {
  /** The name for log lines, which does not contain the id of a session. */
  readonly logName: string;
  readonly publicName: string;
  /** Returns the account for the memory that a request takes. */
  accountOf?(request: ServiceRequest): MemoryAccount;
}

/** What a request has used, for the log. It is counted while the request is answered. */
export interface RequestUsage {
  /** The size of its body. */
  bytesIn: number;
  /** The size of the response's body, before it is compressed. */
  bytesOut: number;
  /** The rows, or other items, that its method has received from a resource. */
  rows: number;
  /** Seconds that it has waited: for the requests before it on its session, and for what a pool has. */
  queued: number;
}

/** What an answer that is kept takes, so that it can be sent again. */
export interface AnswerBudget {
  /** @throws {ServiceFailure} 51 if the answer would take too much */
  reserve(bytes: number): void;
}

/** The request that a method is answering. */
export class ServiceRequest {
  readonly usage: RequestUsage;
  readonly #number: number;
  #controller: AbortController | undefined;
  #listeners: Set<(reason: unknown) => void> | undefined;
  #aborted = false;
  #reason: unknown;
  #detached: ServiceRequest | undefined;

  /**
   * @param remoteAddress the numeric address of the client; '' if there is none
   * @param user the name that the gateway's `authorise` accepted; '' for an anonymous client
   * @param service undefined if no gateway has received the request
   * @param original the request that this one belongs to
   * @param kept its answer is kept: large values are `RepeatableValue`s, and what it holds counts
   */
  constructor(
    readonly remoteAddress: string,
    readonly user: string,
    readonly service?: RequestedService,
    original?: ServiceRequest,
    readonly kept?: AnswerBudget,
  ) {
    this.#number = original === undefined ? ++requests : original.#number;
    this.usage = original?.usage ?? { bytesIn: 0, bytesOut: 0, rows: 0, queued: 0 };
  }

  /** Names the request in the log, and in fault 57. */
  get id(): string {
    return `${INSTANCE}-${this.#number}`;
  }

  /** The account for what is held for it. Memory is returned to the account from which it was drawn. */
  get account(): MemoryAccount {
    return this.service?.accountOf?.(this) ?? MemoryAccounts.default.process;
  }

  /** Returns a part of this request whose answer is kept, and which is not aborted if the client disconnects. */
  detached(kept: AnswerBudget): ServiceRequest {
    this.#detached = new ServiceRequest(this.remoteAddress, this.user, this.service, this, kept);
    return this.#detached;
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
    // Also after a disconnection: the server may shut down while the detached part is running.
    if (!(reason instanceof ClientDisconnected)) this.#detached?.abort(reason);
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    for (const listener of this.#listeners ?? []) listener(reason);
  }
}
