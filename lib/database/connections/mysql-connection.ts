import type { Connection, FieldPacket, QueryError, ResultSetHeader } from 'mysql2';
import { RowBatcher } from '../rows/row-batch.js';
import { cellRows } from '../rows/row-packet.js';
import { ClientCharset, TRACK_CHARSETS } from './client-charset.js';
import { ConnectionState } from './connection-state.js';
import { changedVariables, destroySocket, endedResultSets, receiveRows } from './driver-internals.js';
import { endsConnection, goneAway, lostDuringQuery, MysqlError, statementError } from './mysql-error.js';
import { ReadFlow } from './read-flow.js';
import { DISCARD, type ResultSink, type StatementOutcome } from './result-sink.js';
import { type Resolvers, withResolvers } from './with-resolvers.js';

const ER_UNKNOWN_SYSTEM_VARIABLE = 1193;

/** The maximum of `net_write_timeout`, in seconds. */
const MAX_WRITE_TIMEOUT = 31_536_000;

/**
 * Returns LAST_INSERT_ID(), FOUND_ROWS() and ROW_COUNT(), and then clears the id and the warnings. It reads a table
 * because only a statement that uses tables clears warnings.
 */
const CAPTURE_SESSION_STATE =
  'SELECT LAST_INSERT_ID(), FOUND_ROWS(), ROW_COUNT(), LAST_INSERT_ID(0) FROM information_schema.engines LIMIT 1';

export interface MysqlConnectionOptions {
  /** Called once, when the connection is lost. */
  readonly onLost?: () => void;
  /** Statements to run after connecting and after each reset. */
  readonly init?: readonly string[];
}

/** One connection to MySQL. It runs one statement at a time. */
export class MysqlConnection {
  readonly #driver: Connection;
  readonly #flow: ReadFlow;
  readonly #onLost: () => void;
  readonly #init: readonly string[];
  readonly #charset: ClientCharset;
  readonly #state = new ConnectionState();
  #maxAllowedPacket = 0;
  #lost: Error | undefined;
  #failRunning: ((error: MysqlError) => void) | undefined;

  constructor(driver: Connection, { onLost = () => {}, init = [] }: MysqlConnectionOptions = {}) {
    this.#driver = driver;
    this.#charset = new ClientCharset(driver);
    this.#init = init;
    this.#flow = new ReadFlow(driver);
    this.#onLost = onLost;
    // Without a listener, the loss of an idle connection would end the process.
    driver.on('error', (error: Error) => this.#lose(error));
    driver.on('end', () => this.#lose(new Error('The server closed the connection.')));
  }

  get threadId(): number {
    return this.#driver.threadId;
  }

  /** Why the connection was lost; undefined while it can be used. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** A backslash in a string literal is an ordinary character after the last statement. */
  get noBackslashEscapes(): boolean {
    return this.#state.noBackslashEscapes;
  }

  /** The maximum length of a statement, in bytes. */
  get maxAllowedPacket(): number {
    return this.#maxAllowedPacket;
  }

  /** No session has used the connection since it was opened or reset. */
  get unused(): boolean {
    return this.#state.unused;
  }

  /** The connection must be reset before another session uses it. */
  get needsReset(): boolean {
    return this.#state.needsReset;
  }

  /** The connection is to be discarded on release, because it would be slow from now on. */
  get discardOnRelease(): boolean {
    return this.#state.discardOnRelease;
  }

  /**
   * Call before a statement, `sql`, that may change what MySQL does not report: the connection needs a reset
   * afterwards.
   */
  assumeChanged(sql: string): void {
    this.#state.assumeChanged();
    this.#charset.beforeStatement(sql, this.#state.tracked);
  }

  /**
   * Waits until MySQL has accepted the connection, and prepares it for sessions.
   *
   * @throws the error of mysql2
   */
  async open(): Promise<void> {
    try {
      const { promise, resolve, reject } = this.#begin();
      this.#driver.connect((error) => (error ? reject(statementError(error)) : resolve(undefined)));
      await promise;
      const [[packet] = []] = await this.query('SELECT @@max_allowed_packet');
      this.#maxAllowedPacket = Number(packet);
      await this.#prepare();
    } catch (error) {
      throw this.#lost ?? error;
    }
  }

  /**
   * Runs a statement and passes its results to `sink` until the last has arrived.
   *
   * @throws {MysqlError} with the outcome of the statement. The sink has received all results before the error.
   */
  async run(sql: string, sink: ResultSink): Promise<StatementOutcome> {
    this.#state.beforeStatement(sql);
    try {
      return await this.#run(sql, sink);
    } finally {
      if (this.#charset.uncertain && !this.#lost) await this.#restoreCharset();
    }
  }

  /** Runs a statement of the gateway's own, after which the connection needs no reset. @throws {MysqlError} */
  runOwn(sql: string): Promise<void> {
    return this.#state.preserveChanged(async () => (await this.run(sql, DISCARD)).warnings);
  }

  /** Returns the rows of a query of the gateway's own, as text. @throws {MysqlError} */
  async query(sql: string): Promise<(string | undefined)[][]> {
    const rows: (string | undefined)[][] = [];
    let columns = 0;
    await this.run(sql, {
      ...DISCARD,
      beginRows: (fields) => {
        columns = fields.length;
      },
      addRows: (batch) => {
        for (const row of cellRows(columns, [batch])) rows.push(row.map((cell) => cell?.toString('latin1')));
      },
    });
    return rows;
  }

  /**
   * Returns LAST_INSERT_ID(), FOUND_ROWS() and ROW_COUNT(), and clears the session state, the warnings included.
   *
   * @throws {MysqlError}
   */
  async captureSessionState(): Promise<readonly (string | undefined)[]> {
    const [values = []] = await this.query(CAPTURE_SESSION_STATE);
    return values;
  }

  /** Clears the session state, the warnings included. @throws {MysqlError} */
  clearSessionState(): Promise<void> {
    return this.runOwn(CAPTURE_SESSION_STATE);
  }

  /**
   * Makes MySQL wait for a reader that pauses. By default it closes the connection after 60 seconds.
   *
   * @throws {MysqlError}
   */
  async allowReaderToPause(): Promise<void> {
    if (this.#state.readerMayPause) return;
    await this.runOwn(`SET net_write_timeout = ${MAX_WRITE_TIMEOUT}`);
    this.#state.readerMayPause = true;
  }

  /** Stops reading, so that MySQL waits before it sends more rows. */
  pause(): void {
    this.#flow.pause();
  }

  resume(): void {
    this.#flow.resume();
  }

  /** Checks that the server answers. @throws {MysqlError} */
  async ping(): Promise<void> {
    const { promise, resolve, reject } = this.#begin();
    if (!this.#lost) this.#driver.ping((error) => (error ? reject(statementError(error)) : resolve(undefined)));
    await promise;
  }

  /**
   * Resets the connection: ends the transaction, drops temporary tables, variables and locks, and restores the schema
   * and the character set of the URL. (By COM_CHANGE_USER, because COM_RESET_CONNECTION keeps the current schema.)
   *
   * @throws {MysqlError}
   */
  async reset(): Promise<void> {
    const { promise, resolve, reject } = this.#begin();
    if (!this.#lost) {
      this.#driver.changeUser({}, (error) => (error ? reject(statementError(error)) : resolve(undefined)));
    }
    await promise;
    await this.#prepare();
  }

  /** Closes the connection politely, with COM_QUIT. */
  quit(): Promise<void> {
    this.#flow.reset();
    return new Promise((resolve) => {
      this.#driver.end(() => resolve());
    });
  }

  /** Closes the connection at once. A statement that is running fails, and MySQL rolls back when it notices. */
  destroy(reason = 'The connection was destroyed.'): void {
    this.#lose(new Error(reason));
    this.#driver.destroy();
    destroySocket(this.#driver);
  }

  /**
   * The configured statements run first, so that they cannot undo the rest: autocommit, whatever the server's default,
   * and the reports of state changes. The answer to the SET, which is the first that has them, also tells whether
   * NO_BACKSLASH_ESCAPES is set.
   */
  async #prepare(): Promise<void> {
    for (const statement of this.#init) await this.run(statement, DISCARD);
    // A reset does not clear FOUND_ROWS(); only another statement with rows does.
    await this.run('SELECT 1 LIMIT 0', DISCARD);
    await this.#state.prepare(() => this.#enableTracking());
  }

  async #enableTracking(): Promise<void> {
    try {
      await this.run(`SET autocommit = 1, session_track_state_change = 1, ${TRACK_CHARSETS}`, DISCARD);
    } catch (error) {
      if (!(error instanceof MysqlError && error.errno === ER_UNKNOWN_SYSTEM_VARIABLE)) throw error;
      await this.run('SET autocommit = 1', DISCARD);
    }
  }

  async #restoreCharset(): Promise<void> {
    try {
      await this.#run(this.#charset.restoreStatement(this.#state.tracked), DISCARD);
      this.#charset.uncertain = false;
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  #run(sql: string, sink: ResultSink): Promise<StatementOutcome> {
    const { promise, resolve, reject } = this.#begin<StatementOutcome>();
    if (this.#lost) return promise;
    const outcome: MutableOutcome = { ...NO_OUTCOME };
    let inRows = false;
    let begunResultSets = 0;
    const endRows = () => {
      if (inRows) sink.endRows();
      inRows = false;
    };
    const batcher = new RowBatcher((batch) => {
      outcome.rows += batch.rows;
      sink.addRows(batch);
      this.#flow.countBytes(batch.to - batch.from);
    });
    const command = this.#driver.query({ sql });
    command.on('fields', (fields: FieldPacket[] | undefined) => {
      endRows();
      begunResultSets++;
      inRows = fields !== undefined;
      if (fields) sink.beginRows(fields);
    });
    command.on('result', (result) => this.#noteOk(result as unknown as ResultSetHeader, sink, outcome));
    receiveRows(command, batcher, (status, warnings) => {
      outcome.warnings = warnings;
      this.#state.noteStatus(status);
    });
    command.on('error', (error: QueryError) => {
      batcher.flush();
      // A procedure can fail after a result set, whose end only mysql2's counter shows.
      if (endedResultSets(command) === begunResultSets) endRows();
      inRows = false;
      // SQL state 42: syntax errors, unknown names and missing privileges.
      outcome.failure = error.sqlState?.startsWith('42') ? 'refused' : 'failed';
      const reported = statementError(error, outcome);
      reject(reported);
      if (endsConnection(reported)) this.#lose(error);
    });
    command.on('end', () => {
      endRows();
      resolve(outcome);
    });
    return promise;
  }

  /** Begins a command. The promise is rejected if the connection is lost, now or later. */
  #begin<T = void>(): Resolvers<T> {
    const resolvers = withResolvers<T>();
    if (this.#lost) {
      resolvers.reject(goneAway(this.#lost));
    } else {
      this.#failRunning = resolvers.reject;
      this.#flow.reset();
    }
    return resolvers;
  }

  #noteOk(header: ResultSetHeader, sink: ResultSink, outcome: MutableOutcome): void {
    this.#charset.note(changedVariables(header));
    this.#state.noteOkStatus(header.serverStatus);
    outcome.affectedRows = header.affectedRows;
    outcome.insertId = header.insertId;
    outcome.warnings = header.warningStatus;
    sink.addOk(header);
  }

  #lose(error: Error): void {
    const first = this.#lost === undefined;
    this.#lost ??= error;
    // Has no effect if the command has ended.
    this.#failRunning?.(lostDuringQuery(error));
    if (first) this.#onLost();
  }
}

type MutableOutcome = { -readonly [Member in keyof StatementOutcome]: StatementOutcome[Member] };

const NO_OUTCOME: StatementOutcome = {
  rows: 0,
  affectedRows: undefined,
  insertId: 0,
  warnings: 0,
  failure: 'none',
};
