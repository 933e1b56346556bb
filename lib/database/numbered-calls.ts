import { failureOf } from '../netsvc/failure-of.js';
import type { Log } from '../netsvc/log.js';
import { incorrect } from '../netsvc/method-declaration.js';
import type { ServiceFailure } from '../netsvc/service-failure.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import type { ValueEncoding } from '../xmlrpc/encoder.js';
import type { Value } from '../xmlrpc/value.js';
import { callDigest } from './call-digest.js';
import { KeptAnswer } from './kept-answer.js';
import type { ResultLimits } from './results/result-limits.js';

/** The session that the calls are made on. */
export interface NumberedSession extends ValueEncoding {
  readonly registry: { readonly log: Log };
  readonly logName: string;
}

/** A call, and how it is made. */
export interface NumberedCall {
  readonly method: string;
  readonly params: readonly Value[];
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
  /** Of its parameters. */
  #digest = '';
  #answer: KeptAnswer | ServiceFailure | undefined;
  #closed = false;

  constructor(session: NumberedSession) {
    this.#session = session;
  }

  /**
   * Makes a call, or returns the answer to it again.
   *
   * @throws {ServiceFailure} that of the call; 56 if the number is neither the last nor the next, or that of another
   *   call
   */
  async once(n: number, call: NumberedCall): Promise<unknown> {
    const { method } = call;
    const isNext = n === this.#last + 1;
    if (!isNext && (n !== this.#last || n === 0)) throw incorrect(`n: expected ${this.#expected}, received ${n}.`);
    const digest = callDigest(call.params);
    if (isNext) await this.#make(n, digest, call);
    else if (method !== this.#method) throw incorrect(`n: call ${n} was one of ${this.#method}, not of ${method}.`);
    else if (digest !== this.#digest) throw incorrect(`n: call ${n} had other params.`);
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

  async #make(n: number, digest: string, { method, request, make, limits }: NumberedCall): Promise<void> {
    this.#drop();
    this.#last = n;
    this.#method = method;
    this.#digest = digest;
    try {
      const value = await make();
      this.#answer = await KeptAnswer.of(value, this.#session, limits());
    } catch (error) {
      this.#answer = failureOf(error, this.#session, request);
    }
    if (this.#closed && this.#answer instanceof KeptAnswer) this.#answer.close();
  }
}
