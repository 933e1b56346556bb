import { connect } from 'node:net';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2';
import { connectError } from '../driver/driver-error.js';
import { MysqlError } from '../errors/mysql-error.js';
import type { ConnectionOrigin } from './server-identity.js';
import { SERVER_IDENTITY } from './server-status.js';
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
   * Stops the statement of a connection. The number of the connection is that of its own server only: on another one it
   * is somebody else's. Therefore the side connection goes to the same address, whatever the host name means by now,
   * and asks the server who it is. If the account can no longer log in, such as because its password has been changed,
   * that of the successor does it.
   *
   * @throws {MysqlError} if the server cannot be reached, or is another one
   */
  async killQuery(origin: ConnectionOrigin): Promise<void> {
    try {
      await this.#kill(origin);
    } catch (error) {
      if (this.successor === undefined) throw error;
      await this.successor.killQuery(origin);
    }
  }

  #kill({ threadId, address, identity }: ConnectionOrigin): Promise<void> {
    const { port = 3306 } = this.#options;
    const stream = address === undefined ? undefined : () => connect({ host: address, port, noDelay: true });
    return runAside({ ...this.#options, ...(stream && { stream }) }, async (query) => {
      if (identity !== undefined) {
        const [[found] = []] = await query(SERVER_IDENTITY);
        if (found !== identity) throw new MysqlError(2013, 'The address of the server belongs to another one.');
      }
      await query(`KILL QUERY ${threadId}`);
    });
  }
}
