import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import type { ResultSink } from '../driver/result-sink.js';
import { statementTooLong } from '../errors/fault-texts.js';
import { MysqlError } from '../errors/mysql-error.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { SqlText } from '../sql/sql-text.js';
import type { DatabaseObserver } from './database-observer.js';

/**
 * Milliseconds after each KILL QUERY within which the statement should end. One that arrives before the statement is
 * lost, and in MariaDB one that arrives between two statements of a routine, or while it waits for the reader of a
 * result.
 */
const KILL_INTERVALS = [50, 100, 200, 400, 800, 1600, 3200];

/** Characters of a statement that are kept when it has ended, for operators. */
const KEPT = 200;

export interface StatementOptions {
  /** Seconds after which it is cancelled with fault 58; 0: no limit. */
  readonly timeout?: number | undefined;
  /** A comment to send in front of it. */
  readonly label?: string | undefined;
  /** The request that it runs for. */
  readonly request?: ServiceRequest | undefined;
  /** Whom its end is reported to, and as that of which database. */
  readonly pool?: { readonly name: string; readonly observer: DatabaseObserver } | undefined;
}

/** What is sent. It is not kept: a session keeps its last statement, and the text can be large. */
interface StatementText {
  readonly sql: SqlText;
  readonly label: string;
  readonly request: ServiceRequest | undefined;
}

/** A statement that MySQL is running. It can be awaited and cancelled. */
export class RunningStatement {
  /**
   * Resolves to the outcome when the connection is free for the next statement; undefined if the connection was lost. A
   * statement that was cancelled has the outcome that MySQL reported.
   */
  readonly outcome: Promise<StatementOutcome | undefined>;
  /**
   * Settles when the connection is free for the next statement.
   *
   * Rejects with a MysqlError, or with the reason of the cancellation, whatever MySQL has reported.
   */
  readonly done: Promise<void>;
  /** Whose it is: the user, '' for an anonymous client; and the address. The request itself is not kept. */
  readonly user: string;
  readonly host: string;
  readonly #pool: StatementOptions['pool'];
  readonly #connection: MysqlConnection;
  #error: unknown;
  #cancelReason: unknown;
  #killing: Promise<void> | undefined;
  #ended = false;
  /** MySQL has answered, or the connection was lost. */
  #answered = false;
  #onAnswer = () => {};
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #since: number | undefined;
  #seconds: number | undefined;
  #sql: string;

  constructor(
    connection: MysqlConnection,
    sql: SqlText,
    sink: ResultSink,
    { timeout = 0, label = '', request, pool }: StatementOptions = {},
  ) {
    this.#pool = pool;
    this.#connection = connection;
    this.#sql = sql.text;
    this.user = request?.user ?? '';
    this.host = request?.remoteAddress ?? '';
    if (pool?.observer.statementEnded) this.#since = performance.now();
    if (timeout > 0) this.#timer = setTimeout(() => this.cancel(statementTooLong(timeout)), timeout * 1000);
    this.outcome = this.#run({ sql, label, request }, sink);
    this.done = this.outcome.then(() => {
      if (this.#error !== undefined) throw this.#error;
    });
  }

  /** Whether it has been cancelled. */
  get cancelled(): boolean {
    return this.#killing !== undefined;
  }

  /** Its text, without long arguments; the beginning of it if it has ended. */
  get sql(): string {
    return this.#sql;
  }

  /** When it began, in milliseconds of `performance.now`; undefined if nobody measures statements. */
  get since(): number | undefined {
    return this.#since;
  }

  /** Whether the connection is still in use by it. */
  get running(): boolean {
    return !this.#ended;
  }

  /**
   * Ends the time limit and the measured time: MySQL has begun to answer, and the rest takes as long as the reader
   * takes.
   */
  stopTimer(): void {
    clearTimeout(this.#timer);
    if (this.#since !== undefined) this.#seconds ??= (performance.now() - this.#since) / 1000;
  }

  /**
   * Stops the statement with KILL QUERY. Has no effect if MySQL has answered. If it does not end within seconds, the
   * connection is closed.
   */
  cancel(reason: unknown): void {
    if (this.#ended || this.#killing) return;
    this.#cancelReason = reason;
    this.#killing = this.#kill();
    // If the reader has paused the connection, the end of the statement is behind unread rows.
    this.#connection.resume();
  }

  /** Never rejects. */
  async #run(ran: StatementText, sink: ResultSink): Promise<StatementOutcome | undefined> {
    let outcome: StatementOutcome | undefined;
    let errno: number | undefined;
    try {
      outcome = await this.#connection.run(ran.sql, sink, ran.label);
    } catch (error) {
      this.#error = error;
      outcome = error instanceof MysqlError ? error.outcome : undefined;
      errno = error instanceof MysqlError ? error.errno : undefined;
    }
    this.#answered = true;
    this.#onAnswer();
    this.stopTimer();
    if (this.#pool && this.#seconds !== undefined) {
      const { rows = 0 } = outcome ?? {};
      const { request } = ran;
      const sql = ran.sql.text;
      const { name: database, observer } = this.#pool;
      const { cancelled } = this;
      observer.statementEnded?.({ database, error: errno, cancelled, rows, seconds: this.#seconds, sql, request });
    }
    if (this.#killing) {
      // MySQL may report success: SLEEP(), for example, returns 1 when it is stopped.
      this.#error = this.#cancelReason;
      await this.#absorbKill(this.#killing);
    }
    this.#ended = true;
    this.#sql = beginningOf(this.#sql);
    return outcome;
  }

  /** Never rejects. */
  async #kill(): Promise<void> {
    for (const interval of KILL_INTERVALS) {
      await this.#connection.kill();
      if (await this.#answersWithin(interval)) return;
    }
    this.#connection.destroy('The statement did not end.');
  }

  #answersWithin(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        resolve(this.#answered);
      };
      const timer = setTimeout(settle, milliseconds);
      this.#onAnswer = settle;
      if (this.#answered) settle();
    });
  }

  /** A KILL that arrives after the end of its statement would stop the next one: one that keeps the warnings. */
  async #absorbKill(killing: Promise<void>): Promise<void> {
    await killing;
    await this.#connection.runOwn('SHOW WARNINGS').catch(() => {});
  }
}

/**
 * Returns the beginning of a text of megabytes, or of a short text that shares the memory of a whole request: as a text
 * of its own, since the session keeps it.
 */
function beginningOf(sql: string): string {
  return Buffer.from(sql.length > KEPT ? sql.slice(0, KEPT) : sql, 'utf16le').toString('utf16le');
}
