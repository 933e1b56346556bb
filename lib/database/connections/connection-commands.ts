import type { Connection, QueryError } from 'mysql2';
import type { Resolvers } from '../../system/with-resolvers.js';
import { type CommandAnswer, CommandBatch, queryCommand } from '../driver/command-batch.js';
import { statementError } from '../driver/driver-error.js';
import { addCommand, type LargeRows, receiveLargeRows } from '../driver/driver-internals.js';
import { ReadFlow } from '../driver/read-flow.js';
import type { ResultSink } from '../driver/result-sink.js';
import { StatementCommand, type StatementObserver, type StatementText } from '../driver/statement-command.js';
import { endsConnection, lostDuringQuery, type MysqlError } from '../errors/mysql-error.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import type { ShortReset } from './connection-reset.js';
import { COMMAND_TIMEOUT, PendingCommands } from './pending-commands.js';

export interface CommandsOptions {
  /** Called once, when the connection is lost. */
  readonly onLost: () => void;
  /** Called when a reset that was sent together with a command has failed. */
  readonly onResetFailed: (error: Error) => void;
  /** Closes the connection at once. */
  readonly destroy: (reason: string) => void;
}

/** What is learned from a statement that is running. */
export interface RunObserver extends Pick<StatementObserver, 'noteOk' | 'noteRowsEnd'> {
  /** It has ended. @param error undefined if it has succeeded */
  noteEnd(outcome: StatementOutcome, error: MysqlError | undefined): void;
}

type Answers = readonly CommandAnswer[];

/**
 * Sends the commands of a connection by mysql2. Each ends: it is answered, or takes longer than its limit, or the
 * connection is lost. If a reset is due, it is sent together with the next command.
 */
export class ConnectionCommands {
  /** The next command is sent behind it, and is answered only if it has not failed. */
  resetDue: ShortReset | undefined;
  readonly #driver: Connection;
  readonly #options: CommandsOptions;
  readonly #largeRows: LargeRows;
  readonly #flow: ReadFlow;
  readonly #pending: PendingCommands;

  constructor(driver: Connection, options: CommandsOptions) {
    this.#driver = driver;
    this.#options = options;
    this.#largeRows = receiveLargeRows(driver);
    this.#flow = new ReadFlow(driver);
    this.#pending = new PendingCommands(() => options.destroy('The server did not answer in time.'));
    // Without a listener, the loss of an idle connection would end the process.
    driver.on('error', (error: Error) => this.lose(error));
    driver.on('end', () => this.lose(new Error('The server closed the connection.')));
  }

  /** Why the connection was lost; undefined while it can be used. */
  get lost(): Error | undefined {
    return this.#pending.lost;
  }

  /** The connection is lost: all commands fail. */
  lose(error: Error): void {
    if (this.#pending.lose(error)) this.#options.onLost();
  }

  /** Stops reading, so that MySQL waits before it sends more rows. */
  pause(): void {
    this.#flow.pause();
  }

  resume(): void {
    this.#flow.resume();
  }

  /** Runs a command of mysql2, without a reset that is due. @throws {MysqlError} */
  start(start: (done: (error: QueryError | null) => void) => void, limit = COMMAND_TIMEOUT): Promise<void> {
    const { promise, resolve, reject } = this.#begin(limit);
    if (!this.lost) start((error) => (error ? reject(statementError(error)) : resolve(undefined)));
    return promise;
  }

  /** Sends commands together. @throws {MysqlError} if the connection is lost, or a reset that was due has failed */
  send(commands: readonly Buffer[], limit = COMMAND_TIMEOUT): Promise<Answers> {
    const { promise, resolve, reject } = this.#begin<Answers>(limit);
    if (this.lost) return promise;
    const reset = this.#takeReset();
    const first = reset?.commands ?? [];
    const settle = (error: QueryError | undefined, answers: Answers) => {
      if (error) reject(lostDuringQuery(error));
      else if (this.#isReset(reset, answers.slice(0, first.length))) resolve(answers.slice(first.length));
    };
    addCommand(this.#driver, new CommandBatch([...first, ...commands], settle));
    return promise;
  }

  /** Runs a statement, which is short if a reset is due. @throws {MysqlError} with its outcome */
  run(sql: StatementText, sink: ResultSink, limit: number, observer: RunObserver): Promise<StatementOutcome> {
    const { promise, resolve, reject } = this.#begin<StatementOutcome>(limit);
    if (this.lost) return promise;
    const observers = {
      received: (bytes: number) => this.#flow.countBytes(bytes),
      noteOk: observer.noteOk,
      noteRowsEnd: observer.noteRowsEnd,
      end: (outcome: StatementOutcome) => {
        observer.noteEnd(outcome, undefined);
        resolve(outcome);
      },
      fail: (error: QueryError, outcome: StatementOutcome) => {
        const reported = statementError(error, outcome);
        reject(reported);
        if (endsConnection(reported)) this.lose(error);
        observer.noteEnd(outcome, reported);
      },
    };
    const reset = this.#takeReset();
    const command = new StatementCommand(sql, sink, observers, this.#largeRows, reset !== undefined);
    if (reset) this.#sendReset(reset, sql, command);
    addCommand(this.#driver, command);
    return promise;
  }

  /** Sends a reset together with a statement. If the reset fails, nothing of what the statement returns is used. */
  #sendReset(reset: ShortReset, sql: StatementText, command: StatementCommand): void {
    if (typeof sql !== 'string') throw new Error('a long statement cannot be sent together with a reset');
    const { resolve, reject, promise } = this.#pending.begin<void>(COMMAND_TIMEOUT);
    promise.catch(() => {});
    const settle = (error: QueryError | undefined, answers: Answers) => {
      if (error) reject(lostDuringQuery(error));
      else if (this.#isReset(reset, answers)) resolve();
      else command.discard();
    };
    addCommand(this.#driver, new CommandBatch(reset.commands, settle, queryCommand(sql)));
  }

  #takeReset(): ShortReset | undefined {
    const reset = this.resetDue;
    this.resetDue = undefined;
    return reset;
  }

  /** Whether the connection is as it was when it was opened. Otherwise it is destroyed. */
  #isReset(reset: ShortReset | undefined, answers: Answers): boolean {
    const failure = reset?.failure(answers);
    if (failure === undefined) return true;
    this.#options.onResetFailed(failure);
    this.#options.destroy(failure.message);
    return false;
  }

  #begin<T = void>(limit: number): Resolvers<T> {
    if (!this.lost) this.#flow.reset();
    return this.#pending.begin(limit);
  }
}
