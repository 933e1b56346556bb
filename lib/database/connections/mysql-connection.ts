import type { Socket } from 'node:net';
import type { Connection, FieldPacket, QueryError, ResultSetHeader } from 'mysql2';
import { RowBatcher } from '../rows/row-batch.js';
import { cellRows } from '../rows/row-packet.js';
import { ClientCharset, TRACK_CHARSETS } from './client-charset.js';
import { endedResultSets, takeRows } from './driver-internals.js';
import { endsConnection, goneAway, lostDuringQuery, MysqlError, statementError } from './mysql-error.js';
import { ReadFlow } from './read-flow.js';
import { IGNORE, noEnd, type ResultSink, type StatementOutcome } from './result-sink.js';

/** mysql2 reads the session tracker of the answer, but does not declare it. */
interface Header extends ResultSetHeader {
  readonly stateChanges?: { readonly systemVariables?: Readonly<Record<string, string>> };
}

/** Flags that MySQL reports behind a statement: https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html */
const STATUS_IN_TRANSACTION = 0x0001;
const STATUS_NO_BACKSLASH_ESCAPES = 0x0200;
const STATUS_STATE_CHANGED = 0x4000;

/** MariaDB keeps a buffer of the size of the largest statement, and holds back the first rows of later ones until it is full. */
const LARGE_STATEMENT = 1024 * 1024;

const UNKNOWN_SYSTEM_VARIABLE = 1193;

/** In seconds; the most that MySQL takes. */
const A_YEAR = 31_536_000;

export interface MysqlConnectionOptions {
  /** Called once, when the connection can be used no more. */
  readonly onLost?: () => void;
  /** Statements that it runs first, and whenever it is made as new. */
  readonly init?: readonly string[];
}

/** One connection to MySQL: runs one statement at a time and knows what state of it matters to the gateway. */
export class MysqlConnection {
  readonly #driver: Connection;
  readonly #turns: ReadFlow;
  readonly #onLost: () => void;
  readonly #init: readonly string[];
  #noBackslashEscapes = false;
  readonly #charset: ClientCharset;
  #maxAllowedPacket = 0;
  /** MySQL says what statements change of the connection's state. */
  #tracked = false;
  #fresh = true;
  #changed = false;
  #inTransaction = false;
  #burdened = false;
  /** Its reader may pause for as long as it likes. */
  #patient = false;
  #lost: Error | undefined;
  #lastEnd = noEnd();
  #failRunning: ((error: MysqlError) => void) | undefined;

  constructor(driver: Connection, { onLost = () => {}, init = [] }: MysqlConnectionOptions = {}) {
    this.#driver = driver;
    this.#charset = new ClientCharset(driver);
    this.#init = init;
    this.#turns = new ReadFlow(driver);
    this.#onLost = onLost;
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

  /** Bytes that a statement may have. */
  get maxAllowedPacket(): number {
    return this.#maxAllowedPacket;
  }

  /** Nobody has used it since it was made, or made as new. */
  get fresh(): boolean {
    return this.#fresh;
  }

  /** Whether it must be made as new before somebody else gets it. */
  get tied(): boolean {
    return this.#changed || this.#inTransaction || !this.#tracked;
  }

  /** Whether it is not worth keeping, because it would be slow from now on. */
  get burdened(): boolean {
    return this.#burdened;
  }

  /** What MySQL said of the last statement. */
  get lastEnd(): StatementOutcome {
    return this.#lastEnd;
  }

  /** The next statement, `sql`, may change what MySQL does not tell of. */
  tie(sql: string): void {
    this.#changed = true;
    this.#charset.expect(sql, this.#tracked);
  }

  /**
   * Waits until MySQL has let us in, and makes the connection ready.
   *
   * @throws what the driver says
   */
  async open(): Promise<void> {
    try {
      const { promise, resolve, reject } = this.#begin();
      this.#driver.connect((error) => (error ? reject(statementError(error)) : resolve()));
      await promise;
      const [[packet] = []] = await this.ask('SELECT @@max_allowed_packet');
      this.#maxAllowedPacket = Number(packet);
      await this.#prepare();
    } catch (error) {
      throw this.#lost ?? error;
    }
  }

  /**
   * Runs a statement and feeds its results to `sink` until the last has arrived.
   *
   * @throws {MysqlError} the results that came before it have been fed
   */
  async run(sql: string, sink: ResultSink): Promise<void> {
    this.#fresh = false;
    if (sql.length > LARGE_STATEMENT) this.#burdened = true;
    try {
      await this.#query(sql, sink);
    } finally {
      if (this.#charset.inDoubt && !this.#lost) await this.#restoreCharset();
    }
  }

  /** Runs a statement of the gateway's own, which leaves nothing that the next session must not see. @throws {MysqlError} */
  async runOwn(sql: string): Promise<void> {
    const changed = this.#changed;
    await this.run(sql, IGNORE);
    // A warning would be seen.
    this.#changed = changed || this.#lastEnd.warnings > 0;
  }

  /** The few rows of a query of the gateway's own, as text. @throws {MysqlError} */
  async ask(sql: string): Promise<(string | undefined)[][]> {
    const rows: (string | undefined)[][] = [];
    let columns = 0;
    await this.run(sql, {
      ...IGNORE,
      beginRows: (fields) => {
        columns = fields.length;
      },
      addRows: (run) => {
        for (const row of cellRows(columns, [run])) rows.push(row.map((cell) => cell?.toString('latin1')));
      },
    });
    return rows;
  }

  /** Makes MySQL wait for a reader that pauses; of itself it gives up after 60 seconds. @throws {MysqlError} */
  async letReaderPause(): Promise<void> {
    if (this.#patient) return;
    await this.runOwn(`SET net_write_timeout = ${A_YEAR}`);
    this.#patient = true;
  }

  /** Stops reading, so that MySQL waits with the rows that are still to come. */
  pause(): void {
    this.#turns.pause();
  }

  resume(): void {
    this.#turns.resume();
  }

  /** Whether the server still answers. @throws {MysqlError} */
  async ping(): Promise<void> {
    const { promise, resolve, reject } = this.#begin();
    if (!this.#lost) this.#driver.ping((error) => (error ? reject(statementError(error)) : resolve()));
    await promise;
  }

  /**
   * Makes the connection as it was when it was opened: no transaction, no temporary tables, variables or locks, the schema
   * and the character set of the URL. (COM_CHANGE_USER, because COM_RESET_CONNECTION keeps the schema.)
   */
  async reset(): Promise<void> {
    const { promise, resolve, reject } = this.#begin();
    if (!this.#lost) this.#driver.changeUser({}, (error) => (error ? reject(statementError(error)) : resolve()));
    await promise;
    this.#patient = false;
    await this.#prepare();
  }

  /** Takes leave of MySQL, which cleans up. */
  end(): Promise<void> {
    this.#turns.end();
    return new Promise((resolve) => {
      this.#driver.end(() => resolve());
    });
  }

  /** Drops the connection; a statement still running fails. MySQL rolls back and cleans up when it notices. */
  destroy(reason = 'The connection was dropped.'): void {
    this.#lose(new Error(reason));
    this.#driver.destroy();
    // The driver only says goodbye, which a server that hangs does not answer.
    (this.#driver as unknown as { stream: Socket }).stream.destroy();
  }

  /**
   * What the configuration wants comes first, so that it does not undo the rest: autocommit, whatever the server's default, and that MySQL tells what
   * statements change. Its answer, which does so already, also tells how string literals are read.
   */
  async #prepare(): Promise<void> {
    for (const statement of this.#init) await this.run(statement, IGNORE);
    // What FOUND_ROWS() counted is not forgotten until another statement has found rows.
    await this.run('SELECT 1 LIMIT 0', IGNORE);
    this.#changed = false;
    try {
      await this.run(`SET autocommit = 1, session_track_state_change = 1, ${TRACK_CHARSETS}`, IGNORE);
    } catch (error) {
      if (!(error instanceof MysqlError && error.errno === UNKNOWN_SYSTEM_VARIABLE)) throw error;
      await this.run('SET autocommit = 1', IGNORE);
    }
    this.#tracked = this.#changed;
    this.#changed = false;
    this.#fresh = true;
  }

  async #restoreCharset(): Promise<void> {
    try {
      await this.#query(this.#charset.restoration(this.#tracked), IGNORE);
      this.#charset.inDoubt = false;
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  #query(sql: string, sink: ResultSink): Promise<void> {
    const { promise, resolve, reject } = this.#begin();
    if (this.#lost) return promise;
    const end = noEnd();
    this.#lastEnd = end;
    let rows = false;
    let begun = 0;
    const endRows = () => {
      if (rows) sink.endRows();
      rows = false;
    };
    const runs = new RowBatcher((run) => {
      end.rows += run.rows;
      sink.addRows(run);
      this.#turns.take(run.to - run.from);
    });
    const command = this.#driver.query({ sql });
    command.on('fields', (fields: FieldPacket[] | undefined) => {
      endRows();
      begun++;
      rows = fields !== undefined;
      if (fields) sink.beginRows(fields);
    });
    command.on('result', (result) => this.#finish(result as unknown as Header, sink, end));
    takeRows(command, runs, (status, warnings) => {
      end.warnings = warnings;
      this.#note(status);
    });
    command.on('error', (error: QueryError) => {
      runs.flush();
      // A procedure may fail behind a result set, of whose end only the driver's count of them tells.
      if (endedResultSets(command) === begun) endRows();
      rows = false;
      const reported = statementError(error);
      // SQL state 42: syntax errors, names that are not there, and what the user may not do.
      end.failure = error.sqlState?.startsWith('42') ? 'refused' : 'broken';
      reject(reported);
      if (endsConnection(reported)) this.#lose(error);
    });
    command.on('end', () => {
      endRows();
      resolve();
    });
    return promise;
  }

  /** A promise that fails when the connection is lost, be it already or later. */
  #begin(): Resolvers {
    const resolvers = withResolvers();
    if (this.#lost) {
      resolvers.reject(goneAway(this.#lost));
    } else {
      this.#failRunning = resolvers.reject;
      this.#turns.end();
    }
    return resolvers;
  }

  /** Notes what the statement did to the connection. */
  #finish(header: Header, sink: ResultSink, end: StatementOutcome): void {
    this.#charset.note(header.stateChanges?.systemVariables);
    this.#noBackslashEscapes = (header.serverStatus & STATUS_NO_BACKSLASH_ESCAPES) !== 0;
    this.#note(header.serverStatus);
    end.affectedRows = header.affectedRows;
    end.insertId = header.insertId;
    end.warnings = header.warningStatus;
    sink.addOutcome(header);
  }

  #note(status: number): void {
    if ((status & STATUS_STATE_CHANGED) !== 0) this.#changed = true;
    this.#inTransaction = (status & STATUS_IN_TRANSACTION) !== 0;
  }

  #lose(error: Error): void {
    const first = this.#lost === undefined;
    this.#lost ??= error;
    // Rejecting a promise that has settled does nothing.
    this.#failRunning?.(lostDuringQuery(error));
    if (first) this.#onLost();
  }
}

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
