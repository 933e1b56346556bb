import type { SideRows } from '../connections/side-connection.js';
import type { ServerOptions } from '../driver/driver-options.js';
import type { MysqlError } from '../errors/mysql-error.js';
import { type Obstacle, obstacleOf } from '../errors/obstacle.js';
import { ConnectionOpener, type OpenerOptions } from './connection-opener.js';
import type { DatabaseObserver } from './database-observer.js';
import type { PooledConnection } from './pooled-connection.js';

/** Milliseconds until the next attempt after one that failed: doubled from one failure to the next. */
const FIRST_DELAY = 50;
const MAX_DELAY = 1000;

const ACCESS_DENIED = 1045;

/** Milliseconds between a request that waits and the attempt that is made for it, at most. */
const SLACK = 50;

/** The part of the time that a request waits in which a connection should be open, so that its error is known then. */
const OPENING_PART = 0.8;

export interface AttemptOptions extends Omit<OpenerOptions, 'seconds' | 'onMoved' | 'onResetFailed' | 'isEnded'> {
  /** Seconds that a request waits. When MySQL has been unreachable for longer, nobody waits for it any more. */
  readonly patience: number;
  readonly observer: DatabaseObserver;
  /** That of the pool, for the observer. */
  readonly name: string;
  readonly onOpened: (connection: PooledConnection) => void;
  /** Makes the next attempt. */
  readonly retry: () => void;
  /** Whether there are connections that work. */
  readonly hasOpen: () => boolean;
}

/** The time in which MySQL accepts no connection. */
interface Outage {
  readonly obstacle: Obstacle;
  readonly error: MysqlError;
  /** When the first attempt began that has failed, or when MySQL has last answered. */
  since: number;
  /** Milliseconds until the next attempt, and its timer; undefined while it is being made. */
  readonly delay: number;
  readonly timer: NodeJS.Timeout | undefined;
}

/**
 * The attempts to connect to MySQL. After a transient failure, a timer repeats them, one at a time, until one succeeds.
 * The wait queue is then served as soon as MySQL can be reached again, and the log has the time.
 */
export class ConnectAttempts {
  readonly #opener: ConnectionOpener;
  readonly #options: AttemptOptions;
  #outage: Outage | undefined;
  #ended = false;

  constructor(server: ServerOptions, options: AttemptOptions) {
    const { observer, name, patience } = options;
    const onMoved = (host: string) => observer.hostChanged?.(name, host);
    const onResetFailed = (error: Error) => observer.resetFailed?.(name, error);
    const isEnded = () => this.#ended;
    const seconds = patience * OPENING_PART;
    this.#opener = new ConnectionOpener(server, { ...options, seconds, onMoved, onResetFailed, isEnded });
    this.#options = options;
  }

  /** Why the last attempt failed, if that may pass; undefined if it succeeded. */
  get failure(): MysqlError | undefined {
    return this.#outage?.error;
  }

  /** What stands in the way of a connection; undefined if the last attempt succeeded. */
  get obstacle(): Obstacle | undefined {
    return this.#outage?.obstacle;
  }

  /** The failure, if MySQL has been unreachable for as long as a request waits: from when the first one is told so. */
  get lastingFailure(): MysqlError | undefined {
    if (this.#outage?.obstacle !== 'unreachable') return undefined;
    const { error, since } = this.#outage;
    return performance.now() - since > this.#options.patience * 1000 - SLACK ? error : undefined;
  }

  /** @param connections those of the pool @throws {MysqlError} */
  open(connections: Set<PooledConnection>): Promise<PooledConnection> {
    return this.#attempt(async () => {
      const connection = await this.#opener.open(connections);
      this.#options.onOpened(connection);
      return connection;
    });
  }

  /** @param connections of other settings: see `ConnectionOpener` */
  succeed(connections: Iterable<PooledConnection>): void {
    this.#opener.succeed(connections);
  }

  /** Returns the rows of a statement that runs on a separate connection. @throws {MysqlError} */
  ask(sql: string): Promise<SideRows> {
    return this.#attempt(() => this.#opener.ask(sql));
  }

  /** MySQL has answered on a connection that was open. */
  noteAnswer(): void {
    if (this.#outage) this.#outage.since = performance.now();
  }

  /** Forgets what has failed: the next attempt may be made at once. */
  forget(): void {
    clearTimeout(this.#outage?.timer);
    this.#outage = undefined;
  }

  /** Makes no more attempts by itself. */
  end(): void {
    this.#ended = true;
    this.forget();
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    const { observer, name } = this.#options;
    const began = performance.now();
    try {
      const result = await work();
      this.forget();
      observer.connectEnded?.(name);
      return result;
    } catch (error) {
      this.#fail(error as MysqlError, began);
      // It says nothing about the settings that are used by now.
      if (this.#ended) throw error;
      observer.connectEnded?.(name, error as MysqlError);
      if (obstacleOf(error) === 'refused') observer.refused?.({ resource: 'mysql_connections', database: name });
      throw error;
    }
  }

  #fail(error: MysqlError, began: number): void {
    const obstacle = obstacleOf(error) ?? this.#loginObstacle(error);
    const last = this.#outage;
    if (obstacle === undefined || this.#ended) {
      this.forget();
      return;
    }
    const { since = began } = last ?? {};
    // Attempts that began before the first one failed.
    if (last?.timer) this.#outage = { ...last, error, obstacle };
    else this.#wait({ error, obstacle, since, delay: last ? Math.min(last.delay * 2, MAX_DELAY) : FIRST_DELAY });
  }

  /**
   * The password is being changed, until a reload has the new one: as long as connections are open, requests wait for
   * them.
   */
  #loginObstacle({ errno }: MysqlError): Obstacle | undefined {
    return errno === ACCESS_DENIED && this.#options.hasOpen() ? 'refused' : undefined;
  }

  #wait(outage: Omit<Outage, 'timer'>): void {
    const timer = setTimeout(() => {
      if (this.#outage) this.#outage = { ...this.#outage, timer: undefined };
      this.#options.retry();
    }, outage.delay);
    // Requests that wait keep the process alive.
    timer.unref();
    this.#outage = { ...outage, timer };
  }
}
