import { DatabaseHost } from '../connections/database-host.js';
import type { SideRows } from '../connections/side-connection.js';
import type { ServerOptions } from '../driver/driver-options.js';
import { driverOptions } from '../driver/driver-options.js';
import { DatabaseHosts } from './database-hosts.js';
import { type ConnectionUse, PooledConnection } from './pooled-connection.js';
import { RefusedWrites } from './refused-writes.js';

const READ_ONLY = 'SET SESSION TRANSACTION READ ONLY';

export interface OpenerOptions {
  /** Seconds in which a connection should be open. */
  readonly seconds: number;
  /** Nobody writes: a server that is read-only can be used. */
  readonly readOnly: boolean | undefined;
  /** Statements that each connection runs first. */
  readonly init: readonly string[] | undefined;
  readonly onChange: (connection: PooledConnection, from: ConnectionUse) => void;
  /** A connection was destroyed, because it was not as it was when it was opened. */
  readonly onResetFailed: (error: Error) => void;
  /** An open connection has been lost. */
  readonly onLost: (connection: PooledConnection) => void;
  /** Whether no more connections are wanted. */
  readonly isEnded: () => boolean;
  /** Another host is used from now on. @param host its name */
  readonly onMoved: (host: string) => void;
  /** The connections to some hosts are no longer to be used. */
  readonly onRetired: (isRetired: (host: DatabaseHost) => boolean) => void;
}

/** Opens the connections of a pool, to one of the hosts of its database. */
export class ConnectionOpener {
  readonly #options: OpenerOptions;
  readonly #hosts: DatabaseHosts;
  /** Undefined if nobody writes. */
  readonly #refused: RefusedWrites | undefined;
  /** Milliseconds that a server may take to accept a connection. */
  readonly #timeout: number;

  constructor({ hosts = [], foundRows = false, ...server }: ServerOptions, options: OpenerOptions) {
    const { readOnly, onMoved, onRetired } = options;
    this.#options = options;
    this.#timeout = (options.seconds * 1000) / Math.max(hosts.length, 1);
    const hostOf = (address = {}) =>
      new DatabaseHost(driverOptions({ ...server, ...address }, this.#timeout, foundRows));
    const [first, ...others] = hosts;
    this.#hosts = new DatabaseHosts([hostOf(first), ...others.map(hostOf)], (used) => {
      onMoved(used.name);
      onRetired((host) => host !== used);
    });
    if (!readOnly) this.#refused = new RefusedWrites((refusing) => onRetired((host) => host === refusing));
  }

  /**
   * Opens a connection.
   *
   * @param connections those of the pool; they contain the new one while it is being opened
   * @throws {MysqlError}
   */
  async open(connections: Set<PooledConnection>): Promise<PooledConnection> {
    let tried: PooledConnection | undefined;
    try {
      return await this.#hosts.open(async (host, anyway) => {
        // Otherwise the other hosts would be tried.
        if (this.#options.isEnded()) throw new Error('No connection is wanted any more.');
        const connection = this.#connectionTo(host, anyway, () => connection === tried);
        // In the place of the one that failed, so that no other one is opened for it meanwhile.
        if (tried) connections.delete(tried);
        connections.add(connection);
        tried = connection;
        await this.#openWithin(connection);
        tried = undefined;
        return connection;
      });
    } catch (error) {
      if (tried) connections.delete(tried);
      throw error;
    }
  }

  /** @throws the error of mysql2 */
  async #openWithin(connection: PooledConnection): Promise<void> {
    const timer = setTimeout(() => connection.destroy('ETIMEDOUT'), this.#timeout);
    try {
      await connection.open();
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Connections of other settings are to be stopped by the account of this one, if theirs no longer can. */
  succeed(connections: Iterable<PooledConnection>): void {
    for (const { host } of connections) host.successor = this.#hosts.like(host);
  }

  /** Returns the rows of a statement that runs on a separate connection, to any of the hosts. @throws {MysqlError} */
  ask(sql: string): Promise<SideRows> {
    return this.#hosts.ask((host) => host.ask(sql));
  }

  #connectionTo(host: DatabaseHost, anyway: boolean, isOpening: () => boolean): PooledConnection {
    const { init = [], readOnly, onChange, onResetFailed, onLost } = this.#options;
    const connection: PooledConnection = new PooledConnection(host, {
      init: readOnly ? [...init, READ_ONLY] : init,
      onChange,
      onResetFailed,
      writable: this.#refused !== undefined && this.#hosts.several && !anyway,
      onError: (error) => this.#refused?.note(host, error),
      onLost: () => {
        if (!isOpening()) onLost(connection);
      },
    });
    return connection;
  }
}
