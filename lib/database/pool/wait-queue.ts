import type { Holder } from '../../netsvc/refusal.js';
import { waitQueueFull } from '../errors/fault-texts.js';
import { type Claimant, PoolClient, type Waiter } from './pool-client.js';

/** Milliseconds for which a client counts as one that has its share, when it has given a connection back. */
const RECENT = 1000;

/** The number of clients that are kept although they have nothing. */
const KEPT_CLIENTS = 1000;

export interface WaitQueueOptions<Connection> {
  /** The maximum number of waiters. */
  readonly maxLength: number;
  /** Seconds that each may wait. */
  readonly timeout: number;
  /** The maximum number of connections that a client may hold. */
  readonly share: number;
  /** Returns the error after that time. */
  readonly timeoutError: (client: PoolClient<Connection>) => Error;
  /** Called for each request that is refused because the queue is full. @param holder returns who waits most */
  readonly onFull: (holder: () => Holder | undefined) => void;
}

/**
 * The requests that wait for a connection, whatever they wait for, each with a deadline. Clients take turns: those of
 * one client are served in order of arrival, and one that has its share is passed over. Each operation takes constant
 * time.
 */
export class WaitQueue<Connection> {
  readonly #options: WaitQueueOptions<Connection>;
  /** Those that hold connections or wait. */
  readonly #clients = new Map<string, PoolClient<Connection>>();
  readonly #waiting = new Set<PoolClient<Connection>>();
  /** Those that may get a connection, the next one first. */
  readonly #turns = new Set<PoolClient<Connection>>();
  #share: number;
  /** The maximum number of waiters. */
  maxLength: number;
  /** Seconds that each may wait who comes from now on. */
  timeout: number;
  #length = 0;
  #ready = 0;
  #stopped = false;

  constructor(options: WaitQueueOptions<Connection>) {
    this.#options = options;
    this.#share = options.share;
    this.maxLength = options.maxLength;
    this.timeout = options.timeout;
  }

  get length(): number {
    return this.#length;
  }

  /** How many of the waiters may get a connection: the others wait for those that their client holds. */
  get ready(): number {
    return this.#ready;
  }

  get share(): number {
    return this.#share;
  }

  set share(share: number) {
    if (share === this.#share) return;
    this.#share = share;
    for (const client of [...this.#clients.values()]) {
      // It was another share that it had.
      client.hadShareAt = Number.NEGATIVE_INFINITY;
      this.#update(client);
    }
  }

  /** Whether a client may hold one more connection. */
  mayHold(claimant: Claimant): boolean {
    return (this.#clients.get(PoolClient.keyOf(claimant))?.held ?? 0) < this.#share;
  }

  /** Whether the requests of a client wait because it has its share, or just had it. */
  isLimited({ held, hadShareAt }: PoolClient<Connection>): boolean {
    return held >= this.#share || performance.now() - hadShareAt < RECENT;
  }

  /** Returns what counts the connections of a client. One is to be counted, or waited for, at once. */
  clientOf(claimant: Claimant): PoolClient<Connection> {
    const key = PoolClient.keyOf(claimant);
    const known = this.#clients.get(key);
    if (known) return known;
    const client = new PoolClient<Connection>(key, Boolean(claimant.user));
    this.#clients.set(key, client);
    return client;
  }

  /** The client holds one more connection. */
  count(client: PoolClient<Connection>): void {
    client.held++;
    if (client.waiters.size > 0) this.#update(client);
  }

  /** The client holds one less. */
  uncount(client: PoolClient<Connection>): void {
    if (client.held === this.#share) client.hadShareAt = performance.now();
    client.held--;
    if (client.waiters.size > 0) this.#update(client);
    else this.#forget(client);
  }

  /**
   * @param since when the request began to wait, in milliseconds of `performance.now`
   * @throws {ServiceFailure} 51 if the queue is full
   * @throws the error of the options after the timeout
   * @throws the reason of `signal` when it aborts
   */
  async wait(claimant: Claimant, since = performance.now(), signal?: AbortSignal): Promise<Connection> {
    signal?.throwIfAborted();
    this.#checkRoom(claimant);
    const client = this.clientOf(claimant);
    return new Promise<Connection>((resolve, reject) => {
      // Leaves the queue before it settles: a connection given to a settled waiter would be lost.
      let timer: NodeJS.Timeout | undefined;
      const leaving = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          if (!client.waiters.delete(waiter)) return;
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
          this.#length--;
          this.#update(client);
          settle(value);
        };
      };
      const waiter: Waiter<Connection> = {
        resolve: leaving(resolve),
        reject: leaving(reject),
        start: (since) => {
          const { timeoutError } = this.#options;
          const left = this.timeout * 1000 - (performance.now() - since);
          timer = setTimeout(() => waiter.reject(timeoutError(client)), left);
        },
        stop: () => clearTimeout(timer),
      };
      const abort = () => waiter.reject(signal?.reason);
      if (!this.#stopped) waiter.start(since);
      signal?.addEventListener('abort', abort);
      client.waiters.add(waiter);
      this.#length++;
      this.#update(client);
    });
  }

  /** Lets waiters wait for any time. */
  stopClock(): void {
    this.#stopped = true;
    for (const waiter of this.#all) waiter.stop();
  }

  /** Their time begins anew. */
  startClock(): void {
    this.#stopped = false;
    const now = performance.now();
    for (const waiter of this.#all) waiter.start(now);
  }

  /** Returns the client that holds the most connections, or has the most waiters. Its time grows with the clients. */
  holderOfMost(what: 'held' | 'waiting'): Holder | undefined {
    let most: Holder | undefined;
    for (const { owner, held, waiters } of this.#clients.values()) {
      const count = what === 'held' ? held : waiters.size;
      if (count > (most?.held ?? 0)) most = { ...owner, held: count };
    }
    return most;
  }

  /** Takes the next waiter that may get a connection out of the queue. @param lend makes its client hold one */
  serve(lend: (client: PoolClient<Connection>) => Connection): void {
    const [client] = this.#turns;
    const [waiter] = client?.waiters ?? [];
    if (client === undefined || waiter === undefined) return;
    this.#turns.delete(client);
    waiter.resolve(lend(client));
  }

  rejectAll(reason: unknown): void {
    for (const waiter of this.#all) waiter.reject(reason);
  }

  get #all(): Waiter<Connection>[] {
    return [...this.#waiting].flatMap(({ waiters }) => [...waiters]);
  }

  /** When the queue is full, clients that have less than an equal part of it may still wait. */
  #checkRoom(claimant: Claimant): void {
    const { maxLength } = this;
    if (this.#length < maxLength) return;
    const own = this.#clients.get(PoolClient.keyOf(claimant))?.waiters.size ?? 0;
    if (own * this.#waiting.size < maxLength) return;
    this.#options.onFull(() => this.holderOfMost('waiting'));
    throw waitQueueFull(maxLength);
  }

  /** Keeps what is counted of a client's waiters. */
  #update(client: PoolClient<Connection>): void {
    const { waiters, held } = client;
    const ready = Math.max(Math.min(waiters.size, this.#share - held), 0);
    this.#ready += ready - client.ready;
    client.ready = ready;
    if (ready > 0) this.#turns.add(client);
    else this.#turns.delete(client);
    if (waiters.size > 0) this.#waiting.add(client);
    else this.#waiting.delete(client);
    if (waiters.size === 0) this.#forget(client);
  }

  /** Forgets a client that has nothing. Some are kept, because most come back at once. */
  #forget(client: PoolClient<Connection>): void {
    if (client.held === 0 && this.#clients.size > KEPT_CLIENTS) this.#clients.delete(client.key);
  }
}
