import type { FieldPacket } from 'mysql2';
import type { ServiceRequest } from '../netsvc/service-request.js';
import { type Column, columnOf } from './column.js';
import type { MysqlConnection, Outcome, ResultSink } from './mysql-connection.js';
import type { Run } from './packed-rows.js';
import { bigCount, type Results } from './results.js';
import type { Statement } from './statement.js';

/** A result set on its way. */
interface ResultSet {
  readonly columns: readonly Column[] | undefined;
  readonly outcome: Outcome;
  /** Arrived and not fetched. */
  readonly blocks: Block[];
  fetched: number;
  complete: boolean;
}

/** How many bytes of rows may wait to be fetched before MySQL has to wait. */
const READ_AHEAD = 256 * 1024;

/** The size of the first block, and of those behind it: many results are a row or two. */
const FIRST_BLOCK = 4 * 1024;
const BLOCK = 64 * 1024;
const HEADER = 4;

/** Rows that have arrived one behind the other, each with its length before it, and how far they have been fetched. */
interface Block {
  readonly bytes: Buffer;
  used: number;
  fetched: number;
}

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

  addRow(bytes: Buffer, start: number, end: number): void {
    const set = this.#sets.at(-1);
    // Nobody will fetch the rows that come before the end of a statement that was stopped.
    if (set === undefined || this.#statement?.cancelled) return;
    const size = HEADER + end - start;
    const block = blockFor(set, size);
    block.bytes.writeUInt32LE(end - start, block.used);
    bytes.copy(block.bytes, block.used + HEADER, start, end);
    block.used += size;
    this.#waiting += size;
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
    return set.complete && set.blocks.length === 0 ? set.fetched : -1;
  }

  get lastrowid(): number | bigint {
    return bigCount(this.#sets[0]?.outcome.insertId ?? 0);
  }

  async *fetch(count: number, request: ServiceRequest): AsyncGenerator<Run> {
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
  #nextRun(set: ResultSet, most: number): Run | undefined {
    const block = set.blocks[0];
    if (block === undefined) return undefined;
    const { bytes, fetched: from } = block;
    let to = from;
    let rows = 0;
    for (; to < block.used && rows < most; rows++) to += HEADER + bytes.readUInt32LE(to);
    block.fetched = to;
    // What comes next goes into another block: this one is being read.
    if (to === block.used) set.blocks.shift();
    set.fetched += rows;
    this.#waiting -= to - from;
    if (this.#waiting < READ_AHEAD) this.#connection.resume();
    return { bytes, from, to, rows };
  }

  /** A client that hangs up while it waits for rows has no use for the others either. */
  async #interruptible<T>({ signal }: ServiceRequest, work: () => Promise<T>): Promise<T> {
    const cancel = () => this.#statement?.cancel(signal.reason);
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel);
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  #add(set: Omit<ResultSet, 'blocks' | 'fetched'>): void {
    this.#sets.push({ ...set, blocks: [], fetched: 0 });
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

function blockFor({ blocks, fetched }: ResultSet, size: number): Block {
  const last = blocks.at(-1);
  if (last !== undefined && last.bytes.length - last.used >= size) return last;
  const length = last === undefined && fetched === 0 ? FIRST_BLOCK : BLOCK;
  const block = { bytes: Buffer.allocUnsafeSlow(Math.max(length, size)), used: 0, fetched: 0 };
  blocks.push(block);
  return block;
}
