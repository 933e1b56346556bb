import { type CommandAnswer, RESET_CONNECTION } from '../driver/command-batch.js';
import { statementError } from '../driver/driver-error.js';
import { isUnknownCommand } from '../errors/mysql-error.js';
import { InitialState } from './initial-state.js';
import { GRANTS, Preparation, runsInitConnect } from './preparation.js';
import { failureOf, NotRestored } from './restoration.js';
import { type ServerProperties, STATE_QUESTIONS, XA_STATE } from './server-properties.js';

/** Milliseconds after which privileges of the schema, and its collation, are read again. */
const SCHEMA_AGE = 500;

type Answers = readonly CommandAnswer[];

/** Sends commands together. Rejects if the connection is lost. */
export type SendCommands = (commands: readonly Buffer[]) => Promise<Answers>;

/** What MySQL says of a connection that has been prepared. */
export interface PreparedConnection {
  readonly status: number;
  /** `collation_connection`. */
  readonly collation: string;
}

/** A reset that can be sent together with the command behind it. */
export interface ShortReset {
  readonly commands: readonly Buffer[];
  /** @returns why the answers do not show the initial state; undefined if they do */
  readonly failure: (answers: Answers) => Error | undefined;
}

/** What a reset uses of its connection. */
interface ResettableConnection {
  readonly send: SendCommands;
  /** COM_CHANGE_USER. @throws {MysqlError} */
  readonly changeUser: () => Promise<void>;
}

/** Prepares a connection for its first session, and resets it behind each session. */
export class ConnectionReset {
  readonly server: ServerProperties;
  readonly #connection: ResettableConnection;
  readonly #initial: InitialState;
  readonly #short: ShortReset;
  #prepared: PreparedConnection = { status: 0, collation: '' };
  /** When the schema was made the current one, and had the collation of the initial state. */
  #usedSchema = Number.NEGATIVE_INFINITY;
  /** `InitialState.unchanged` has not restored the state, as with a server whose reset leaves what USE sets. */
  #isShortInVain = false;

  private constructor(connection: ResettableConnection, initial: InitialState) {
    this.server = initial.server;
    this.#connection = connection;
    this.#initial = initial;
    this.#short = {
      commands: [RESET_CONNECTION, ...initial.unchanged.commands],
      failure: (answers) => this.#verify(answers),
    };
  }

  /**
   * Prepares a new connection. It is reset like every other one, so that it cannot be told from it, if the server can
   * do so.
   *
   * @param init the configured statements
   * @throws {MysqlError}
   */
  static async prepare(
    connection: ResettableConnection,
    server: ServerProperties,
    init: readonly string[] = [],
  ): Promise<[reset: ConnectionReset, prepared: PreparedConnection]> {
    const [grants] = server.initConnect === '' ? [] : await connection.send([GRANTS]);
    const initConnect = runsInitConnect(server, grants) ? server.initConnect : '';
    const preparation = new Preparation(server, initConnect, init);
    const state = preparation.changesState ? await stateAfter(preparation, connection.send) : server.state;
    const reset = new ConnectionReset(connection, new InitialState(preparation, state));
    try {
      return [reset, (await reset.reset([]))[1]];
    } catch (error) {
      if (!isUnknownCommand(error)) throw error;
      return [reset, await reset.#prepare()];
    }
  }

  /** What makes the server read the privileges of the schema again; nothing if there is no schema. */
  get use(): readonly Buffer[] {
    return this.#initial.use;
  }

  /**
   * What resets a connection behind a session of which MySQL has reported no change; undefined if it needs more. If it
   * does not fail, MySQL has said the same behind it as `prepared`.
   */
  get short(): ShortReset | undefined {
    const isFit = !this.#isShortInVain && performance.now() - this.#usedSchema < SCHEMA_AGE;
    return isFit ? this.#short : undefined;
  }

  /**
   * The same, if it may be sent together with a statement. In MySQL, it checks the collation of the schema, which an
   * administrator can change, and the statement would fail with it. In MariaDB, it sets the collation.
   */
  get joinable(): ShortReset | undefined {
    return this.server.kind === 'MariaDB' ? this.short : undefined;
  }

  /** What MySQL has said behind the last reset. */
  get prepared(): PreparedConnection {
    return this.#prepared;
  }

  /** Whether the connection is surely in no XA transaction. */
  async isOutsideXa(): Promise<boolean> {
    const [state] = await this.#connection.send([XA_STATE]);
    return this.server.isOutsideXa(state);
  }

  /**
   * Makes the connection as it was when it was opened: ends the transaction, and removes temporary tables, variables,
   * locks, warnings and whatever else a session has left. MySQL does so (COM_RESET_CONNECTION), and `InitialState`
   * restores and verifies the rest. If it is not as it was, or if the server does not know the command, COM_CHANGE_USER
   * restores it, or nothing does.
   *
   * @param before commands that are sent together with the reset
   * @param unchanged MySQL has reported no change of the session's state
   * @returns the answers to them, and what MySQL says behind the reset
   * @throws {Error} if the connection must not be used by another session
   */
  async reset(before: readonly Buffer[], unchanged = false): Promise<[answers: Answers, prepared: PreparedConnection]> {
    const short = unchanged ? this.short : undefined;
    const { whole } = this.#initial;
    const commands = short?.commands ?? [RESET_CONNECTION, ...whole.commands];
    const all = await this.#connection.send([...before, ...commands]);
    const [answered, answers] = [all.slice(0, before.length), all.slice(before.length)];
    const [reset, ...restored] = answers;
    if (short !== undefined) {
      if (short.failure(answers) === undefined) return [answered, this.#prepared];
    } else if (reset?.error === undefined && whole.failure(restored) === undefined) {
      return [answered, this.#preparedBy(restored)];
    }
    await this.#connection.changeUser();
    return [answered, await this.#prepare()];
  }

  #verify([reset, ...restored]: Answers): Error | undefined {
    const failure = reset?.error ? statementError(reset.error) : this.#initial.unchanged.failure(restored);
    if (failure) this.#isShortInVain = true;
    return failure;
  }

  async #prepare(): Promise<PreparedConnection> {
    const { whole } = this.#initial;
    const answers = await this.#connection.send(whole.commands);
    const failure = whole.failure(answers);
    if (failure instanceof NotRestored) {
      throw new Error(this.#initial.difference(await this.#connection.send(STATE_QUESTIONS)));
    }
    if (failure) throw failure;
    return this.#preparedBy(answers);
  }

  /** @param answers to the commands that restore the whole state */
  #preparedBy(answers: Answers): PreparedConnection {
    if (this.#initial.isOf(answers)) this.#usedSchema = performance.now();
    this.#prepared = { status: answers.at(-1)?.status ?? 0, collation: this.#initial.literalCollation(answers) };
    return this.#prepared;
  }
}

/** The state of a new connection that has been prepared. @throws {MysqlError} which names the statement that failed */
async function stateAfter({ steps }: Preparation, send: SendCommands): Promise<Answers> {
  const commands = steps.map(({ command }) => command);
  const [, ...answers] = await send([RESET_CONNECTION, ...commands, ...STATE_QUESTIONS]);
  const failure = failureOf(steps, answers);
  if (failure) throw failure;
  return answers.slice(steps.length);
}
