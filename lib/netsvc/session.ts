import { createHash } from 'node:crypto';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Value } from '../xmlrpc/value.js';
import type { OpenSession } from './endpoint.js';
import { FAULTS } from './faults.js';
import type { MethodDeclaration } from './method-declaration.js';
import { Service } from './service.js';
import { ServiceFailure } from './service-failure.js';
import type { ServiceRequest } from './service-request.js';
import { sessionId } from './session-id.js';
import type { Opener } from './session-limits.js';

const CLOSE: MethodDeclaration = {
  name: 'close',
  params: [],
  returns: 'int',
  help: 'Closes the session and gives back what it holds. Afterwards its endpoint does not exist any more. Returns 0.',
};

/**
 * A private service for one client, open until the client closes it or leaves it idle for `timeout` seconds.
 *
 * Its endpoint is its parent's with an unguessable name behind it, reachable wherever the parent is, by the user that
 * opened it. It answers one request at a time, in order of arrival. Idle time starts when a response has left: a
 * session at work does not expire, and one past its deadline is gone even if no sweep has come yet.
 *
 * @example
 * class Locker extends Session {
 *   constructor(parent: Service) {
 *     super(parent, 60);
 *     this.exportMethod(this.put);
 *   }
 *   override async destroyReferences() {
 *     // give back what the session holds
 *     await super.destroyReferences();
 *   }
 * }
 */
export class Session extends Service implements OpenSession {
  /** The last part of the endpoint's path: what the client is told. */
  readonly childName: string;
  readonly #timeout: number;
  // Not the request: a session outlives it by far.
  readonly #user: string;
  readonly #host: string;
  #deadline = 0;
  #held = 0;
  #running = false;
  #waiting: Turn[] | undefined;
  #closing: Promise<number> | undefined;

  /**
   * @param timeout idle seconds, more than 0
   * @param opener whose session it is: who made the request that the parent is answering. After an `await` the parent
   *   cannot
   *   tell, so pass what `currentRequest` was before.
   * @throws {ServiceFailure} 51 when a limit of the registry's is reached
   */
  constructor(
    readonly parent: Service,
    timeout: number,
    opener: Opener = parent.currentRequest,
  ) {
    if (!(timeout > 0)) throw new RangeError(`a session cannot time out after ${timeout} seconds`);
    const { registry } = parent;
    registry.sessionLimits.check(opener);
    const childName = sessionId();
    super(`${parent.serviceName}/${childName}`, registry);
    this.childName = childName;
    this.#timeout = timeout;
    this.#user = opener.user;
    this.#host = opener.remoteAddress;
    registry.addSession(this);
    this.exportMethod(this.close, CLOSE);
    this.touch();
  }

  /** Whose session it is. */
  get opener(): Opener {
    return { user: this.#user, remoteAddress: this.#host };
  }

  /** Starts the idle time anew. */
  touch(): void {
    if (this.withdrawn) return;
    this.#deadline = this.registry.clock() + this.#timeout * 1000;
    this.registry.deadlines.set(this, this.#deadline);
  }

  /**
   * Closes the session if it is idle past its deadline, which only the sweep need ask for.
   *
   * @returns the closing, or undefined if the session lives on
   */
  expire(): Promise<number> | undefined {
    if (this.withdrawn) return undefined;
    // A session at work gets its next deadline from `release`.
    if (this.#held > 0) return undefined;
    if (this.registry.clock() < this.#deadline) {
      this.registry.deadlines.set(this, this.#deadline);
      return undefined;
    }
    return this.close();
  }

  /** Closes the session, whoever asks and however often. @returns 0 when everything is given back */
  close(): Promise<number> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<number> {
    // First of all: whatever arrives from now on must find nothing, however long the rest takes.
    this.withdraw();
    for (const { refuse } of this.#waiting?.splice(0) ?? []) refuse(new SessionClosed());
    await this.destroyReferences();
    return 0;
  }

  protected override withdraw(): void {
    super.withdraw();
    this.registry.removeSession(this);
  }

  /** A member of every group that its parent is in. */
  override isMember(group: string): boolean {
    return this.parent.isMember(group) || super.isMember(group);
  }

  /** The name is a key to the session, so the log gets a digest: enough to tell sessions apart. */
  override get logName(): string {
    const digest = createHash('sha256').update(this.childName).digest('base64url').slice(0, 8);
    return `${this.parent.serviceName}/#${digest}`;
  }

  override admits(user: string): boolean {
    if (this.withdrawn || user !== this.#user) return false;
    return this.#held > 0 || this.registry.clock() < this.#deadline;
  }

  override hold(): void {
    this.#held++;
  }

  override release(): void {
    if (--this.#held === 0) this.touch();
  }

  override perform(name: string, params: readonly Value[], request: ServiceRequest): unknown {
    if (this.withdrawn) throw new SessionClosed();
    if (this.#running) return this.#turn().then(() => this.#perform(name, params, request));
    this.#running = true;
    return this.#perform(name, params, request);
  }

  /** What is not async is answered at once: a promise costs more than a small call. */
  #perform(name: string, params: readonly Value[], request: ServiceRequest): unknown {
    let result: unknown;
    try {
      // Whoever hung up while waiting may have asked again already, and must not get it done twice.
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

  /** A value that is made while it is sent still needs the session. */
  #answered(value: unknown): unknown {
    if (value instanceof StreamedValue) void value.done.then(() => this.#next());
    else this.#next();
    return value;
  }

  #next(): void {
    this.currentRequest = undefined;
    const next = this.#waiting?.shift();
    if (next) next.proceed();
    else this.#running = false;
  }

  /**
   * Resolves when the requests before are done. The session stays marked as running, so no later one slips in between.
   */
  #turn(): Promise<void> {
    this.#waiting ??= [];
    const waiting = this.#waiting;
    return new Promise((proceed, refuse) => waiting.push({ proceed, refuse }));
  }
}

/** A request that waits until those before it are done. */
interface Turn {
  readonly proceed: () => void;
  readonly refuse: (reason: SessionClosed) => void;
}

/**
 * What a request gets whose session was closed while it waited for its turn: for the client the endpoint is not there.
 */
export class SessionClosed extends ServiceFailure {
  constructor() {
    super(
      FAULTS.RESPONSE_ABORTED.code,
      FAULTS.RESPONSE_ABORTED.description,
      FAULTS.RESPONSE_ABORTED.origin,
      'The session was closed.',
    );
  }
}
