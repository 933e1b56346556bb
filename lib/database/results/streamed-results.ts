import type { FieldPacket } from 'mysql2';
import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import type { Outcome, ResultSink } from '../connections/result-sink.js';
import type { RunningStatement } from '../connections/running-statement.js';
import { type Column, columnOf } from '../rows/column.js';
import { type RowBatch, rowEnd } from '../rows/row-batch.js';
import { bigCount, type Results } from './results.js';

/** A result set on its way. */
interface ResultSet {
  readonly columns: readonly Column[] | undefined;
  readonly outcome: Outcome;
  /** Arrived and not fetched. */
  readonly runs: RowBatch[];
  fetched: number;
  complete: boolean;
}

/** How many bytes of rows may wait to be fetched before MySQL has to wait. */
const READ_AHEAD = 256 * 1024;

/**
 * The results of MySQLdb's SS cursors: rows come from MySQL as they are fetched and nothing is stored. Until the last has
 * been fetched the connection can do nothing else.
 */
export class StreamedResults implements Results, ResultSink {
  readonly longest: readonly number[] = [];
  readonly #connection: MysqlConnection;
  #statement: RunningStatement | undefined;
  /** The current one first. */
  #sets: ResultSet[] = [];
  #waiting = 0;
  #failure: unknown;
  #ended = false;
  #wake = () => {};

  constructor(connection: MysqlConnection) {
    this.#connection = connection;
  }

  /**
   * Waits for the first answer of `statement`, whose sink this is.
   *
   * @throws what the statement fails with before it
   */
  async begin(statement: RunningStatement): Promise<this> {
    this.#statement = statement;
    statement.done
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#ended = true;
        this.#wake();
      });
    while (this.#sets.length === 0 && !this.#ended) await this.#more();
    if (this.#sets.length === 0) this.#raise();
    // Without rows there is nothing to wait with, and the next statement must find the connection free.
    while (this.columns === undefined && this.#sets.length === 1 && !this.#ended) await this.#more();
    return this;
  }

  /** Whether MySQL has more to say. */
  get unread(): boolean {
    return !this.#ended || this.#waiting > 0;
  }

  beginRows(fields: FieldPacket[]): void {
    this.#add({ columns: fields.map(columnOf), outcome: { affectedRows: 0, insertId: 0 }, complete: false });
  }

  addRows(run: RowBatch): void {
    const set = this.#sets.at(-1);
    // Nobody will fetch the rows that come before the end of a statement that was stopped.
    if (set === undefined || this.#statement?.cancelled) return;
    set.runs.push(run);
    this.#waiting += run.to - run.from;
    if (this.#waiting >= READ_AHEAD) this.#connection.pause();
    this.#wake();
  }

  endRows(): void {
    const last = this.#sets.at(-1);
    if (last && !this.#statement?.cancelled) last.complete = true;
    this.#wake();
  }

  addOutcome({ affectedRows, insertId }: Outcome): void {
    this.#add({ columns: undefined, outcome: { affectedRows, insertId }, complete: true });
  }

  get columns(): readonly Column[] | undefined {
    return this.#sets[0]?.columns;
  }

  /** Not known until the last row has been fetched. */
  get rowcount(): number | bigint {
    const set = this.#sets[0];
    if (set === undefined) return -1;
    if (set.columns === undefined) return bigCount(set.outcome.affectedRows);
    return set.complete && set.runs.length === 0 ? set.fetched : -1;
  }

  get lastrowid(): number | bigint {
    return bigCount(this.#sets[0]?.outcome.insertId ?? 0);
  }

  async *fetch(count: number, request: ServiceRequest): AsyncGenerator<RowBatch> {
    const set = this.#sets[0];
    for (let left = count; set !== undefined && left > 0; ) {
      const run = this.#nextRun(set, left);
      if (run) {
        left -= run.rows;
        yield run;
      } else if (set.complete) {
        return;
      } else if (this.#ended) {
        this.#raise();
        return;
      } else {
        await this.#interruptible(request, () => this.#more());
      }
    }
  }

  /** Drops what is left of the current result set, as MySQLdb does. */
  async next(request: ServiceRequest): Promise<boolean> {
    const set = this.#sets[0];
    while (this.#sets.length < 2) {
      this.#drop(set);
      if (this.#ended) {
        this.#raise();
        return false;
      }
      await this.#interruptible(request, () => this.#more());
    }
    this.#drop(set);
    this.#sets.shift();
    return true;
  }

  close(): void {}

  #drop(set: ResultSet | undefined): void {
    let dropped = set && this.#nextRun(set, Number.POSITIVE_INFINITY);
    while (set && dropped) dropped = this.#nextRun(set, Number.POSITIVE_INFINITY);
  }

  /** What has arrived, at most `most` rows of it; undefined if there is nothing. */
  #nextRun(set: ResultSet, most: number): RowBatch | undefined {
    const run = set.runs.shift();
    if (run === undefined) return undefined;
    const next = run.rows <= most ? run : this.#split(set, run, most);
    set.fetched += next.rows;
    this.#waiting -= next.to - next.from;
    // Once all has come, the connection may be somebody else's.
    if (!this.#ended && this.#waiting < READ_AHEAD) this.#connection.resume();
    return next;
  }

  /** Takes `count` rows off a run and puts the rest back. */
  #split(set: ResultSet, run: RowBatch, count: number): RowBatch {
    let { from } = run;
    for (let skip = count; skip > 0; skip--) from = rowEnd(run, from);
    set.runs.unshift({ ...run, from, rows: run.rows - count });
    return { ...run, to: from, rows: count };
  }

  /** A client that hangs up while it waits for rows has no use for the others either. */
  async #interruptible<T>(request: ServiceRequest, work: () => Promise<T>): Promise<T> {
    const cancel = (reason: unknown) => this.#statement?.cancel(reason);
    if (request.aborted) cancel(request.reason);
    request.onAbort(cancel);
    try {
      return await work();
    } finally {
      request.offAbort(cancel);
    }
  }

  #add(set: Omit<ResultSet, 'runs' | 'fetched'>): void {
    this.#sets.push({ ...set, runs: [], fetched: 0 });
    this.#wake();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The failure stays: a result that broke off never looks complete. */
  #raise(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
