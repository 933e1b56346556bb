import { type Connection, type ConnectionOptions, createConnection } from 'mysql2';
import { connectError } from '../driver/driver-error.js';
import type { MysqlError } from '../errors/mysql-error.js';
import { killQuery } from './kill-query.js';
import type { ConnectionOrigin } from './server-identity.js';
import { runAside, type SideQuery } from './side-connection.js';

/** A server of a database: its connections, and the side connections for them. */
export class DatabaseHost {
  readonly #options: ConnectionOptions;
  /** The same server with the account that is used by now, if the settings have been replaced. */
  successor: DatabaseHost | undefined;

  /** @param options complete ones, for mysql2 */
  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Its host and port, or its socket. */
  get name(): string {
    const { socketPath, host = 'localhost', port = 3306 } = this.#options;
    return socketPath ?? `${host}:${port}`;
  }

  /** Begins to connect. A host name is resolved each time, and all of its addresses are tried. */
  connect(): Connection {
    return createConnection(this.#options);
  }

  /** Returns libmysqlclient's error for a failure to connect. */
  connectError(error: unknown): MysqlError {
    return connectError(error as Error, this.#options);
  }

  /** Returns the rows of a statement that runs on a separate connection. @throws {MysqlError} */
  ask(sql: string): Promise<(string | null)[][]> {
    return this.aside((query) => query(sql));
  }

  /** Runs statements on a separate connection. @param timeout milliseconds for each of them. @throws {MysqlError} */
  aside<T>(work: (query: SideQuery) => Promise<T>, timeout?: number): Promise<T> {
    return runAside(this.#options, work, timeout);
  }

  /**
   * Stops the statement of a connection. If the account can no longer log in, such as because its password has been
   * changed, that of the successor does it.
   *
   * @throws {MysqlError} if the server cannot be reached, or is another one
   */
  async killQuery(origin: ConnectionOrigin): Promise<void> {
    try {
      await killQuery(this.#options, origin);
    } catch (error) {
      if (this.successor === undefined) throw error;
      await this.successor.killQuery(origin);
    }
  }
}
