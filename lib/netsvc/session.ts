import { createHash } from 'node:crypto';
import type { MemoryAccount } from '../memory/memory-account.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Value } from '../xmlrpc/value.js';
import type { OpenSession, SessionActivity, SessionState } from './endpoint.js';
import type { SessionEndReason } from './observer.js';
import { RequestQueue } from './request-queue.js';
import { Service } from './service.js';
import type { ServiceFailure } from './service-failure.js';
import type { RequestUsage, ServiceRequest } from './service-request.js';
import { endFailure, endText, SessionClosed } from './session-end.js';
import { sessionId } from './session-id.js';
import type { Opener } from './session-limits.js';
import { CLOSE } from './session-methods.js';

/**
 * A private service for one client, open until the client closes it or does not use it for `timeout` seconds.
 *
 * Its path is that of its parent, a slash and an unguessable name. It can be reached wherever its parent can, by the
 * user that opened it. It answers one request at a time, in order of arrival. Idle time starts when a response has been
 * sent: a session that is answering a request does not expire. Past its deadline it no longer exists, even before the
 * next sweep.
 *
 * @example
 * class Counter extends Session {
 *   #count = 0;
 *   constructor(parent: Service) {
 *     super(parent, 60);
 *     this.exportMethod(this.next);
 *   }
 *   next() {
 *     return ++this.#count;
 *   }
 * }
 */
export class Session extends Service implements OpenSession {
  /** The last part of the path, which the client is told. */
  readonly childName: string;
  readonly #timeout: number;
  // Not the request, which would be kept in memory as long as the session.
  readonly #user: string;
  readonly #host: string;
  readonly #opened: number;
  #deadline = 0;
  #calls = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #held = 0;
  /** Requests since the session was idle, and those of them that do not restart the idle time. */
  #received = 0;
  #asked = 0;
  readonly #requests = new RequestQueue();
  #end: SessionEndReason = 'closed';
  #closing: Promise<number> | undefined;
  #account: MemoryAccount | undefined;

  /**
   * @param timeout idle time in seconds, more than 0
   * @param opener the client that opens the session: by default the one whose request the parent is answering. After an
   *   `await`, pass the `currentRequest` of before.
   * @throws {ServiceFailure} 51 if a limit of the registry is reached
   */
  constructor(
    readonly parent: Service,
    timeout: number,
    opener: Opener = parent.currentRequest,
  ) {
    if (!(timeout > 0)) throw new RangeError(`a session cannot time out after ${timeout} seconds`);
    const { registry } = parent;
    const childName = sessionId(registry.instance);
    registry.sessionLimits.admit(opener, parent.publicName);
    super(`${parent.serviceName}/${childName}`, registry);
    this.childName = childName;
    this.#timeout = timeout;
    this.#user = opener.user;
    this.#host = opener.remoteAddress;
    this.#opened = registry.clock();
    this.exportMethod(this.close, CLOSE);
    this.touch();
    registry.addSession(this);
  }

  /** The client that opened the session. */
  get opener(): Opener {
    return { user: this.#user, remoteAddress: this.#host };
  }

  /** The account for what the session holds. What still holds memory when the session ends returns it later. */
  get account(): MemoryAccount {
    this.#account ??= this.registry.memory.sessionAccount(this.#user || this.#host);
    return this.#account;
  }

  override accountOf(): MemoryAccount {
    return this.account;
  }

  get end(): SessionEndReason {
    return this.#end;
  }

  get activity(): SessionActivity {
    const now = this.registry.clock();
    const running = this.#held > 0;
    const idle = running ? 0 : this.#timeout - (this.#deadline - now) / 1000;
    const [calls, bytesIn, bytesOut] = [this.#calls, this.#bytesIn, this.#bytesOut];
    return { age: (now - this.#opened) / 1000, idle, calls, rows: this.rowsReceived, bytesIn, bytesOut, running };
  }

  /** The rows, or other items, that the session has received from its resource, for the log. */
  protected get rowsReceived(): number {
    return 0;
  }

  /** What operators see of the session. Override it if it holds something that others may wait for. */
  describe(): SessionState {
    return {};
  }

  /**
   * Stops what the session is running: its client gets `reason`. Override it if that can take long.
   *
   * @returns whether something was running
   */
  cancel(_reason: ServiceFailure): boolean {
    return false;
  }

  /** Seconds until the session expires, if the request that it is answering does not restart the idle time. */
  get remaining(): number {
    return Math.max(this.#deadline - this.registry.clock(), 0) / 1000;
  }

  /** Restarts the idle time. */
  touch(): void {
    if (this.withdrawn) return;
    this.#deadline = this.registry.clock() + this.#timeout * 1000;
    this.registry.deadlines.set(this, this.#deadline);
  }

  /**
   * Closes the session if it is past its deadline. Called by a sweep.
   *
   * @returns the closing, or undefined if the session stays open
   */
  expire(): Promise<number> | undefined {
    if (this.withdrawn) return undefined;
    // `release` sets the next deadline of a session that is answering a request.
    if (this.#held > 0) return undefined;
    if (this.registry.clock() < this.#deadline) {
      this.registry.deadlines.set(this, this.#deadline);
      return undefined;
    }
    return this.closeFor('expired');
  }

  /** Closes the session in place of its client, who is told so. What the session is answering is aborted. */
  closeFor(end: SessionEndReason): Promise<number> {
    if (!this.withdrawn) this.#end = end;
    const closing = this.close();
    this.#requests.answering?.abort(this.endFailure);
    return closing;
  }

  /**
   * Closes the session. Can be called repeatedly. Requests that wait for others are refused.
   *
   * @returns 0 when its resources have been released
   */
  close(): Promise<number> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<number> {
    // First, so that requests that arrive during the rest do not find the session.
    this.withdraw();
    this.#requests.refuseAll(() => this.#closed());
    await this.destroyReferences();
    return 0;
  }

  protected override withdraw(): void {
    if (!this.withdrawn) this.registry.sessionLimits.release(this.opener, this.parent.publicName);
    super.withdraw();
    this.registry.removeSession(this);
  }

  /** A session is a member of the groups of its parent. */
  override isMember(group: string): boolean {
    return this.parent.isMember(group) || super.isMember(group);
  }

  /** The name is a credential, so the log has a digest of it. */
  override get logName(): string {
    const digest = createHash('sha256').update(this.childName).digest('base64url').slice(0, 8);
    return `${this.parent.serviceName}/#${digest}`;
  }

  override get publicName(): string {
    return this.parent.publicName;
  }

  override get isSession(): boolean {
    return true;
  }

  override admits(user: string): boolean {
    if (this.withdrawn || user !== this.#user) return false;
    return this.#held > 0 || this.registry.clock() < this.#deadline;
  }

  /** The owner of a session learns how it ended. */
  override ending(user: string): string | undefined {
    if (user !== this.#user) return undefined;
    const isExpired = !this.withdrawn && this.registry.clock() >= this.#deadline;
    return endText(isExpired ? 'expired' : this.#end, this.#timeout);
  }

  /** What a call fails with that is running when the session ends. */
  protected get endFailure(): ServiceFailure {
    return endFailure(this.#end, this.#timeout);
  }

  #closed(): SessionClosed {
    return new SessionClosed(endText(this.#end, this.#timeout));
  }

  override hold(): void {
    this.#held++;
    this.#received++;
    this.#calls++;
  }

  override release(usage?: RequestUsage): void {
    this.#bytesIn += usage?.bytesIn ?? 0;
    this.#bytesOut += usage?.bytesOut ?? 0;
    if (--this.#held > 0) return;
    if (this.#received > this.#asked) this.touch();
    else if (!this.withdrawn) this.registry.deadlines.set(this, this.#deadline);
    this.#received = this.#asked = 0;
  }

  /** Whether a call restarts the idle time. Override it for methods that only ask. */
  protected isUse(_methodName: string): boolean {
    return true;
  }

  override perform(name: string, params: readonly Value[], request: ServiceRequest): unknown {
    if (this.withdrawn) throw this.#closed();
    if (name === CLOSE.name) return this.#closeForClient(params, request);
    if (!this.isUse(name)) this.#asked++;
    const waiting = this.#requests.begin(request);
    return waiting ? waiting.then(() => this.#answer(name, params, request)) : this.#answer(name, params, request);
  }

  /** Does not wait for its turn, and is done even if the client has gone. What the session is answering is aborted. */
  #closeForClient(params: readonly Value[], request: ServiceRequest): unknown {
    const closing = this.call('close', params, request);
    const { answering } = this.#requests;
    if (answering !== request) answering?.abort(this.endFailure);
    return closing;
  }

  /** A synchronous result is returned without a promise, which would cost more than a small call. */
  #answer(name: string, params: readonly Value[], request: ServiceRequest): unknown {
    let result: unknown;
    try {
      if (this.withdrawn) throw this.#closed();
      // A client that disconnected during the wait may have repeated the call: it must not run twice.
      request.throwIfAborted();
      this.currentRequest = request;
      result = this.call(name, params, request);
    } catch (error) {
      this.#next();
      throw error;
    }
    if (!(result instanceof Promise)) return this.#answered(result);
    return result.then(
      (value: unknown) => this.#answered(value),
      (error: unknown) => {
        this.#next();
        throw error;
      },
    );
  }

  /** A streamed value uses the session until it has been sent. */
  #answered(value: unknown): unknown {
    if (value instanceof StreamedValue) void value.done.then(() => this.#next());
    else this.#next();
    return value;
  }

  #next(): void {
    this.currentRequest = undefined;
    this.#requests.end();
  }
}
