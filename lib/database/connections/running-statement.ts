import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import type { ConnectionPool } from './connection-pool.js';
import type { MysqlConnection } from './mysql-connection.js';
import { IGNORE, type ResultSink } from './result-sink.js';

/** A statement that MySQL is running: it can be waited for and cancelled. */
export class RunningStatement {
  /**
   * Settles when the connection is free for the next statement.
   *
   * Rejects with the reason of the cancellation, or with a MysqlError.
   */
  readonly done: Promise<void>;
  readonly #pool: ConnectionPool;
  readonly #connection: MysqlConnection;
  #reason: unknown;
  #killing: Promise<void> | undefined;
  #ended = false;
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param timeout seconds until it is cancelled with fault 58; undefined or 0: never */
  constructor(pool: ConnectionPool, connection: MysqlConnection, sql: string, sink: ResultSink, timeout = 0) {
    this.#pool = pool;
    this.#connection = connection;
    if (timeout > 0) this.#timer = setTimeout(() => this.cancel(tookTooLong(timeout)), timeout * 1000);
    this.done = this.#run(sql, sink);
  }

  /** Whether it is being stopped, or was. */
  get cancelled(): boolean {
    return this.#killing !== undefined;
  }

  /** Whether the connection still belongs to it. */
  get running(): boolean {
    return !this.#ended;
  }

  /** It may take as long as it likes: MySQL has begun to answer, and how long the rest takes is up to the reader. */
  stopTiming(): void {
    clearTimeout(this.#timer);
  }

  /** Stops the statement in MySQL. Where it comes too late, the statement ends as if nothing had been. */
  cancel(reason: unknown): void {
    if (this.#ended || this.#killing) return;
    this.#reason = reason;
    this.#killing = this.#pool.killQuery(this.#connection);
    // A reader may have paused it, and the end is behind the rows.
    this.#connection.resume();
  }

  async #run(sql: string, sink: ResultSink): Promise<void> {
    try {
      await this.#connection.run(sql, sink);
    } catch (error) {
      throw this.#killing ? this.#reason : error;
    } finally {
      this.stopTiming();
      if (this.#killing) await this.#absorbKill(this.#killing);
      this.#ended = true;
    }
  }

  /** A KILL that came when its statement had just ended must not hit the next one. */
  async #absorbKill(killing: Promise<void>): Promise<void> {
    await killing;
    await this.#connection.run('DO 0', IGNORE).catch(() => {});
  }
}

function tookTooLong(seconds: number): ServiceFailure {
  return ServiceFailure.of(
    FAULTS.RESPONSE_ABORTED,
    `The statement took more than ${seconds} seconds, which is the limit.`,
  );
}
