import { failureOf } from '../netsvc/failure-of.js';
import type { Log } from '../netsvc/log.js';
import { incorrect } from '../netsvc/method-declaration.js';
import type { ServiceFailure } from '../netsvc/service-failure.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import type { ValueEncoding } from '../xmlrpc/encoder.js';
import { KeptAnswer } from './kept-answer.js';
import type { ResultLimits } from './results/result-limits.js';

/** The session that the calls are made on. */
export interface NumberedSession extends ValueEncoding {
  readonly registry: { readonly log: Log };
  readonly logName: string;
}

/** How a call is made. */
export interface NumberedCall {
  readonly request: ServiceRequest;
  readonly make: () => unknown;
  /** Returns what the answer may take. */
  readonly limits: () => ResultLimits;
}

/**
 * The calls of `once`, which the client numbers from 1. The answer to the last one is kept, so that a client that has
 * lost it can ask for it with the same call, which is not made again.
 */
export class NumberedCalls {
  readonly #session: NumberedSession;
  #last = 0;
  #method = '';
  #answer: KeptAnswer | ServiceFailure | undefined;
  #closed = false;

  constructor(session: NumberedSession) {
    this.#session = session;
  }

  /**
   * Makes a call, or returns the answer to it again.
   *
   * @throws {ServiceFailure} that of the call; 56 if the number is neither the last nor the next, or that of another
   *   method
   */
  async once(n: number, method: string, { request, make, limits }: NumberedCall): Promise<unknown> {
    if (n === this.#last + 1) await this.#make(n, method, { request, make, limits });
    else if (n !== this.#last || n === 0) throw incorrect(`n: expected ${this.#expected}, received ${n}.`);
    else if (method !== this.#method) throw incorrect(`n: call ${n} was one of ${this.#method}, not of ${method}.`);
    if (this.#answer instanceof KeptAnswer) return this.#answer.value;
    throw this.#answer;
  }

  /** The session has ended. A call may still be running. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #drop(): void {
    if (this.#answer instanceof KeptAnswer) this.#answer.close();
    this.#answer = undefined;
  }

  get #expected(): string {
    return this.#last === 0 ? '1' : `${this.#last} or ${this.#last + 1}`;
  }

  async #make(n: number, method: string, { request, make, limits }: NumberedCall): Promise<void> {
    this.#drop();
    this.#last = n;
    this.#method = method;
    try {
      const value = await make();
      this.#answer = await KeptAnswer.of(value, this.#session, limits());
    } catch (error) {
      this.#answer = failureOf(error, this.#session, request);
    }
    if (this.#closed && this.#answer instanceof KeptAnswer) this.#answer.close();
  }
}
