import type { DatabaseHost } from '../connections/database-host.js';
import { MysqlConnection, type MysqlConnectionOptions } from '../connections/mysql-connection.js';
import type { PoolClient } from './pool-client.js';
import type { RunningStatement } from './running-statement.js';

/** What a connection of a pool is doing. */
export type ConnectionUse =
  | 'opening'
  | 'idle'
  /** A session is using it. */
  | 'used'
  /** A session holds it, and others may have it. */
  | 'parked'
  /** A session that is not using it holds it, and others must not have it. */
  | 'pinned'
  /** MySQL is asked to reset it, or whether it is alive. */
  | 'resetting'
  | 'closing';

const CHANGES: Readonly<Record<ConnectionUse, readonly ConnectionUse[]>> = {
  opening: ['idle', 'closing'],
  idle: ['used', 'resetting', 'closing'],
  used: ['idle', 'parked', 'pinned', 'resetting', 'closing'],
  parked: ['idle', 'used', 'resetting', 'closing'],
  pinned: ['used', 'resetting', 'closing'],
  resetting: ['idle', 'closing'],
  closing: [],
};

export interface PooledConnectionOptions extends MysqlConnectionOptions {
  /** Called when the use of the connection changes. */
  readonly onChange?: (connection: PooledConnection, from: ConnectionUse) => void;
}

/** A connection of a pool, and what it is doing. */
export class PooledConnection extends MysqlConnection {
  /** Its server is no longer used: the connection is closed as soon as no session needs it. */
  retired = false;
  /** When it is too old to be used by another session, in milliseconds of `performance.now`. */
  expiry = Number.POSITIVE_INFINITY;
  /** The client for whom others cannot have it; undefined if they can. Set by the pool. */
  holder: PoolClient<PooledConnection> | undefined;
  /** The last statement of the session that holds the connection, or held it. */
  statement: RunningStatement | undefined;
  readonly #onChange: ((connection: PooledConnection, from: ConnectionUse) => void) | undefined;
  #use: ConnectionUse = 'opening';
  #since = performance.now();

  constructor(host: DatabaseHost, options: PooledConnectionOptions = {}) {
    super(host, options);
    this.#onChange = options.onChange;
  }

  get use(): ConnectionUse {
    return this.#use;
  }

  /** It is closed instead of being used by another session. */
  get isOutdated(): boolean {
    return this.retired || performance.now() >= this.expiry;
  }

  /** Since when it is doing so, in milliseconds of `performance.now`. */
  get since(): number {
    return this.#since;
  }

  /** The only place in which the use of a connection changes. @throws {Error} if it cannot change so */
  become(use: ConnectionUse): void {
    const from = this.#use;
    if (!CHANGES[from].includes(use)) throw new Error(`a connection cannot change from ${from} to ${use}`);
    this.#use = use;
    this.#since = performance.now();
    this.#onChange?.(this, from);
  }

  /** A connection that is closed, or lost, is closing until the pool has removed it. */
  override destroy(reason?: string): void {
    if (this.#use !== 'closing') this.become('closing');
    super.destroy(reason);
  }
}
