import { FAULTS } from '../../netsvc/faults.js';
import type { Observer } from '../../netsvc/observer.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import { AgeLimit } from './age-limit.js';
import { ConnectionOpener } from './connection-opener.js';
import { hasTooManyConnections, type MysqlError } from './mysql-error.js';
import { observeWait } from './observed-wait.js';
import { isStale, type ParkedConnection, ParkedConnections, type Reclaim } from './parked-connections.js';
import type { AcquireOptions, ConnectionCounts, ConnectionPoolOptions } from './pool-options.js';
import { PoolPause } from './pool-pause.js';
import type { ConnectionUse, PooledConnection } from './pooled-connection.js';
import type { ServerOptions } from './server-options.js';
import { WaitQueue } from './wait-queue.js';

const DONE = Promise.resolve();

/**
 * The connections to one database, limited in number. A request gets an idle connection, else one that a session has
 * parked and not used for a second (a reset takes one round trip, a new connection several), else a new one, else
 * another parked one, else it waits in a FIFO queue. Every connection that leaves a session is reset by MySQL before
 * another session gets it.
 *
 * @example
 * const { connection } = parseMysqlUrl('mysql://user:password@localhost/shop');
 * const pool = new ConnectionPool(connection, { connections: 10 });
 * new Database('shop', pool);
 */
export class ConnectionPool {
  readonly name: string;
  readonly observer: Observer;
  readonly #opener: ConnectionOpener;
  readonly #limit: number;
  readonly #connections = new Set<PooledConnection>();
  /** The last used last. */
  readonly #idle: PooledConnection[] = [];
  readonly #parked = new ParkedConnections();
  readonly #waitQueue: WaitQueue;
  readonly #ageLimit: AgeLimit;
  /** Connections that are being opened or reclaimed for the wait queue. */
  #coming = 0;
  readonly #returning = new Set<Promise<void>>();
  #pause: PoolPause | undefined;

  constructor(server: ServerOptions, pool: ConnectionPoolOptions = {}) {
    const { connections = 50, connectWait = 10, maxWaiting = 10_000, maxConnectionAge = 300 } = pool;
    this.name = pool.name ?? '';
    this.observer = pool.observer ?? {};
    this.#opener = new ConnectionOpener(server, {
      // Less than the wait for a free connection, so that the error tells a server that does not answer from a pool in
      // use.
      seconds: connectWait * 0.8,
      readOnly: pool.readOnly,
      init: pool.init,
      onChange: this.#changed,
      onLost: (connection) => this.#remove(connection),
      onMoved: (host) => this.observer.hostChanged?.(this.name, host),
      onRetired: (isRetired) => {
        for (const connection of this.#connections) if (isRetired(connection.host)) connection.retired = true;
        this.#closeOutdated();
      },
    });
    this.#limit = connections;
    this.#ageLimit = new AgeLimit(maxConnectionAge, () => this.#closeOutdated());
    this.#waitQueue = new WaitQueue({
      maxLength: maxWaiting,
      timeout: connectWait,
      timeoutError: () => this.#allInUse(connectWait),
      onFull: () => this.observer.refused?.({ resource: 'waiting', database: this.name }),
    });
  }

  get counts(): ConnectionCounts {
    const counts = { opening: 0, idle: 0, used: 0, parked: 0, pinned: 0, resetting: 0, closing: 0 };
    for (const { use } of this.#connections) counts[use]++;
    return { ...counts, open: this.#connections.size, waiting: this.#waitQueue.length };
  }

  /** All connections. */
  get connections(): readonly PooledConnection[] {
    return [...this.#connections];
  }

  /**
   * @throws {MysqlError} if MySQL cannot be reached
   * @throws {ServiceFailure} 51 if no connection became free in time, or if the wait queue is full
   * @throws the reason of `signal` when it aborts first
   */
  acquire(options: AcquireOptions = {}): PooledConnection | Promise<PooledConnection> {
    const acquired = this.#acquire(options);
    return this.observer.connectionAcquired ? observeWait(this, acquired) : acquired;
  }

  #acquire(options: AcquireOptions): PooledConnection | Promise<PooledConnection> {
    const idle = this.#waitQueue.length === 0 && !this.#pause ? this.#idle.at(-1) : undefined;
    if (idle === undefined) return this.#waitFor(options);
    const stale = isStale(idle);
    idle.become('used');
    return stale ? this.#check(idle, options) : idle;
  }

  /**
   * Takes a connection back. MySQL resets it in the background, and it is destroyed if that fails. Never rejects.
   *
   * @returns resolves when nothing of the session is left in MySQL
   */
  release(connection: PooledConnection): Promise<void> {
    if (connection.discardOnRelease) connection.destroy();
    if (connection.lost) return DONE;
    if (connection.isOutdated) return this.#track(this.#close(connection));
    if (connection.unused) {
      this.#putBack(connection);
      return DONE;
    }
    connection.become('resetting');
    return this.#track(this.#reset(connection, () => connection.reset()));
  }

  /**
   * Parks a connection with its session.
   *
   * @param reclaim is called when another session needs it
   * @param unread the session may still read the outcome of its last statement, so that it is the last to be reclaimed
   */
  park(connection: PooledConnection, reclaim: Reclaim, unread = false): void {
    connection.become('parked');
    this.#parked.add(connection, reclaim, unread);
    if (connection.retired) this.#closeOutdated();
    this.#serveQueue();
  }

  /** The session keeps the connection while it does not use it. */
  pin(connection: PooledConnection): void {
    connection.become('pinned');
  }

  /**
   * The session uses the connection again that it has parked, or is pinned to, as it left it.
   *
   * @returns resolves when it is known whether the connection is alive, if it was parked for some time
   */
  reuse(connection: PooledConnection): Promise<void> | undefined {
    const stale = connection.use === 'parked' && isStale(connection);
    connection.become('used');
    return stale ? connection.ping().catch(() => connection.destroy()) : undefined;
  }

  /** Returns the rows of a statement that runs on a separate connection, to any of the hosts. @throws {MysqlError} */
  ask(sql: string): Promise<(string | null)[][]> {
    return this.#opener.ask(sql);
  }

  /** Whether `pause` has been called, and the pause not lifted. */
  get paused(): boolean {
    return this.#pause !== undefined;
  }

  /**
   * Makes new statements wait, so that MySQL can be restarted. Sessions that are pinned keep their connections until
   * they no longer are; all others are closed.
   *
   * @param seconds after which the pause is lifted
   * @throws {ServiceFailure} 51 if the pause was lifted before all connections were closed
   */
  pause(seconds: number): Promise<void> {
    this.#pause?.lift(this.#connections.size);
    const pause = new PoolPause(seconds, () => this.resume());
    this.#pause = pause;
    this.#waitQueue.hold();
    for (const idle of [...this.#idle]) void this.#close(idle);
    this.#serveQueue();
    if (this.#connections.size === 0) pause.noteQuiet();
    return pause.quiet;
  }

  /** Lifts a pause, if there is one. */
  resume(): void {
    const pause = this.#pause;
    this.#pause = undefined;
    if (pause === undefined) return;
    pause.lift(this.#connections.size);
    this.#waitQueue.unhold();
    this.#serveQueue();
  }

  /** Replaces all connections: those that no session uses at once, the others when their session leaves them. */
  replaceConnections(): void {
    for (const connection of this.#connections) connection.expiry = 0;
    this.#closeOutdated();
  }

  /** Checks that MySQL can be reached. @throws {MysqlError} */
  async check(): Promise<void> {
    await this.release(await this.acquire());
  }

  /** Closes all connections, after those that are being released. Each step has a time limit. */
  async end(): Promise<void> {
    await Promise.all(this.#returning);
    const open = [...this.#connections].filter(({ use }) => use !== 'closing');
    await Promise.all(open.map((connection) => this.#close(connection)));
    for (const connection of [...this.#connections]) connection.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  /** Keeps the lists of idle and parked connections as their uses say. */
  readonly #changed = (connection: PooledConnection, from: ConnectionUse): void => {
    if (from === 'idle') this.#idle.splice(this.#idle.lastIndexOf(connection), 1);
    else if (from === 'parked') this.#parked.delete(connection);
    if (connection.use === 'idle') this.#idle.push(connection);
  };

  async #waitFor(options: AcquireOptions): Promise<PooledConnection> {
    const connection = this.#waitQueue.wait(options.signal);
    this.#serveQueue();
    const granted = await connection;
    if (!options.signal?.aborted) return granted;
    void this.release(granted);
    throw options.signal.reason;
  }

  /** Gives connections to the wait queue. */
  #serveQueue(): void {
    if (this.#pause) {
      for (let parked = this.#parked.first; parked; parked = this.#parked.first) this.#track(this.#reclaim(parked));
      return;
    }
    while (this.#waitQueue.length > 0) {
      const idle = this.#idle.at(-1);
      const { first: parked } = this.#parked;
      if (idle) {
        idle.become('used');
        this.#waitQueue.resolveFirst(idle);
      } else if (this.#coming >= this.#waitQueue.length) return;
      else if (parked && this.#parked.hasStale) this.#expect(this.#reclaim(parked));
      else if (this.#connections.size < this.#limit) this.#expect(this.#open());
      else if (parked) this.#expect(this.#reclaim(parked));
      else return;
    }
  }

  /** Serves the queue again when `coming` has ended, with a connection or without. */
  #expect(coming: Promise<void>): void {
    this.#coming++;
    this.#track(
      coming.finally(() => {
        this.#coming--;
        this.#serveQueue();
      }),
    );
  }

  /** Opens a connection. If that fails, the first waiter gets the error. Never rejects. */
  async #open(): Promise<void> {
    try {
      const connection = await this.#opener.open(this.#connections);
      this.#ageLimit.apply(connection);
      this.observer.connectEnded?.(this.name);
      this.#putBack(connection);
    } catch (error) {
      if (this.#connections.size === 0) this.#pause?.noteQuiet();
      this.observer.connectEnded?.(this.name, error as MysqlError);
      const { name } = this;
      if (hasTooManyConnections(error)) this.observer.refused?.({ resource: 'mysql_connections', database: name });
      this.#waitQueue.rejectFirst(error);
    }
  }

  /** Reclaims a connection that has been parked. Never rejects. */
  #reclaim({ connection, reclaim }: ParkedConnection): Promise<void> {
    connection.become('resetting');
    return this.#reset(connection, reclaim);
  }

  /** Resets a connection, which is destroyed if that fails. Never rejects. */
  async #reset(connection: PooledConnection, reset: Reclaim): Promise<void> {
    try {
      await reset();
    } catch {
      connection.destroy();
    }
    this.#putBack(connection);
  }

  #putBack(connection: PooledConnection): void {
    if (connection.lost) return;
    if (this.#pause || connection.isOutdated) void this.#close(connection);
    else {
      connection.become('idle');
      this.#serveQueue();
    }
  }

  /** Those that are idle, and those that are parked. Others are closed as soon as no session needs them. */
  #closeOutdated(): void {
    for (const idle of [...this.#idle]) if (idle.isOutdated) void this.#close(idle);
    for (const parked of this.#parked.outdated) this.#track(this.#reclaim(parked));
  }

  /** Closes a connection that no session uses. Never rejects. */
  #close(connection: PooledConnection): Promise<void> {
    connection.become('closing');
    return connection.quit();
  }

  #remove(connection: PooledConnection): void {
    this.#connections.delete(connection);
    if (connection.use !== 'closing') connection.become('closing');
    if (this.#connections.size === 0) {
      this.#ageLimit.stop();
      this.#pause?.noteQuiet();
    }
    this.#serveQueue();
  }

  /** Pings a connection that was idle for some time. If it is lost, returns another. */
  async #check(connection: PooledConnection, options: AcquireOptions): Promise<PooledConnection> {
    const { signal } = options;
    try {
      await connection.refresh();
    } catch {
      connection.destroy();
      // The connections that have been idle as long are lost too.
      for (const idle of [...this.#idle]) if (isStale(idle)) idle.destroy();
      return this.#acquire(options);
    }
    if (!signal?.aborted && !connection.isOutdated) return connection;
    void this.release(connection);
    signal?.throwIfAborted();
    return this.#acquire(options);
  }

  /** Makes `end` wait for `work`, which never rejects. */
  #track(work: Promise<void>): Promise<void> {
    this.#returning.add(work);
    void work.then(() => this.#returning.delete(work));
    return work;
  }

  #allInUse(connectWait: number): ServiceFailure {
    this.observer.connectionTimedOut?.(this.name);
    this.observer.refused?.({ resource: 'connections', database: this.name });
    return ServiceFailure.of(
      FAULTS.RESOURCE_UNAVAILABLE,
      `All ${this.#limit} MySQL connections were in use for ${connectWait} seconds.`,
    );
  }
}
