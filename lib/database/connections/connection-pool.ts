import { FAULTS } from '../../netsvc/faults.js';
import type { Observer } from '../../netsvc/observer.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import { ConnectionOpener } from './connection-opener.js';
import type { DatabaseHost } from './database-host.js';
import type { MysqlConnection } from './mysql-connection.js';
import type { MysqlError } from './mysql-error.js';
import { observeWait } from './observed-wait.js';
import { isStale, type ParkedConnection, ParkedConnections, type Reclaim } from './parked-connections.js';
import type { AcquireOptions, ConnectionCounts, ConnectionPoolOptions, PooledConnection } from './pool-options.js';
import { PoolPause } from './pool-pause.js';
import type { ServerOptions } from './server-options.js';
import { WaitQueue } from './wait-queue.js';
import { within } from './within.js';

/**
 * Milliseconds that a server may take to reset a connection or to stop a statement, before the connection is destroyed.
 */
const RESET_TIMEOUT = 5000;

const PING_TIMEOUT = 2000;

const DONE = Promise.resolve();

const READ_ONLY = 'SET SESSION TRANSACTION READ ONLY';

/**
 * The connections to one database, limited in number. A request gets an idle connection, else one that a session has
 * parked and not used for a second (a reset takes one round trip, a new connection several), else a new one, else
 * another parked one, else it waits in a FIFO queue. Every
 * connection that leaves a session is reset by MySQL before another session gets it.
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
  readonly #connections = new Set<MysqlConnection>();
  /** The last used last, with the time since when. */
  readonly #idle: { readonly connection: MysqlConnection; readonly since: number }[] = [];
  readonly #parked = new ParkedConnections();
  readonly #waitQueue: WaitQueue;
  /** Connections that are being opened or reclaimed for the wait queue. */
  #coming = 0;
  readonly #returning = new Set<Promise<void>>();
  #pause: PoolPause | undefined;

  constructor(server: ServerOptions, pool: ConnectionPoolOptions = {}) {
    const { connections = 50, connectWait = 10, maxWaiting = 10_000, readOnly = false, init = [] } = pool;
    this.name = pool.name ?? '';
    this.observer = pool.observer ?? {};
    this.#opener = new ConnectionOpener(server, {
      // Less than the wait for a free connection, so that the error tells a server that does not answer from a pool in
      // use.
      seconds: connectWait * 0.8,
      readOnly,
      init: readOnly ? [...init, READ_ONLY] : init,
      onLost: (connection) => this.#remove(connection),
      onMoved: (host) => this.observer.hostChanged?.(this.name, host),
      onRetired: (isRetired) => this.#retire(isRetired),
    });
    this.#limit = connections;
    this.#waitQueue = new WaitQueue({
      maxLength: maxWaiting,
      timeout: connectWait,
      timeoutError: () => this.#allInUse(connectWait),
    });
  }

  get counts(): ConnectionCounts {
    return {
      open: this.#connections.size,
      idle: this.#idle.length,
      parked: this.#parked.size,
      waiting: this.#waitQueue.length,
    };
  }

  /** The open connections. */
  get connections(): readonly PooledConnection[] {
    const idle = new Set(this.#idle.map(({ connection }) => connection));
    return [...this.#connections].map((connection) => {
      const state = idle.has(connection) ? 'idle' : this.#parked.has(connection) ? 'parked' : 'used';
      return { threadId: connection.threadId, state };
    });
  }

  /**
   * @throws {MysqlError} if MySQL cannot be reached
   * @throws {ServiceFailure} 51 if no connection became free in time, or if the wait queue is full
   * @throws the reason of `signal` when it aborts first
   */
  acquire(options: AcquireOptions = {}): MysqlConnection | Promise<MysqlConnection> {
    const acquired = this.#acquire(options);
    return this.observer.connectionAcquired ? observeWait(this, acquired) : acquired;
  }

  #acquire(options: AcquireOptions): MysqlConnection | Promise<MysqlConnection> {
    const idle = this.#waitQueue.length === 0 && !this.#pause ? this.#idle.pop() : undefined;
    if (idle === undefined) return this.#waitFor(options);
    const { connection, since } = idle;
    return isStale(since) ? this.#check(connection, options) : connection;
  }

  /**
   * Takes a connection back. MySQL resets it in the background, and it is destroyed if that fails. Never rejects.
   *
   * @returns resolves when nothing of the session is left in MySQL
   */
  release(connection: MysqlConnection): Promise<void> {
    this.#parked.take(connection);
    if (connection.discardOnRelease) connection.destroy();
    if (connection.lost) return DONE;
    if (connection.retired) return this.#track(this.#close(connection));
    if (connection.unused) {
      this.#putBack(connection);
      return DONE;
    }
    const reset = within(RESET_TIMEOUT, connection, () => connection.reset());
    return this.#track(reset.then(() => this.#putBack(connection), ignore));
  }

  /** Parks a connection with its session. `reclaim` is called when another session needs it. */
  park(connection: MysqlConnection, reclaim: Reclaim): void {
    this.#parked.add(connection, reclaim);
    this.#reclaimRetired();
    this.#serveQueue();
  }

  /**
   * The session uses the connection that it parked again, as it left it.
   *
   * @returns resolves when it is known that the connection is alive, if it was not used for some time
   */
  unpark(connection: MysqlConnection): Promise<void> | undefined {
    if (!this.#parked.take(connection)) return undefined;
    return within(PING_TIMEOUT, connection, () => connection.ping()).catch(ignore);
  }

  /**
   * Stops the statement that `connection` is running: its `run` fails with MySQL's error 1317. If MySQL cannot be
   * reached, the connection is destroyed. Never rejects.
   */
  async killQuery(connection: MysqlConnection): Promise<void> {
    const { origin, host } = connection;
    if (origin) await host.killQuery(origin).catch(() => connection.destroy());
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
    for (const { connection } of this.#idle.splice(0)) void this.#close(connection);
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

  /** Checks that MySQL can be reached. @throws {MysqlError} */
  async check(): Promise<void> {
    await this.release(await this.acquire());
  }

  /** Closes all connections, after those that are being released. */
  async end(): Promise<void> {
    await Promise.all(this.#returning);
    let timer: NodeJS.Timeout | undefined;
    // A server that hangs does not answer COM_QUIT.
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RESET_TIMEOUT);
    });
    await Promise.race([timeout, Promise.all([...this.#connections].map((connection) => connection.quit()))]);
    clearTimeout(timer);
    for (const connection of [...this.#connections]) connection.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  async #waitFor(options: AcquireOptions): Promise<MysqlConnection> {
    const connection = this.#waitQueue.wait(options.signal);
    this.#serveQueue();
    const granted = await connection;
    if (!options.signal?.aborted) return granted;
    void this.release(granted);
    throw options.signal.reason;
  }

  /** Gives connections to the wait queue, as far as there are any. */
  #serveQueue(): void {
    if (this.#pause) {
      while (this.#parked.size > 0) void this.#track(this.#reclaim(this.#parked.takeOldest()));
      return;
    }
    while (this.#waitQueue.length > 0) {
      const idle = this.#idle.pop();
      if (idle) this.#waitQueue.resolveFirst(idle.connection);
      else if (this.#coming >= this.#waitQueue.length) return;
      else if (this.#parked.hasStale) this.#expect(this.#reclaim(this.#parked.takeOldest()));
      else if (this.#connections.size < this.#limit) this.#expect(this.#open());
      else if (this.#parked.size > 0) this.#expect(this.#reclaim(this.#parked.takeOldest()));
      else return;
    }
  }

  /** Serves the queue again when `coming` has ended, with a connection or without. */
  #expect(coming: Promise<void>): void {
    this.#coming++;
    void this.#track(
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
      this.observer.connectEnded?.(this.name);
      this.#putBack(connection);
    } catch (error) {
      if (this.#connections.size === 0) this.#pause?.noteQuiet();
      this.observer.connectEnded?.(this.name, error as MysqlError);
      this.#waitQueue.rejectFirst(error);
    }
  }

  /** Reclaims a connection that has been parked. Never rejects. */
  async #reclaim(parked: ParkedConnection | undefined): Promise<void> {
    if (parked === undefined) return;
    const { connection, reclaim } = parked;
    await within(RESET_TIMEOUT, connection, reclaim);
    this.#putBack(connection);
  }

  #reclaimRetired(): void {
    for (const parked of this.#parked.takeRetired()) void this.#track(this.#reclaim(parked));
  }

  #putBack(connection: MysqlConnection): void {
    if (connection.lost) return;
    if (this.#pause || connection.retired) void this.#close(connection);
    else if (this.#waitQueue.length > 0) this.#waitQueue.resolveFirst(connection);
    else this.#idle.push({ connection, since: performance.now() });
  }

  /** Closes connections to some hosts: those that are idle, and others as soon as no session needs them. */
  #retire(isRetired: (host: DatabaseHost) => boolean): void {
    for (const connection of this.#connections) if (isRetired(connection.host)) connection.retired = true;
    const idle = this.#idle.splice(0);
    this.#idle.push(...idle.filter(({ connection }) => !connection.retired));
    for (const { connection } of idle) if (connection.retired) void this.#close(connection);
    this.#reclaimRetired();
  }

  /** Closes a connection that no session uses. Never rejects. */
  async #close(connection: MysqlConnection): Promise<void> {
    await within(RESET_TIMEOUT, connection, () => connection.quit()).catch(ignore);
    connection.destroy();
  }

  #remove(connection: MysqlConnection): void {
    this.#connections.delete(connection);
    this.#parked.take(connection);
    const at = this.#idle.findIndex((idle) => idle.connection === connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#connections.size === 0) this.#pause?.noteQuiet();
    this.#serveQueue();
  }

  /** Pings a connection that was idle for some time. If it is lost, returns another. */
  async #check(connection: MysqlConnection, options: AcquireOptions): Promise<MysqlConnection> {
    const { signal } = options;
    try {
      await within(PING_TIMEOUT, connection, () => connection.ping());
    } catch {
      // The connections that have been idle as long are lost too.
      for (const idle of [...this.#idle]) if (isStale(idle.since)) idle.connection.destroy();
      return this.#acquire(options);
    }
    if (signal?.aborted) {
      void this.release(connection);
      throw signal.reason;
    }
    if (!connection.retired) return connection;
    void this.#close(connection);
    return this.#acquire(options);
  }

  /** Makes `end` wait for `work`. */
  #track(work: Promise<void>): Promise<void> {
    this.#returning.add(work);
    return work.finally(() => this.#returning.delete(work));
  }

  #allInUse(connectWait: number): ServiceFailure {
    this.observer.connectionTimedOut?.(this.name);
    return ServiceFailure.of(
      FAULTS.RESOURCE_UNAVAILABLE,
      `All ${this.#limit} MySQL connections were in use for ${connectWait} seconds.`,
    );
  }
}

function ignore(): void {}
