import type { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ServerOptions } from '../driver/driver-options.js';
import { databaseDisabled } from '../errors/fault-texts.js';
import { CONNECT_WAIT, ConnectionSupply } from './connection-supply.js';
import type { DatabaseObserver } from './database-observer.js';
import { isStale, type Reclaim } from './parked-connections.js';
import type { Claimant, PoolClient } from './pool-client.js';
import { PoolConnections } from './pool-connections.js';
import type { AcquireOptions, ConnectionCounts, ConnectionPoolOptions, PoolSettings } from './pool-options.js';
import type { PooledConnection } from './pooled-connection.js';
import { exhausted, waitFailure } from './wait-failure.js';
import { WaitQueue } from './wait-queue.js';

const DONE = Promise.resolve();

/** Milliseconds without an answer after which MySQL does not answer, in the error of a request that waited for it. */
const UNANSWERED_AFTER = 1000;

/**
 * The connections to one database, limited in number. A request gets an idle connection, else one that a session has
 * parked and not used for a second (a reset takes one round trip, a new connection several), else a new one, else
 * another parked one, else it waits: until one becomes free, its client has less than its share, or MySQL accepts
 * connections. Every connection that leaves a session is reset by MySQL before another session gets it.
 *
 * @example
 * const { connection } = parseMysqlUrl('mysql://user:password@localhost/shop');
 * const pool = new ConnectionPool(connection, { connections: 10 });
 * new Database('shop', pool);
 */
export class ConnectionPool {
  readonly name: string;
  readonly observer: DatabaseObserver;
  readonly #connections = new PoolConnections((client) => this.#waitQueue.uncount(client));
  readonly #waitQueue: WaitQueue<PooledConnection>;
  readonly #supply: ConnectionSupply;

  constructor(server: ServerOptions, pool: ConnectionPoolOptions = {}) {
    const { connectWait = CONNECT_WAIT, maxWaiting = 10_000 } = pool;
    const { name = '', observer = {}, connectionsPerUser: share = Number.POSITIVE_INFINITY } = pool;
    this.name = name;
    this.observer = observer;
    this.#waitQueue = new WaitQueue({
      maxLength: maxWaiting,
      timeout: connectWait,
      share,
      timeoutError: (client) => this.#timeoutError(client),
      onFull: (holder) => observer.refused?.({ resource: 'waiting', database: name, holder }),
    });
    this.#supply = new ConnectionSupply(server, pool, { connections: this.#connections, waitQueue: this.#waitQueue });
  }

  /** The maximum number of connections. */
  get limit(): number {
    return this.#supply.limit;
  }

  /**
   * Replaces the server and the settings of the pool. Sessions keep the connections that they are using or are pinned
   * to; all others are closed, and new ones have the new settings. Requests that wait go on waiting.
   */
  replace(server: ServerOptions, pool: PoolSettings = {}): void {
    this.#waitQueue.timeout = pool.connectWait ?? CONNECT_WAIT;
    this.#supply.replace(server, pool);
  }

  get counts(): ConnectionCounts {
    return { ...this.#connections.counts, open: this.#connections.size, waiting: this.#waitQueue.length };
  }

  /** All connections. */
  get connections(): readonly PooledConnection[] {
    return [...this.#connections.all];
  }

  /** MySQL cannot be reached, as the last attempt to connect has shown. */
  get unreachable(): boolean {
    return this.#supply.attempts.obstacle === 'unreachable';
  }

  /** Why nobody waits for MySQL: the pool is disabled, or MySQL unreachable for longer than a request may wait. */
  get lastingFailure(): Error | undefined {
    if (this.disabled !== undefined) return databaseDisabled(this.disabled);
    return this.paused ? undefined : this.#supply.attempts.lastingFailure;
  }

  /** The maximum number of connections that a user, or an address of anonymous clients, may hold. */
  get connectionsPerUser(): number {
    return this.#waitQueue.share;
  }

  set connectionsPerUser(share: number) {
    this.#waitQueue.share = share;
    this.#supply.serve();
  }

  /** Replaces the maximum length of the wait queue. Requests that wait go on waiting. */
  set maxWaiting(length: number) {
    this.#waitQueue.maxLength = length;
  }

  /**
   * @param since when the request began to wait for a connection that turned out to be lost, in milliseconds of
   *   `performance.now`; now by default
   * @throws {MysqlError} if MySQL accepted no connection in time, or will accept none, such as for a wrong password
   * @throws {ServiceFailure} 51 if no connection became free in time, or if the wait queue is full
   * @throws the reason of `signal` when it aborts first
   */
  acquire(options: AcquireOptions = {}, since?: number): PooledConnection | Promise<PooledConnection> {
    const acquired = this.#acquire(options, since);
    return this.observer.connectionAcquired ? observeWait(this, acquired) : acquired;
  }

  #acquire(options: AcquireOptions, since?: number): PooledConnection | Promise<PooledConnection> {
    // While the pool is paused or disabled, there is none.
    const idle = this.#waitQueue.ready === 0 ? this.#connections.lastIdle : undefined;
    if (idle === undefined || isStale(idle) || !this.#waitQueue.mayHold(options)) return this.#waitFor(options, since);
    return this.#supply.lend(idle, this.#waitQueue.clientOf(options));
  }

  async #waitFor(options: AcquireOptions, since = performance.now()): Promise<PooledConnection> {
    const { lastingFailure } = this;
    if (lastingFailure) throw lastingFailure;
    const { signal } = options;
    const connection = this.#waitQueue.wait(options, since, signal);
    this.#supply.serve();
    const granted = await connection;
    if (!signal?.aborted) return granted;
    void this.release(granted);
    throw signal.reason;
  }

  /**
   * Takes a connection back. MySQL resets it in the background, or together with the first statement of the next
   * session, and it is destroyed if that fails. Never rejects.
   *
   * @param wasPinned the session may have left what MySQL has not reported
   * @returns resolves when nothing of the session is left in MySQL that another can notice
   */
  release(connection: PooledConnection, wasPinned = true): Promise<void> {
    if (connection.lost) return DONE;
    if (connection.unused || (!wasPinned && connection.postponeReset())) {
      this.#supply.putBack(connection);
      return DONE;
    }
    return this.#supply.reset(connection, () => connection.reset());
  }

  /**
   * Parks a connection with its session.
   *
   * @param reclaim is called when another session needs it
   * @param unread the session may still read the outcome of its last statement, so that it is the last to be reclaimed
   */
  park(connection: PooledConnection, reclaim: Reclaim, unread = false): void {
    connection.become('parked');
    this.#connections.parked.add(connection, reclaim, unread);
    this.#supply.noteParked(connection);
  }

  /** The session keeps the connection while it does not use it. */
  pin(connection: PooledConnection): void {
    connection.become('pinned');
  }

  /**
   * The session uses the connection again that it has parked, or is pinned to, as it left it.
   *
   * @param claimant the client of the session, if it was parked
   * @returns resolves when it is known whether the connection is alive, if it was parked for some time
   */
  reuse(connection: PooledConnection, claimant: Claimant = {}): Promise<void> | undefined {
    const stale = connection.use === 'parked' && isStale(connection);
    if (connection.holder) connection.become('used');
    else this.#supply.lend(connection, this.#waitQueue.clientOf(claimant));
    return stale ? connection.ping().catch(() => connection.destroy()) : undefined;
  }

  /**
   * Reclaims a connection from the session that has parked it, if its client has its share of connections: the session
   * has to wait for one like others.
   */
  reclaimBeyondShare(connection: PooledConnection | undefined, claimant: Claimant): void {
    const parked = connection?.use === 'parked' ? this.#connections.parked.get(connection) : undefined;
    if (parked && !this.#waitQueue.mayHold(claimant)) void this.#supply.reclaim(parked);
  }

  /** Returns the rows of a statement that runs on a separate connection, to any of the hosts. @throws {MysqlError} */
  ask(sql: string): Promise<(string | null)[][]> {
    return this.#supply.attempts.ask(sql);
  }

  /** Whether `pause` has been called, and the pause not lifted. */
  get paused(): boolean {
    return this.#supply.availability.isPaused;
  }

  /**
   * Makes new statements wait, so that MySQL can be restarted. Sessions that are pinned keep their connections until
   * they no longer are; all others are closed.
   *
   * @param seconds after which the pause is lifted
   * @throws {ServiceFailure} 51 if the pause was lifted before all connections were closed
   */
  pause(seconds: number): Promise<void> {
    return this.#supply.pause(seconds);
  }

  /** Lifts a pause, if there is one. */
  resume(): void {
    this.#supply.resume();
  }

  /** Why `disable` has been called, '' if it was not said; undefined if the pool serves requests. */
  get disabled(): string | undefined {
    return this.#supply.availability.disabled;
  }

  /** @throws {ServiceFailure} 51 */
  throwIfDisabled(): void {
    if (this.disabled !== undefined) throw databaseDisabled(this.disabled);
  }

  /**
   * Makes requests that need a connection fail with fault 51 at once, also those that wait. Sessions that are pinned
   * keep their connections until they no longer are; all others are closed.
   */
  disable(reason: string): void {
    this.#supply.disable(reason, databaseDisabled(reason));
  }

  /** Undoes `disable`. */
  enable(): void {
    this.#supply.enable();
  }

  /** Stops all statements that are running, which then fail with `reason`. @returns how many they are */
  cancelAll(reason: ServiceFailure): number {
    const running = this.connections.flatMap(({ statement }) => (statement?.running ? [statement] : []));
    for (const statement of running) statement.cancel(reason);
    return running.length;
  }

  /** Replaces all connections: those that no session uses at once, the others when their session leaves them. */
  replaceConnections(): void {
    this.#supply.replaceAll();
  }

  /** Checks that MySQL can be reached: by an idle connection, or a new one. Waits for neither. @throws {MysqlError} */
  async check(): Promise<void> {
    for (let idle = this.#connections.lastIdle; idle; idle = this.#connections.lastIdle) {
      this.#supply.lend(idle, this.#waitQueue.clientOf({}));
      if (await this.#connections.isAlive(idle)) return this.release(idle);
    }
    if (this.#connections.size < this.limit) await this.#supply.open();
    else await this.ask('DO 0');
  }

  /** Closes all connections, after those that are being released. Each step has a time limit. */
  end(): Promise<void> {
    return this.#supply.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  /** What a request has waited for in vain. */
  #timeoutError(client: PoolClient<PooledConnection>): Error {
    const { name: database, observer, limit, counts, connectionsPerUser: share } = this;
    const { failure } = this.#supply.attempts;
    const seconds = this.#waitQueue.timeout;
    const unanswered = this.#connections.countUnanswered(Math.min(seconds * 500, UNANSWERED_AFTER));
    const isLimited = this.#waitQueue.isLimited(client);
    const wait = { seconds, client, isLimited, share, limit, counts, unanswered, failure };
    const refused = exhausted(wait);
    const holder = () => this.#waitQueue.holderOfMost('held');
    observer.connectionTimedOut?.(database);
    if (refused) observer.refused?.({ ...refused, database, holder });
    return waitFailure(wait);
  }
}

/** Reports how long a request to a pool waits for the connection that `acquired` is or resolves to. */
function observeWait(
  { name, observer }: { readonly name: string; readonly observer: DatabaseObserver },
  acquired: PooledConnection | Promise<PooledConnection>,
): PooledConnection | Promise<PooledConnection> {
  if (!(acquired instanceof Promise)) {
    observer.connectionAcquired?.(name, 0);
    return acquired;
  }
  const since = performance.now();
  return acquired.then((connection) => {
    observer.connectionAcquired?.(name, (performance.now() - since) / 1000);
    return connection;
  });
}
