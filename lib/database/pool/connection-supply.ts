import type { ServerOptions } from '../driver/driver-options.js';
import { AgeLimit } from './age-limit.js';
import { type AttemptOptions, ConnectAttempts } from './connect-attempts.js';
import { isStale, type ParkedConnection, type Reclaim } from './parked-connections.js';
import { PoolAvailability } from './pool-availability.js';
import type { PoolClient } from './pool-client.js';
import type { PoolConnections } from './pool-connections.js';
import type { ConnectionPoolOptions, PoolSettings } from './pool-options.js';
import type { PooledConnection } from './pooled-connection.js';
import type { WaitQueue } from './wait-queue.js';

/** Defaults of `PoolSettings`. */
export const CONNECT_WAIT = 10;
const MAX_CONNECTIONS = 50;
const MAX_AGE = 300;

/** Milliseconds in which the next session may come, which resets a connection with its first statement. */
const RESET_DELAY = 2;

/** What a pool and its supply share. */
export interface SupplyParts {
  readonly connections: PoolConnections;
  readonly waitQueue: WaitQueue<PooledConnection>;
}

/**
 * Serves the wait queue with connections that are released, reclaimed or opened. Closes connections that are retired or
 * too old.
 */
export class ConnectionSupply {
  readonly #connections: PoolConnections;
  readonly #waitQueue: WaitQueue<PooledConnection>;
  /** The maximum number of connections. */
  #limit: number;
  readonly #ageLimit: AgeLimit;
  readonly #observed: Pick<AttemptOptions, 'observer' | 'name'>;
  #attempts: ConnectAttempts;
  /** Connections that are being opened or reclaimed for the wait queue. */
  #coming = 0;
  readonly #returning = new Set<Promise<void>>();
  /** Resets the connections that no session has come for. */
  #resetLater: NodeJS.Timeout | undefined;
  readonly #availability: PoolAvailability;

  constructor(server: ServerOptions, pool: ConnectionPoolOptions, { connections, waitQueue }: SupplyParts) {
    const { connections: limit = MAX_CONNECTIONS, maxConnectionAge = MAX_AGE, name = '', observer = {} } = pool;
    this.#connections = connections;
    this.#waitQueue = waitQueue;
    this.#limit = limit;
    this.#observed = { observer, name };
    this.#availability = new PoolAvailability((...change) => observer.availabilityChanged?.(name, ...change));
    this.#ageLimit = new AgeLimit(maxConnectionAge, () => this.#closeOutdated());
    this.#attempts = this.#attemptsFor(server, pool);
  }

  #attemptsFor(server: ServerOptions, { connectWait = CONNECT_WAIT, readOnly, init }: PoolSettings): ConnectAttempts {
    const { all, changed } = this.#connections;
    return new ConnectAttempts(server, {
      ...this.#observed,
      patience: connectWait,
      readOnly,
      init,
      retry: () => this.#retry(),
      hasOpen: () => [...all].some(({ use }) => use !== 'opening' && use !== 'closing'),
      onOpened: (connection) => this.#ageLimit.apply(connection),
      onChange: changed,
      onLost: (connection) => this.#remove(connection),
      onRetired: (isRetired) => {
        for (const connection of all) if (isRetired(connection.host)) connection.retired = true;
        this.#closeOutdated();
      },
    });
  }

  get limit(): number {
    return this.#limit;
  }

  /** Replaces the server, and all connections: as `replaceAll` does, those that are being opened too. */
  replace(server: ServerOptions, pool: PoolSettings): void {
    const { connections = MAX_CONNECTIONS, maxConnectionAge = MAX_AGE } = pool;
    this.#limit = connections;
    this.#ageLimit.replace(maxConnectionAge);
    const opening = [...this.#connections.all].filter(({ use }) => use === 'opening');
    this.#attempts.end();
    this.#attempts = this.#attemptsFor(server, pool);
    this.#attempts.succeed(this.#connections.all);
    // The server that they wait for may never answer.
    for (const connection of opening) connection.destroy();
    for (const connection of this.#connections.all) connection.retired = true;
    this.#closeOutdated();
    this.serve();
  }

  get attempts(): ConnectAttempts {
    return this.#attempts;
  }

  get availability(): Pick<PoolAvailability, 'isPaused' | 'disabled'> {
    return this.#availability;
  }

  /** @returns resolves when no connection is open */
  pause(seconds: number): Promise<void> {
    const quiet = this.#availability.pause(seconds, this.#connections.size, () => this.resume());
    this.#waitQueue.stopClock();
    this.#withdraw();
    if (this.#connections.size === 0) this.#availability.noteQuiet();
    this.#availability.report();
    return quiet;
  }

  resume(): void {
    if (!this.#availability.resume(this.#connections.size)) return;
    this.#waitQueue.startClock();
    this.#availability.report();
    this.serve();
  }

  /** @param error what requests that wait get */
  disable(reason: string, error: Error): void {
    this.#availability.disable(reason);
    this.#withdraw();
    this.#waitQueue.rejectAll(error);
    this.#availability.report();
  }

  enable(): void {
    if (!this.#availability.enable()) return;
    this.#availability.report();
    this.serve();
  }

  /** Closes the connections that no session uses or is pinned to. */
  #withdraw(): void {
    this.#attempts.forget();
    for (const idle of [...this.#connections.idle]) void this.#close(idle);
    this.serve();
  }

  /** A session of the client uses the connection: it counts as the client's until it is idle, parked or closed. */
  lend(connection: PooledConnection, client: PoolClient<PooledConnection>): PooledConnection {
    connection.holder = client;
    this.#waitQueue.count(client);
    connection.become('used');
    return connection;
  }

  /** Gives connections to the wait queue. */
  serve(): void {
    const { parked } = this.#connections;
    if (this.#availability.isWithheld) {
      for (let first = parked.first; first; first = parked.first) this.reclaim(first);
      return;
    }
    while (this.#waitQueue.ready > 0) {
      const { lastIdle } = this.#connections;
      const { first } = parked;
      if (lastIdle && !isStale(lastIdle)) this.#waitQueue.serve((client) => this.lend(lastIdle, client));
      else if (this.#coming >= this.#waitQueue.ready) return;
      else if (lastIdle) this.#expect(this.#refresh(lastIdle));
      else if (first && parked.hasStale) this.#expect(this.reclaim(first));
      else if (this.#connections.size < this.#limit && !this.#attempts.failure) this.#expect(this.#open());
      else if (first) this.#expect(this.reclaim(first));
      else return;
    }
  }

  /** Opens a connection, which the next request gets. @throws {MysqlError} */
  open(): Promise<void> {
    const opened = this.#openCurrent().then((connection) => this.putBack(connection));
    void this.#track(opened.catch(ignore));
    return opened;
  }

  /** If the server is replaced meanwhile, to the new one. @throws {MysqlError} */
  async #openCurrent(): Promise<PooledConnection> {
    const attempts = this.#attempts;
    try {
      return await attempts.open(this.#connections.all);
    } catch (error) {
      if (attempts === this.#attempts) throw error;
      return this.#openCurrent();
    }
  }

  /** Reclaims a connection that has been parked. Never rejects. */
  reclaim({ connection, reclaim }: ParkedConnection): Promise<void> {
    return this.reset(connection, reclaim);
  }

  /** Resets a connection, which is destroyed if that fails. Never rejects. */
  reset(connection: PooledConnection, reset: Reclaim): Promise<void> {
    connection.become('resetting');
    return this.#track(this.#reset(connection, reset));
  }

  putBack(connection: PooledConnection): void {
    if (connection.lost) return;
    const isSurplus = this.#connections.size > this.#limit;
    if (this.#availability.isWithheld || isSurplus || connection.isOutdated || connection.discardOnRelease) {
      void this.#track(this.#close(connection));
    } else {
      connection.become('idle');
      if (connection.isResetDue) this.#resetLater ??= setTimeout(() => this.#completeResets(), RESET_DELAY);
      this.serve();
    }
  }

  /** No session has come for them in time. */
  #completeResets(): void {
    this.#resetLater = undefined;
    for (const idle of [...this.#connections.idle]) {
      if (idle.isResetDue) void this.reset(idle, () => idle.completeReset());
    }
  }

  /** A session has parked a connection, on which MySQL has answered. */
  noteParked({ retired }: PooledConnection): void {
    this.#attempts.noteAnswer();
    if (retired) this.#closeOutdated();
    this.serve();
  }

  /** Replaces all connections: those that no session uses at once, the others when their session leaves them. */
  replaceAll(): void {
    for (const connection of this.#connections.all) connection.expiry = 0;
    this.#closeOutdated();
  }

  /** Asks MySQL on a connection that was idle for some time: it may be lost. Never rejects. */
  async #refresh(connection: PooledConnection): Promise<void> {
    connection.become('resetting');
    if (await this.#connections.isAlive(connection)) this.putBack(connection);
  }

  /** Closes all connections, after those that are being released. Each step has a time limit. */
  async end(): Promise<void> {
    // Attempts that will hardly succeed are not waited for.
    const opening = this.#attempts.failure ? [...this.#connections.all].filter(({ use }) => use === 'opening') : [];
    this.#attempts.end();
    clearTimeout(this.#resetLater);
    for (const connection of opening) connection.destroy();
    await Promise.all(this.#returning);
    const open = [...this.#connections.all].filter(({ use }) => use !== 'closing');
    await Promise.all(open.map((connection) => this.#close(connection)));
    for (const connection of [...this.#connections.all]) connection.destroy();
  }

  /** Serves the queue again when `coming` has ended, with a connection or without. */
  #expect(coming: Promise<void>): void {
    this.#coming++;
    void this.#track(
      coming.finally(() => {
        this.#coming--;
        this.serve();
      }),
    );
  }

  /** Opens a connection. If that fails for good, all waiters get the error. Never rejects. */
  async #open(): Promise<void> {
    try {
      await this.open();
    } catch (error) {
      if (this.#connections.size === 0) this.#availability.noteQuiet();
      if (this.#attempts.failure === undefined) this.#waitQueue.rejectAll(error);
    }
  }

  /** Tries again to connect: as long as MySQL is unreachable, or somebody waits for a connection. */
  #retry(): void {
    const isWanted = this.#waitQueue.ready > 0 || this.#attempts.obstacle === 'unreachable';
    if (this.#availability.isWithheld || !isWanted) this.#attempts.forget();
    else if (this.#connections.size < this.#limit) this.#expect(this.#open());
    else this.#expect(this.#attempts.ask('DO 0').then(ignore, ignore));
  }

  async #reset(connection: PooledConnection, reset: Reclaim): Promise<void> {
    try {
      await reset();
      this.#attempts.noteAnswer();
    } catch (error) {
      const { observer, name } = this.#observed;
      observer.resetFailed?.(name, error);
      connection.destroy();
    }
    this.putBack(connection);
  }

  /** Those that are idle, and those that are parked. Others are closed as soon as no session needs them. */
  #closeOutdated(): void {
    for (const idle of [...this.#connections.idle]) if (idle.isOutdated) void this.#close(idle);
    for (const parked of this.#connections.parked.outdated) void this.reclaim(parked);
  }

  #close(connection: PooledConnection): Promise<void> {
    connection.become('closing');
    return connection.quit();
  }

  #remove(connection: PooledConnection): void {
    this.#connections.all.delete(connection);
    if (connection.use !== 'closing') connection.become('closing');
    if (this.#connections.size === 0) {
      this.#ageLimit.stop();
      this.#availability.noteQuiet();
    }
    this.serve();
  }

  /** Makes `end` wait for `work`, which never rejects. */
  #track(work: Promise<void>): Promise<void> {
    this.#returning.add(work);
    void work.then(() => this.#returning.delete(work));
    return work;
  }
}

function ignore(): void {}
