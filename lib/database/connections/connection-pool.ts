import { type ConnectionOptions, createConnection } from 'mysql2';
import { FAULTS } from '../../netsvc/faults.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import { ServiceRequest } from '../../netsvc/service-request.js';
import { RECOLLECT } from '../pinning/session-state.js';
import { MysqlConnection } from './mysql-connection.js';
import { connectError } from './mysql-error.js';
import { WaitQueue } from './wait-queue.js';

export interface ConnectionPoolOptions {
  /** How many connections there may be; 50 by default. */
  readonly connections?: number;
  /** Seconds to wait for a free one; 10 by default. */
  readonly connectWait?: number;
  /** How many may wait for a free one at once; 10,000 by default. */
  readonly maxWaiting?: number;
  /**
   * Whether sessions may only read. MySQL sees to it, for as long as a client does not ask it otherwise: what an account must never do, it must not be
   * granted.
   */
  readonly readOnly?: boolean;
  /** Statements that each connection runs before a session gets it, such as `SET time_zone = '+00:00'`. */
  readonly init?: readonly string[];
}

/** How long a server may take to clean a connection, or to stop a statement, before the connection is dropped instead. */
const RESET_WAIT = 5000;

/** After so many milliseconds without use, a connection is asked whether it still is one. */
const STALE = 1000;

/** How long it has for the answer. */
const PING_WAIT = 2000;

const DONE = Promise.resolve();

/** MySQL without what would make it another than MySQLdb's, or unsafe: see docs/architecture.md. */
const DRIVER_OPTIONS: ConnectionOptions = {
  flags: ['-FOUND_ROWS', '-IGNORE_SPACE', '-LOCAL_FILES', '-ODBC'],
  charset: 'utf8mb4_general_ci',
  disableEval: true,
  multipleStatements: false,
  // Statements come with their arguments in place, and a question mark in them is one.
  queryFormat: (sql: string) => sql,
};

const READ_ONLY = 'SET SESSION TRANSACTION READ ONLY';

/** Makes a session let go of its connection. Never rejects. */
type LetGo = () => Promise<void>;

/**
 * The connections to one database, bounded in number. Who needs one gets one in order of arrival: one that nobody uses, a new one, or one
 * that a session holds without needing it. What is handed out is clean of whoever had it before.
 */
export class ConnectionPool {
  readonly #options: ConnectionOptions;
  readonly #limit: number;
  readonly #init: readonly string[];
  /** Milliseconds that a server may take to let us in. */
  readonly #openWait: number;
  readonly #connections = new Set<MysqlConnection>();
  /** Ready to be taken, the last used last, and since when. */
  readonly #idle: { readonly connection: MysqlConnection; readonly since: number }[] = [];
  /** Held by sessions that could do without, the longest first. */
  readonly #lent = new Map<MysqlConnection, LetGo>();
  readonly #waiting: WaitQueue;
  /** Connections on their way to those who wait. */
  #coming = 0;
  readonly #returning = new Set<Promise<void>>();

  constructor(options: ConnectionOptions, pool: ConnectionPoolOptions = {}) {
    const { connections = 50, connectWait = 10, maxWaiting = 10_000, readOnly = false, init = [] } = pool;
    this.#init = readOnly ? [...init, READ_ONLY] : init;
    // Shorter than the wait for a free connection, so that a server that does not answer is told from a pool that is full.
    this.#openWait = connectWait * 800;
    this.#options = { ...options, ...DRIVER_OPTIONS, connectTimeout: this.#openWait };
    this.#limit = connections;
    this.#waiting = new WaitQueue(maxWaiting, connectWait, () => this.#noneFree(connectWait));
  }

  /** How many connections there are, and what they are doing. */
  get census(): { readonly open: number; readonly idle: number; readonly lent: number; readonly waiting: number } {
    return {
      open: this.#connections.size,
      idle: this.#idle.length,
      lent: this.#lent.size,
      waiting: this.#waiting.length,
    };
  }

  /**
   * @param fresh whether nobody may have used the connection before: what others left where no statement shows it must not show
   * @throws {MysqlError} when MySQL cannot be reached
   * @throws {ServiceFailure} 51 when no connection came free in time, or too many wait already
   * @throws the reason of `request` when it aborts first
   */
  acquire(request: ServiceRequest, fresh = false): MysqlConnection | Promise<MysqlConnection> {
    const idle = this.#waiting.length === 0 ? this.#idle.pop() : undefined;
    if (idle === undefined) return this.#waitFor(request, fresh);
    const { connection, since } = idle;
    const checked = performance.now() - since < STALE;
    if (checked && (!fresh || connection.fresh)) return connection;
    return this.#ready(connection, checked, request, fresh);
  }

  /**
   * Takes a connection back, cleaned if that is needed; drops it if it cannot be. Never rejects.
   *
   * @param forget whether there are an id, warnings or counts on it that the next must not see
   */
  release(connection: MysqlConnection, forget = false): Promise<void> {
    this.#lent.delete(connection);
    if (connection.burdened) connection.destroy();
    if (connection.lost) return DONE;
    if (!connection.tied && !forget) {
      this.#putBack(connection);
      return DONE;
    }
    const clean = () => (connection.tied ? connection.reset() : connection.runOwn(RECOLLECT));
    return this.#keepTrack(this.#within(RESET_WAIT, connection, clean).then(() => this.#putBack(connection), ignore));
  }

  /** A session keeps a connection that it could do without: `letGo` is called when somebody else needs it. */
  lend(connection: MysqlConnection, letGo: LetGo): void {
    this.#lent.set(connection, letGo);
    this.#serve();
  }

  /** The session needs the connection again. */
  recall(connection: MysqlConnection): void {
    this.#lent.delete(connection);
  }

  /**
   * Stops the statement that `connection` is running: its `run` fails with MySQL's 1317. If MySQL cannot be told, the
   * connection is dropped. Never rejects.
   */
  async killQuery(connection: MysqlConnection): Promise<void> {
    // The pool may have no connection to spare just then, so this one is its own.
    const side = createConnection(this.#options);
    let timer: NodeJS.Timeout | undefined;
    const killed = await new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), RESET_WAIT);
      side.on('error', () => resolve(false));
      side.on('end', () => resolve(false));
      side.query(`KILL QUERY ${connection.threadId}`, (error) => resolve(error === null));
    });
    clearTimeout(timer);
    side.destroy();
    if (!killed) connection.destroy();
  }

  /** Makes sure that MySQL can be reached. @throws {MysqlError} */
  async check(): Promise<void> {
    await this.release(await this.acquire(new ServiceRequest('', '')));
  }

  /** Closes all connections once those on their way back have arrived. */
  async end(): Promise<void> {
    await Promise.all(this.#returning);
    let timer: NodeJS.Timeout | undefined;
    // A server that hangs does not take its leave.
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RESET_WAIT);
    });
    await Promise.race([patience, Promise.all([...this.#connections].map((connection) => connection.end()))]);
    clearTimeout(timer);
    for (const connection of [...this.#connections]) connection.destroy();
  }

  /** Waits in line for a connection, and makes it ready. */
  async #waitFor(request: ServiceRequest, fresh: boolean): Promise<MysqlConnection> {
    const connection = this.#waiting.wait(request);
    this.#serve();
    return this.#ready(await connection, true, request, fresh);
  }

  /** Gives connections to those who wait, as far as there are any. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const idle = this.#idle.pop();
      if (idle) this.#waiting.give(idle.connection);
      else if (this.#coming >= this.#waiting.length) return;
      else if (this.#connections.size < this.#limit) this.#expect(this.#open());
      else if (this.#lent.size > 0) this.#expect(this.#reclaim());
      else return;
    }
  }

  /** Whatever becomes of what was to come, those who wait are looked after. */
  #expect(coming: Promise<void>): void {
    this.#coming++;
    void this.#keepTrack(
      coming.finally(() => {
        this.#coming--;
        this.#serve();
      }),
    );
  }

  /** Opens a connection; if that fails, who waits longest is told. Never rejects. */
  async #open(): Promise<void> {
    const connection: MysqlConnection = new MysqlConnection(createConnection(this.#options), {
      init: this.#init,
      onLost: () => this.#lose(connection),
    });
    this.#connections.add(connection);
    try {
      await this.#within(this.#openWait, connection, () => connection.open(), 'ETIMEDOUT');
      this.#putBack(connection);
    } catch (error) {
      connection.destroy();
      this.#waiting.refuse(connectError(error as Error, this.#options));
    }
  }

  /** Takes the connection that has been lent for longest. Never rejects. */
  async #reclaim(): Promise<void> {
    const [[connection, letGo] = []] = this.#lent;
    if (connection === undefined || letGo === undefined) return;
    this.#lent.delete(connection);
    const timer = setTimeout(() => connection.destroy(), RESET_WAIT);
    await letGo();
    clearTimeout(timer);
    await this.release(connection);
  }

  #putBack(connection: MysqlConnection): void {
    if (connection.lost) return;
    if (this.#waiting.length > 0) this.#waiting.give(connection);
    else this.#idle.push({ connection, since: performance.now() });
  }

  /** Nobody will see the connection again. */
  #lose(connection: MysqlConnection): void {
    this.#connections.delete(connection);
    this.#lent.delete(connection);
    const at = this.#idle.findIndex((idle) => idle.connection === connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#serve();
  }

  /** @param checked whether the connection has been in use just now */
  async #ready(
    connection: MysqlConnection,
    checked: boolean,
    request: ServiceRequest,
    fresh: boolean,
  ): Promise<MysqlConnection> {
    try {
      if (!checked) await this.#within(PING_WAIT, connection, () => connection.ping());
      if (fresh && !connection.fresh) await this.#within(RESET_WAIT, connection, () => connection.reset());
    } catch {
      // Those that have been idle for as long are not better.
      for (const { connection, since } of [...this.#idle]) {
        if (performance.now() - since >= STALE) connection.destroy();
      }
      return this.acquire(request, fresh);
    }
    if (request.aborted) {
      void this.release(connection);
      throw request.reason;
    }
    return connection;
  }

  /** Drops a connection on which `work` fails or takes too long; dropping it fails the work. */
  async #within(
    milliseconds: number,
    connection: MysqlConnection,
    work: () => Promise<void>,
    reason?: string,
  ): Promise<void> {
    const timer = setTimeout(() => connection.destroy(reason), milliseconds);
    try {
      await work();
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #keepTrack(work: Promise<void>): Promise<void> {
    this.#returning.add(work);
    return work.finally(() => this.#returning.delete(work));
  }

  #noneFree(connectWait: number): ServiceFailure {
    return ServiceFailure.of(
      FAULTS.RESOURCE_UNAVAILABLE,
      `All ${this.#limit} MySQL connections were in use for ${connectWait} seconds.`,
    );
  }
}

function ignore(): void {}
