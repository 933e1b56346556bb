import type { FieldPacket } from 'mysql2';
import type { ServiceRequest } from '../netsvc/service-request.js';
import { type Column, columnOf } from './column.js';
import type { Cell, MysqlConnection, Outcome, ResultSink } from './mysql-connection.js';
import { bigCount, type Results } from './results.js';
import type { Statement } from './statement.js';

/** A result set on its way. */
interface ResultSet {
  readonly columns: readonly Column[] | undefined;
  readonly outcome: Outcome;
  /** Arrived and not fetched. */
  rows: Cell[][];
  fetched: number;
  complete: boolean;
}

/** How many bytes of rows may wait to be fetched before MySQL has to wait, and what a row counts beside its cells. */
const READ_AHEAD = 256 * 1024;
const ROW_OVERHEAD = 512;

/**
 * The results of MySQLdb's SS cursors: rows come from MySQL as they are fetched and nothing is stored. Until the last has
 * been fetched the connection can do nothing else.
 */
export class StreamedResults implements Results, ResultSink {
  readonly longest: readonly number[] = [];
  readonly #connection: MysqlConnection;
  #statement: Statement | undefined;
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
  async begin(statement: Statement): Promise<this> {
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

  addRow(cells: Cell[]): void {
    // Nobody will fetch the rows that come before the end of a statement that was stopped.
    if (this.#statement?.cancelled) return;
    this.#sets.at(-1)?.rows.push(cells);
    this.#waiting += sizeOf(cells);
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
    return set.complete && set.rows.length === 0 ? set.fetched : -1;
  }

  get lastrowid(): number | bigint {
    return bigCount(this.#sets[0]?.outcome.insertId ?? 0);
  }

  async fetch(count: number, request: ServiceRequest): Promise<Cell[][]> {
    return this.#interruptible(request, () => this.#fetch(count));
  }

  /** Drops what is left of the current result set, as MySQLdb does. */
  async next(request: ServiceRequest): Promise<boolean> {
    return this.#interruptible(request, async () => {
      while (this.#sets.length < 2) {
        await this.#fetch(1000);
        if (this.#sets.length >= 2) break;
        if (this.#ended) {
          this.#raise();
          return false;
        }
        if (this.#waiting === 0) await this.#more();
      }
      for (const cells of this.#sets.shift()?.rows ?? []) this.#waiting -= sizeOf(cells);
      this.#resume();
      return true;
    });
  }

  async #fetch(count: number): Promise<Cell[][]> {
    const set = this.#sets[0];
    const fetched: Cell[][] = [];
    while (set !== undefined && fetched.length < count) {
      for (const cells of set.rows.splice(0, count - fetched.length)) {
        fetched.push(cells);
        set.fetched++;
        this.#waiting -= sizeOf(cells);
      }
      this.#resume();
      if (fetched.length === count || (set.complete && set.rows.length === 0)) break;
      if (this.#ended && set.rows.length === 0) {
        this.#raise();
        break;
      }
      if (set.rows.length === 0) await this.#more();
    }
    return fetched;
  }

  /** A client that hangs up while it waits for rows has no use for the others either. */
  async #interruptible<T>({ signal }: ServiceRequest, work: () => Promise<T>): Promise<T> {
    const cancel = () => this.#statement?.cancel(signal.reason);
    signal.addEventListener('abort', cancel);
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  #add(set: Omit<ResultSet, 'rows' | 'fetched'>): void {
    this.#sets.push({ ...set, rows: [], fetched: 0 });
    this.#wake();
  }

  #resume(): void {
    if (this.#waiting < READ_AHEAD) this.#connection.resume();
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

function sizeOf(cells: readonly Cell[]): number {
  let size = ROW_OVERHEAD;
  for (const cell of cells) size += cell?.length ?? 0;
  return size;
}
