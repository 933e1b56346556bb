import type { Socket } from 'node:net';
import type { FieldPacket, PoolConnection, QueryError, ResultSetHeader } from 'mysql2';
import { goneAway, lostDuringQuery, type MysqlError, statementError } from './mysql-error.js';

/** A column's value as MySQL sent it, in its text protocol; null is NULL. */
export type Cell = Buffer | null;

/** What a statement without rows reports. */
export interface Outcome {
  readonly affectedRows: number;
  readonly insertId: number | string;
}

/** Takes the results of a statement as they arrive: `beginRows` begins a result set, which `addRow` adds to. */
export interface ResultSink {
  beginRows(fields: FieldPacket[]): void;
  addRow(cells: Cell[]): void;
  addOutcome(outcome: Outcome): void;
}

const SERVER_STATUS_NO_BACKSLASH_ESCAPES = 512;

/** One connection to MySQL: runs one statement at a time and knows what state of it matters to the gateway. */
export class MysqlConnection {
  readonly #driver: PoolConnection;
  #noBackslashEscapes = false;
  #lost: Error | undefined;
  #failRunning: ((error: MysqlError) => void) | undefined;

  constructor(driver: PoolConnection) {
    this.#driver = driver;
    // Without a listener the loss of an idle connection would end the process.
    driver.on('error', (error: Error) => this.#lose(error));
    driver.on('end', () => this.#lose(new Error('The server closed the connection.')));
  }

  get threadId(): number {
    return this.#driver.threadId;
  }

  /** Why the connection cannot be used any more, if so. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** Whether a backslash in a string literal is an ordinary character, as the last statement left it. */
  get noBackslashEscapes(): boolean {
    return this.#noBackslashEscapes;
  }

  /**
   * Runs a statement and feeds its results to `sink` until the last has arrived.
   *
   * @throws {MysqlError} the results that came before it have been fed
   */
  run(sql: string, sink: ResultSink): Promise<void> {
    const { promise, resolve, reject } = this.#begin();
    if (this.#lost) return promise;
    let rows = false;
    // typeCast false gives every cell as bytes: parsing may throw, and an exception there kills the connection.
    const command = this.#driver.query({ sql, rowsAsArray: true, typeCast: false });
    command.on('fields', (fields: FieldPacket[] | undefined) => {
      rows = fields !== undefined;
      if (fields) sink.beginRows(fields);
    });
    command.on('result', (result) => {
      if (rows) sink.addRow(result as unknown as Cell[]);
      else this.#finish(result as unknown as ResultSetHeader, sink);
    });
    command.on('error', (error: QueryError) => reject(statementError(error)));
    command.on('end', () => resolve());
    return promise;
  }

  /** Stops reading, so that MySQL waits with the rows that are still to come. */
  pause(): void {
    this.#driver.pause();
  }

  resume(): void {
    this.#driver.resume();
  }

  /**
   * Makes the connection as it was when it was opened: no transaction, no temporary tables, variables or locks, the schema
   * and the character set of the URL. (COM_CHANGE_USER, because COM_RESET_CONNECTION keeps the schema.)
   */
  async reset(): Promise<void> {
    const { promise, resolve, reject } = this.#begin();
    if (!this.#lost) this.#driver.changeUser({}, (error) => (error ? reject(statementError(error)) : resolve()));
    await promise;
    await this.prepare();
  }

  /** Autocommit, whatever the server's default; its answer also tells how string literals are read. */
  async prepare(): Promise<void> {
    await this.run('SET autocommit = 1', IGNORE);
  }

  /** Gives a connection that is as new back to the driver's pool. */
  release(): void {
    this.#driver.release();
  }

  /** Drops the connection; a statement still running fails. MySQL rolls back and cleans up when it notices. */
  destroy(): void {
    this.#lose(new Error('The connection was dropped.'));
    this.#driver.destroy();
    // The driver only says goodbye, which a server that hangs does not answer.
    (this.#driver as unknown as { stream: Socket }).stream.destroy();
  }

  /** A promise that fails when the connection is lost, be it already or later. */
  #begin(): Resolvers {
    const resolvers = withResolvers();
    if (this.#lost) resolvers.reject(goneAway(this.#lost));
    else this.#failRunning = resolvers.reject;
    return resolvers;
  }

  #finish(header: ResultSetHeader, sink: ResultSink): void {
    this.#noBackslashEscapes = (header.serverStatus & SERVER_STATUS_NO_BACKSLASH_ESCAPES) !== 0;
    sink.addOutcome(header);
  }

  #lose(error: Error): void {
    this.#lost ??= error;
    // Rejecting a promise that has settled does nothing.
    this.#failRunning?.(lostDuringQuery(error));
  }
}

export const IGNORE: ResultSink = {
  beginRows() {},
  addRow() {},
  addOutcome() {},
};

interface Resolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: MysqlError) => void;
}

function withResolvers(): Resolvers {
  let resolve = () => {};
  let reject: Resolvers['reject'] = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
