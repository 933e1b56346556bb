import type { Connection } from 'mysql2';
import { type CommandAnswer, queryCommand } from '../driver/command-batch.js';
import { statementError } from '../driver/driver-error.js';
import { addCommand, destroySocket } from '../driver/driver-internals.js';
import type { OkReport } from '../driver/ok-packet.js';
import { PingCommand } from '../driver/ping-command.js';
import { DISCARD, type ResultSink } from '../driver/result-sink.js';
import type { StatementText } from '../driver/statement-command.js';
import { goneAway, isUnknownCommand, type MysqlError } from '../errors/mysql-error.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { SqlText } from '../sql/sql-text.js';
import { ClientCharset } from './client-charset.js';
import { ConnectionCommands } from './connection-commands.js';
import { ConnectionReset, type PreparedConnection } from './connection-reset.js';
import { ConnectionState, type ReportedPinReason } from './connection-state.js';
import type { DatabaseHost } from './database-host.js';
import { COMMAND_TIMEOUT, NO_LIMIT } from './pending-commands.js';
import type { ConnectionOrigin, ServerKind } from './server-identity.js';
import { askServer } from './server-status.js';

/** What is restored of a session on its next connection. */
const CAPTURE_SESSION_STATE = queryCommand('SELECT LAST_INSERT_ID() LIMIT 1');
const COUNT_TEMPORARY_TABLES = queryCommand("SHOW SESSION STATUS LIKE 'Created_tmp_tables'");

/** Milliseconds that MySQL may take to answer a ping, for which a request waits. */
const PING_TIMEOUT = 2000;

export interface MysqlConnectionOptions {
  /** Called once, when the connection is lost. */
  readonly onLost?: () => void;
  /** Called when a statement has failed. */
  readonly onError?: (error: MysqlError) => void;
  /** Called when a reset that was sent together with a command has failed, and the connection was destroyed. */
  readonly onResetFailed?: (error: Error) => void;
  /** Opening fails if the server is read-only. */
  readonly writable?: boolean;
  /** Statements to run after connecting and after each reset. */
  readonly init?: readonly string[];
}

/** One connection to MySQL. It runs one statement at a time. */
export class MysqlConnection {
  readonly host: DatabaseHost;
  readonly #driver: Connection;
  readonly #commands: ConnectionCommands;
  readonly #options: MysqlConnectionOptions;
  readonly #charset = new ClientCharset();
  readonly #state = new ConnectionState();
  /** Undefined until the connection is open. */
  #reset: ConnectionReset | undefined;
  #origin: ConnectionOrigin | undefined;

  constructor(host: DatabaseHost, options: MysqlConnectionOptions = {}) {
    const driver = host.connect();
    this.host = host;
    this.#driver = driver;
    this.#commands = new ConnectionCommands(driver, {
      onLost: () => options.onLost?.(),
      onResetFailed: (error) => options.onResetFailed?.(error),
      destroy: (reason) => this.destroy(reason),
    });
    this.#options = options;
  }

  get threadId(): number {
    return this.#driver.threadId;
  }

  /** Where it is; undefined until it is open. */
  get origin(): ConnectionOrigin | undefined {
    return this.#origin;
  }

  /** Why the connection was lost; undefined while it can be used. */
  get lost(): Error | undefined {
    return this.#commands.lost;
  }

  get server(): ServerKind {
    return this.#reset?.server.kind ?? 'MySQL';
  }

  /** The maximum length of a statement, in bytes. */
  get maxAllowedPacket(): number {
    return this.#reset?.server.maxAllowedPacket ?? 0;
  }

  /** No session has used the connection since it was opened or reset. */
  get unused(): boolean {
    return this.#state.unused;
  }

  /** Why only this connection can continue the session, as far as MySQL reports it. */
  get pinReason(): ReportedPinReason | undefined {
    return this.#state.pinReason;
  }

  /** The connection is to be discarded on release: it would be slow from now on, or keeps disk. */
  get discardOnRelease(): boolean {
    return this.#state.discardOnRelease;
  }

  /** How the connection reads statements. Call `expectChange` behind one that may have changed it unseen. */
  get charset(): Pick<ClientCharset, 'isKnown' | 'isFitFor' | 'backslashEscapes' | 'collation' | 'expectChange'> {
    return this.#charset;
  }

  /** Sets the character sets that `sql` needs: `ClientCharset.prepare`. @throws {MysqlError} */
  prepareCharset(sql: SqlText, readsOutcome: boolean): Promise<boolean> {
    return this.#charset.prepare(sql, readsOutcome, this.#state.tracked, async (statement) => {
      try {
        await this.runOwn(statement);
      } catch (error) {
        this.destroy();
        throw error;
      }
    });
  }

  /**
   * Waits until MySQL has accepted the connection, and prepares it for sessions. The caller limits the time.
   *
   * @throws the error of mysql2
   */
  async open(): Promise<void> {
    try {
      await this.#commands.start((done) => this.#driver.connect(done), NO_LIMIT);
      const send = (commands: readonly Buffer[]) => this.#commands.send(commands);
      const changeUser = () => this.#commands.start((done) => this.#driver.changeUser({}, done));
      const [server, origin] = await askServer(this.#driver, this.#options, send);
      this.#origin = origin;
      const [reset, prepared] = await ConnectionReset.prepare({ send, changeUser }, server, this.#options.init);
      this.#reset = reset;
      this.#prepared(prepared);
    } catch (error) {
      throw this.lost ?? error;
    }
  }

  /**
   * Runs a statement and passes its results to `sink` until the last has arrived. If a reset is due, the statement is
   * short and changes nothing: it may have run when the reset turns out to have failed.
   *
   * @param sql measured, if it is long
   * @param label a comment to send in front of it
   * @throws {MysqlError} with the outcome of the statement. The sink has received all results before the error.
   */
  run(sql: SqlText, sink: ResultSink, label = ''): Promise<StatementOutcome> {
    this.#state.beforeStatement(sql.isLong ? sql.bytes : sql.text.length);
    return this.#run(sql.isLong ? [label, sql] : label + sql.text, sink, NO_LIMIT);
  }

  /**
   * Runs a statement of the gateway's own, after which the connection needs no reset. It has a time limit.
   *
   * @throws {MysqlError}
   */
  runOwn(sql: string): Promise<void> {
    return this.#state.preserveChanged(() => {
      this.#state.beforeStatement(sql.length);
      return this.#run(sql, DISCARD, COMMAND_TIMEOUT);
    });
  }

  /** Sets what a session has set on another connection. @param collation if it is set @throws {MysqlError} */
  async replay(statements: readonly string[], collation: string | undefined): Promise<void> {
    await this.#state.preserveChanged(async () => {
      this.#state.beforeStatement(0);
      const answers = await this.#commands.send(statements.map(queryCommand));
      for (const { error, status } of answers) {
        if (error) throw statementError(error);
        this.#state.noteStatus(status);
        this.#charset.noteReplayed(collation, status);
      }
    });
  }

  /** What the last statement has changed can be set on another connection. */
  forgetChange(): void {
    this.#state.forgetChange();
  }

  /** Returns the rows of a query of the gateway's own, as text, without NULL. @throws {MysqlError} */
  async query(sql: string): Promise<readonly (readonly (string | undefined)[])[]> {
    this.#state.beforeStatement(sql.length);
    const [answer] = await this.#commands.send([queryCommand(sql)]);
    if (answer?.error) throw statementError(answer.error);
    return answer?.rows ?? [];
  }

  /**
   * Stops the statement that is running: its `run` fails with MySQL's error 1317. If MySQL cannot be reached, the
   * connection is destroyed. Never rejects.
   */
  async kill(): Promise<void> {
    if (this.#origin) await this.host.killQuery(this.#origin).catch(() => this.destroy());
  }

  /** Stops reading, so that MySQL waits before it sends more rows. */
  pause(): void {
    this.#commands.pause();
  }

  resume(): void {
    this.#commands.resume();
  }

  /** Checks that the server answers. A session notices nothing of it. @throws {MysqlError} */
  async ping(): Promise<void> {
    const ping = this.#commands.start((done) => addCommand(this.#driver, new PingCommand(done)), PING_TIMEOUT);
    await ping.catch((error: unknown) => {
      // A proxy that does not know the command has answered.
      if (!isUnknownCommand(error)) throw error;
    });
  }

  /**
   * Checks that the server answers, and makes it read the privileges of the schema again. No session has the
   * connection. @throws {MysqlError} if the account has none left, or the schema does not exist any more
   */
  async refresh(): Promise<void> {
    const { use = [] } = this.#reset ?? {};
    if (use.length === 0) return this.ping();
    const answers = await this.#commands.send(use, PING_TIMEOUT);
    for (const { error } of answers) if (error) throw statementError(error);
  }

  /**
   * Leaves the reset to the next command, which is sent together with it: one wake-up less for either side. That is
   * possible in MariaDB, if it has reported no change of the session's state.
   *
   * @returns whether it does so. Otherwise call `reset`.
   */
  postponeReset(): boolean {
    const { isUnchanged, mayBeInXa, mayHaveTemporaryTables } = this.#state;
    const due = isUnchanged && !mayBeInXa && !mayHaveTemporaryTables ? this.#reset?.joinable : undefined;
    if (this.#reset === undefined || due === undefined) return false;
    this.#prepared(this.#reset.prepared);
    this.#commands.resetDue = due;
    return true;
  }

  /** `postponeReset` has been called, and no command has been sent since. */
  get isResetDue(): boolean {
    return this.#commands.resetDue !== undefined;
  }

  /** Sends a reset that is due. @throws {MysqlError} if the connection is lost, or not as it was */
  async completeReset(): Promise<void> {
    if (this.isResetDue) await this.#commands.send([]);
  }

  /** Makes the connection as it was when it was opened. @throws {Error} if another session must not use it */
  async reset(): Promise<void> {
    await this.#restore([]);
  }

  /** Resets it in the same way, and returns the LAST_INSERT_ID() that the session had on it. @throws {Error} */
  async captureAndReset(): Promise<string | undefined> {
    const [captured] = await this.#restore([CAPTURE_SESSION_STATE]);
    return captured?.rows[0]?.[0];
  }

  /** Closes the connection politely, with COM_QUIT, and at once if MySQL does not answer. Never rejects. */
  async quit(): Promise<void> {
    await this.#commands.start((done) => this.#driver.end(() => done(null))).catch(() => {});
    this.destroy();
  }

  /** Closes the connection at once. A statement that is running fails, and MySQL rolls back when it notices. */
  destroy(reason = 'The connection was destroyed.'): void {
    this.#commands.lose(new Error(reason));
    this.#driver.destroy();
    destroySocket(this.#driver);
  }

  /**
   * Sends `before` and a reset together, and returns the answers to `before`. A connection in an XA transaction is
   * closed and not reset: MariaDB would make it unusable, and lose a transaction that is prepared, and MySQL can crash.
   */
  async #restore(before: readonly Buffer[]): Promise<readonly CommandAnswer[]> {
    if (this.#reset === undefined) throw goneAway(this.lost);
    if (this.#state.mayBeInXa && !(await this.#reset.isOutsideXa())) {
      await this.quit();
      throw new Error('The connection is in an XA transaction.');
    }
    // MySQL gives their disk back only when the connection ends.
    const counts = this.server === 'MySQL' && this.#state.mayHaveTemporaryTables;
    const first = counts ? [...before, COUNT_TEMPORARY_TABLES] : before;
    const [answers, prepared] = await this.#reset.reset(first, this.#state.isUnchanged);
    if (counts && Number(answers.at(-1)?.rows[0]?.[1]) > 0) this.#state.noteTemporaryTables();
    this.#prepared(prepared);
    return answers;
  }

  #prepared({ status, collation }: PreparedConnection): void {
    this.#state.prepared(status);
    this.#charset.noteInitial(collation, status);
  }

  #run(sql: StatementText, sink: ResultSink, limit: number): Promise<StatementOutcome> {
    const since = performance.now();
    return this.#commands.run(sql, sink, limit, {
      noteOk: (report: OkReport) => {
        this.#charset.note(report);
        this.#state.noteStatus(report.status, report.onlyTransactions);
      },
      noteRowsEnd: (status: number) => {
        // Behind rows, MySQL reports that something has changed, but not what.
        if (this.#state.noteStatus(status)) this.#charset.expectChange();
      },
      noteEnd: ({ failure }: StatementOutcome, error: MysqlError | undefined) => {
        this.#state.noteTime(performance.now() - since);
        if (failure !== 'none') this.#state.noteFailure(failure);
        if (error) this.#options.onError?.(error);
      },
    });
  }
}
