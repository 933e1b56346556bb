import { checkNesting, notKept } from '../../netsvc/call-list.js';
import { type FailingService, failureOf } from '../../netsvc/failure-of.js';
import { unexpected } from '../../netsvc/fault-texts.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import { SessionClosed } from '../../netsvc/session-end.js';
import { inTurns } from '../../turns/turns.js';
import { RepeatableValue, StreamedValue } from '../../xmlrpc/streamed-value.js';
import type { Value } from '../../xmlrpc/value.js';
import { valueCost } from '../../xmlrpc/value-cost.js';
import { EncodedValue } from '../../xmlrpc/value-encoding.js';
import { callHadOtherParams, callWasOf } from '../errors/fault-texts.js';
import { HeldResults } from '../results/held-results.js';
import type { ResultLimits } from '../results/result-limits.js';
import { callDigest } from './call-digest.js';

/** A call, and how it is made. */
export interface NumberedCall {
  readonly method: string;
  readonly params: readonly Value[];
  readonly request: ServiceRequest;
  /** Makes the call as a part of the request, which is not aborted if the client disconnects. */
  readonly make: (detached: ServiceRequest) => unknown;
}

/** A value, rows that can be read again, or the failure of the call. */
type Answer = { readonly value: unknown } | RepeatableValue | ServiceFailure;

/**
 * The calls of `once`, which the client numbers from 1. The answer to the last one is kept, so that a client that has
 * lost it can ask for it with the same call, which is not made again.
 */
export class NumberedCalls {
  readonly #session: FailingService;
  readonly #limits: ResultLimits;
  #last = 0;
  #method = '';
  /** Of its parameters. */
  #digest = '';
  #answer: Answer | undefined;
  /** The last response with rows, which ends with the session. */
  #sending: StreamedValue | undefined;
  #held: HeldResults | undefined;
  /** The same of the answer that is kept. */
  #kept: HeldResults | undefined;
  #closed = false;

  /** @param limits of an answer */
  constructor(session: FailingService, limits: ResultLimits) {
    this.#session = session;
    this.#limits = limits;
  }

  /** What the answer of the running call holds; undefined if none is running. */
  get held(): HeldResults | undefined {
    return this.#held;
  }

  /**
   * Makes a call, or returns the answer to it again.
   *
   * @throws {ServiceFailure} that of the call; 56 if the number is neither the last nor the next, or that of another
   *   call, or if a numbered call makes this one
   */
  async once(n: number, call: NumberedCall): Promise<unknown> {
    const { method, params } = call;
    // A call can reach this one in other ways than by the name of its method.
    if (this.#held) checkNesting('once');
    const isNext = n === this.#last + 1;
    if (!isNext && (n !== this.#last || n === 0)) throw unexpected('n', this.#expected, n);
    const digest = await inTurns(callDigest(params), () => call.request.throwIfAborted());
    // The session may have ended meanwhile.
    if (this.#closed) throw new SessionClosed('Session closed');
    if (isNext) return this.#makeNext(n, digest, call);
    if (method !== this.#method) throw callWasOf(n, this.#method, method);
    if (digest !== this.#digest) throw callHadOtherParams(n);
    if (this.#answer === undefined) throw new SessionClosed('Session closed');
    return this.#responseTo(this.#answer);
  }

  /** The session has ended. A call may still be running. @param reason what a response that is being sent fails with */
  close(reason: ServiceFailure): void {
    this.#closed = true;
    this.#sending?.cancel(reason);
    this.#keep(undefined);
  }

  get #expected(): string {
    return this.#last === 0 ? '1' : `${this.#last} or ${this.#last + 1}`;
  }

  /** The call may close the session. Its answer is then given once. */
  async #makeNext(n: number, digest: string, call: NumberedCall): Promise<unknown> {
    this.#keep(undefined);
    this.#last = n;
    this.#method = call.method;
    this.#digest = digest;
    const held = new HeldResults(this.#limits, call.request.account);
    this.#held = held;
    const answer = await this.#make(call, held);
    this.#held = undefined;
    if (!this.#closed) this.#keep(answer, held);
    else held.release();
    if (this.#closed && answer instanceof RepeatableValue) return answer;
    return this.#responseTo(answer);
  }

  async #make({ request, make }: NumberedCall, held: HeldResults): Promise<Answer> {
    try {
      const value = await make(request.detached(held));
      if (value instanceof RepeatableValue) return value;
      if (value instanceof StreamedValue) throw notKept(value);
      // Encoded values have been counted while they were encoded.
      if (!(value instanceof EncodedValue)) held.addMemory(valueCost(value));
      return { value };
    } catch (error) {
      return failureOf(error, this.#session, request);
    }
  }

  #responseTo(answer: Answer): unknown {
    if (answer instanceof ServiceFailure) throw answer;
    if (!(answer instanceof RepeatableValue)) return answer.value;
    this.#sending = answer.again();
    return this.#sending;
  }

  #keep(answer: Answer | undefined, held?: HeldResults): void {
    if (this.#answer instanceof RepeatableValue) this.#answer.cancel();
    this.#kept?.release();
    this.#kept = held;
    this.#answer = answer;
  }
}
