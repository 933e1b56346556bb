import type { Socket } from 'node:net';
import type { FieldPacket, PoolConnection, QueryError, ResultSetHeader } from 'mysql2';
import { endsConnection, goneAway, lostDuringQuery, MysqlError, statementError } from './mysql-error.js';
import { type Run, RunCollector } from './row-run.js';

/** A column's value as MySQL sent it, in its text protocol; null is NULL. */
export type Cell = Buffer | null;

/** What a statement without rows reports. */
export interface Outcome {
  readonly affectedRows: number;
  readonly insertId: number | string;
}

/** Takes the results of a statement as they arrive. */
export interface ResultSink {
  beginRows(fields: FieldPacket[]): void;
  /** The bytes are nobody else's. */
  addRows(run: Run): void;
  /** The result set that began last is whole. */
  endRows(): void;
  addOutcome(outcome: Outcome): void;
}

/** mysql2 reads the session tracker of the answer, but does not declare it. */
interface Header extends ResultSetHeader {
  readonly stateChanges?: { readonly systemVariables?: Readonly<Record<string, string>> };
}

/** A packet as mysql2 has it. */
interface Packet {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
  eofStatusFlags(): number;
}

/** What takes a packet while a query runs, and says what takes the next one. */
type PacketHandler = (packet: Packet, connection: unknown) => PacketHandler | null;

/** What of mysql2's running query is not public: how many result sets have come to their end, and what takes the packets of rows. */
interface DriverCommand {
  readonly _resultIndex: number;
  row: PacketHandler;
}

/** Flags that MySQL reports behind a statement: https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html */
const STATUS_IN_TRANSACTION = 0x0001;
const STATUS_NO_BACKSLASH_ESCAPES = 0x0200;
const STATUS_STATE_CHANGED = 0x4000;

/** MariaDB keeps a buffer of the size of the largest statement, and holds back the first rows of later ones until it is full. */
const LARGE_STATEMENT = 1024 * 1024;

/** How many bytes of rows are read before everybody else has a turn. */
const TURN = 128 * 1024;

const UNKNOWN_SYSTEM_VARIABLE = 1193;

/** One connection to MySQL: runs one statement at a time and knows what state of it matters to the gateway. */
export class MysqlConnection {
  readonly #driver: PoolConnection;
  #noBackslashEscapes = false;
  #clientCharsetChanged = false;
  #prepared = false;
  /** MySQL says what statements change of the connection's state. */
  #tracked = false;
  #fresh = true;
  #changed = false;
  #inTransaction = false;
  #burdened = false;
  #paused = false;
  #turning = false;
  /** Bytes of rows since others had their turn. */
  #read = 0;
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

  /** The next statement may change what MySQL does not tell of. */
  tie(): void {
    this.#changed = true;
  }

  /**
   * Runs a statement and feeds its results to `sink` until the last has arrived.
   *
   * @throws {MysqlError} the results that came before it have been fed
   */
  async run(sql: string, sink: ResultSink): Promise<void> {
    this.#fresh = false;
    if (sql.length > LARGE_STATEMENT) this.#burdened = true;
    await this.#query(sql, sink);
    if (this.#clientCharsetChanged) {
      this.#clientCharsetChanged = false;
      await this.#query('SET character_set_client = utf8mb4', IGNORE);
    }
  }

  #query(sql: string, sink: ResultSink): Promise<void> {
    const { promise, resolve, reject } = this.#begin();
    if (this.#lost) return promise;
    let rows = false;
    let begun = 0;
    const endRows = () => {
      if (rows) sink.endRows();
      rows = false;
    };
    const runs = new RunCollector((run) => {
      sink.addRows(run);
      this.#giveTurn(run.to - run.from);
    });
    const command = this.#driver.query({ sql });
    command.on('fields', (fields: FieldPacket[] | undefined) => {
      endRows();
      begun++;
      rows = fields !== undefined;
      if (fields) sink.beginRows(fields);
    });
    command.on('result', (result) => this.#finish(result as unknown as Header, sink));
    takeRows(command as unknown as DriverCommand, runs, (status) => this.#note(status));
    command.on('error', (error: QueryError) => {
      runs.flush();
      // A procedure may fail behind a result set, of whose end only the driver's count of them tells.
      if ((command as unknown as DriverCommand)._resultIndex === begun) endRows();
      rows = false;
      const reported = statementError(error);
      reject(reported);
      if (endsConnection(reported)) this.#lose(error);
    });
    command.on('end', () => {
      endRows();
      resolve();
    });
    return promise;
  }

  /** Stops reading, so that MySQL waits with the rows that are still to come. */
  pause(): void {
    this.#paused = true;
    this.#driver.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#turning) this.#driver.resume();
  }

  /** Lets everybody else have a turn: as long as MySQL sends without a pause, Node reads on for up to two megabytes. */
  #giveTurn(bytes: number): void {
    this.#read += bytes;
    if (this.#read < TURN || this.#turning) return;
    this.#read = 0;
    this.#turning = true;
    this.#driver.pause();
    setImmediate(() => {
      if (!this.#turning) return;
      this.#turning = false;
      if (!this.#paused) this.#driver.resume();
    });
  }

  /** Ends every pause. The driver forgets a command that is begun in one. */
  #flow(): void {
    if (!this.#paused && !this.#turning) return;
    this.#paused = false;
    this.#turning = false;
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
    // What FOUND_ROWS() counted is not forgotten by MariaDB until another statement has found rows.
    await this.run('SELECT 1', IGNORE);
    await this.prepare();
  }

  /**
   * Autocommit, whatever the server's default; and MySQL shall tell what statements change. Its answer, which does so already, also tells
   * how string literals are read.
   */
  async prepare(): Promise<void> {
    this.#changed = false;
    try {
      await this.run('SET autocommit = 1, session_track_state_change = 1', IGNORE);
    } catch (error) {
      if (!(error instanceof MysqlError && error.errno === UNKNOWN_SYSTEM_VARIABLE)) throw error;
      await this.run('SET autocommit = 1', IGNORE);
    }
    this.#tracked = this.#changed;
    this.#changed = false;
    this.#fresh = true;
    this.#prepared = true;
  }

  /** Whether it has been made ready for its first statement. */
  get prepared(): boolean {
    return this.#prepared;
  }

  /** Gives a connection that is as new back to the driver's pool. */
  release(): void {
    this.#flow();
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
    if (this.#lost) {
      resolvers.reject(goneAway(this.#lost));
    } else {
      this.#failRunning = resolvers.reject;
      this.#flow();
    }
    return resolvers;
  }

  /**
   * Notes what the statement did to the connection. Statements are sent in UTF-8, whatever `SET NAMES` the client asked for:
   * that is between MySQL and us, and another character set would lose what it does not have, or hide quotes.
   */
  #finish(header: Header, sink: ResultSink): void {
    const charset = header.stateChanges?.systemVariables?.character_set_client;
    if (charset !== undefined && !charset.startsWith('utf8')) this.#clientCharsetChanged = true;
    this.#noBackslashEscapes = (header.serverStatus & STATUS_NO_BACKSLASH_ESCAPES) !== 0;
    this.#note(header.serverStatus);
    // LAST_INSERT_ID() goes on telling it.
    if (header.insertId !== 0) this.#changed = true;
    sink.addOutcome(header);
  }

  #note(status: number): void {
    if ((status & STATUS_STATE_CHANGED) !== 0) this.#changed = true;
    this.#inTransaction = (status & STATUS_IN_TRANSACTION) !== 0;
  }

  #lose(error: Error): void {
    this.#lost ??= error;
    // Rejecting a promise that has settled does nothing.
    this.#failRunning?.(lostDuringQuery(error));
  }
}

/**
 * Takes the packets of a query's rows as they are. The driver would make an array of each, at three times the cost, and whatever went wrong with
 * one would end the connection.
 */
function takeRows(command: DriverCommand, runs: RunCollector, note: (status: number) => void): void {
  const driversOwn = command.row;
  command.row = function take(packet, connection) {
    if (packet.isEOF()) {
      runs.flush();
      note(packet.eofStatusFlags());
      return driversOwn.call(command, packet, connection);
    }
    runs.add(packet.buffer, packet.offset, packet.end);
    return take;
  };
}

export const IGNORE: ResultSink = {
  beginRows() {},
  addRows() {},
  endRows() {},
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
