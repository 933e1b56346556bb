import { type ConnectionOptions, createConnection, createPool, type Pool, type PoolConnection } from 'mysql2';
import { FAULTS } from '../netsvc/faults.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import { ServiceRequest } from '../netsvc/service-request.js';
import { MysqlConnection } from './mysql-connection.js';
import { connectError } from './mysql-error.js';

export interface ConnectionPoolOptions {
  /** How many connections there may be; 50 by default. */
  readonly connections?: number;
  /** Seconds to wait for a free one; 10 by default. */
  readonly connectWait?: number;
}

/** How long a server may take to clean a connection, or to stop a statement, before the connection is dropped instead. */
const RESET_WAIT = 5000;

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

/** The bounded pool of connections to one database. What it hands out is as new, and clean of whoever had it before. */
export class ConnectionPool {
  readonly #options: ConnectionOptions;
  readonly #pool: Pool;
  readonly #connections: number;
  readonly #connectWait: number;
  readonly #wrapped = new WeakMap<PoolConnection, MysqlConnection>();
  readonly #returning = new Set<Promise<void>>();
  /** Ready to be taken. They stay with us, because to get one from the driver's pool costs as much as a small statement. */
  readonly #idle: MysqlConnection[] = [];
  /** How many wait for the driver's pool. */
  #waiting = 0;

  constructor(options: ConnectionOptions, { connections = 50, connectWait = 10 }: ConnectionPoolOptions = {}) {
    // Shorter than the wait for a free connection, so that a server that does not answer is told from a pool that is full.
    this.#options = { ...options, ...DRIVER_OPTIONS, connectTimeout: connectWait * 800 };
    this.#connections = connections;
    this.#connectWait = connectWait;
    this.#pool = createPool({ ...this.#options, connectionLimit: connections });
    // From its first moment, so that an error on one that nobody waited for any more is heard.
    this.#pool.on('connection', (driver) => this.#wrapped.set(driver, new MysqlConnection(driver)));
  }

  /**
   * @param fresh whether nobody may have used the connection before: what others left where no statement shows it (a count of
   *   rows found) must not show
   * @throws {MysqlError} when MySQL cannot be reached
   * @throws {ServiceFailure} 51 when no connection came free in time
   * @throws the reason of `request` when it aborts first
   */
  acquire(request: ServiceRequest, fresh = false): MysqlConnection | Promise<MysqlConnection> {
    const idle = this.#takeIdle();
    if (idle !== undefined && (!fresh || idle.fresh)) return idle;
    return this.#acquire(idle, request, fresh);
  }

  /** Takes a connection back, cleaned if that is needed; drops it if it cannot be. Never rejects. */
  release(connection: MysqlConnection): Promise<void> {
    if (connection.burdened) connection.destroy();
    if (!connection.tied && connection.lost === undefined) {
      this.#putBack(connection);
      return DONE;
    }
    const returned = this.#clean(connection);
    this.#returning.add(returned);
    returned.finally(() => this.#returning.delete(returned));
    return returned;
  }

  /**
   * Stops the statement that `connection` is running: its `run` fails with MySQL's 1317. If MySQL cannot be told, the
   * connection is dropped. Never rejects.
   */
  async killQuery(connection: MysqlConnection): Promise<void> {
    // The pool may have no connection to spare just then, so this one is its own.
    const side = createConnection(this.#options);
    const timer = setTimeout(() => side.destroy(), RESET_WAIT);
    const killed = await new Promise<boolean>((resolve) => {
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
    for (const connection of this.#idle.splice(0)) connection.release();
    await new Promise<void>((resolve) => {
      // A server that hangs does not take its leave.
      const timer = setTimeout(resolve, RESET_WAIT);
      this.#pool.end(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #takeIdle(): MysqlConnection | undefined {
    let connection = this.#idle.pop();
    while (connection?.lost) connection = this.#idle.pop();
    return connection;
  }

  #putBack(connection: MysqlConnection): void {
    if (this.#waiting > 0) connection.release();
    else this.#idle.push(connection);
  }

  async #acquire(idle: MysqlConnection | undefined, request: ServiceRequest, fresh: boolean): Promise<MysqlConnection> {
    for (let connection = idle; ; connection = undefined) {
      connection ??= await this.#wait(request);
      if (!connection.prepared) await this.#within(connection, () => connection.prepare());
      if (!fresh || connection.fresh) return connection;
      try {
        await this.#within(connection, () => connection.reset());
        return connection;
      } catch {
        // It was dropped, and there are others.
      }
    }
  }

  /** Gets a connection from the driver's pool. One that comes when nobody waits for it any more goes straight back. */
  async #wait(request: ServiceRequest): Promise<MysqlConnection> {
    this.#waiting++;
    try {
      const driver = await this.#getConnection(request);
      return this.#wrapped.get(driver) ?? new MysqlConnection(driver);
    } finally {
      this.#waiting--;
    }
  }

  #getConnection(request: ServiceRequest): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let waiting = true;
      const giveUp = (reason: unknown) => {
        waiting = false;
        clearTimeout(timer);
        request.offAbort(giveUp);
        reject(reason);
      };
      const timer = setTimeout(() => giveUp(this.#noneFree()), this.#connectWait * 1000);
      request.onAbort(giveUp);
      this.#pool.getConnection((error, driver) => {
        if (!waiting) return driver?.release();
        if (error) return giveUp(connectError(error, this.#options));
        clearTimeout(timer);
        request.offAbort(giveUp);
        resolve(driver);
      });
    });
  }

  #noneFree(): ServiceFailure {
    return ServiceFailure.of(
      FAULTS.RESOURCE_UNAVAILABLE,
      `All ${this.#connections} MySQL connections were in use for ${this.#connectWait} seconds.`,
    );
  }

  async #clean(connection: MysqlConnection): Promise<void> {
    try {
      await this.#within(connection, () => connection.reset());
      this.#putBack(connection);
    } catch {
      // It was dropped.
    }
  }

  /** Drops a connection on which `work` fails or takes too long; dropping it fails the work. */
  async #within(connection: MysqlConnection, work: () => Promise<void>): Promise<void> {
    const timer = setTimeout(() => connection.destroy(), RESET_WAIT);
    try {
      await work();
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
