import type { DatabaseHost } from '../connections/database-host.js';
import { hostsError, isHostFailure, MysqlError, ReadOnlyServer } from '../errors/mysql-error.js';
import { obstacleOf } from '../errors/obstacle.js';

/** Milliseconds for which no other host is searched after none of them was writable. */
const SEARCH_INTERVAL = 1000;

/**
 * Opens a connection to a host.
 *
 * @param anyway even if it is read-only
 * @throws the error of mysql2
 */
export type OpenConnection<T> = (host: DatabaseHost, anyway: boolean) => Promise<T>;

/**
 * The servers of a database, one of which is used at a time. The one that is used stays so until it fails, or turns
 * read-only. Then the next one that accepts a connection, and is writable, is used.
 */
export class DatabaseHosts {
  readonly #hosts: readonly DatabaseHost[];
  readonly #onMoved: (host: DatabaseHost) => void;
  /** The one to connect to. */
  #current: DatabaseHost;
  /** The one that was last connected to; undefined at first. */
  #used: DatabaseHost | undefined;
  /** When none of the hosts was found to be writable, if the last search ended so. */
  #noneWritableAt = Number.NEGATIVE_INFINITY;

  /** @param onMoved called when another host is used from now on */
  constructor(hosts: readonly [DatabaseHost, ...DatabaseHost[]], onMoved: (host: DatabaseHost) => void) {
    this.#hosts = hosts;
    this.#onMoved = onMoved;
    this.#current = hosts[0];
  }

  get several(): boolean {
    return this.#hosts.length > 1;
  }

  /** The host that is the same server as one of other settings. */
  like(other: DatabaseHost): DatabaseHost | undefined {
    return this.#hosts.find(({ name }) => name === other.name);
  }

  /**
   * Opens a connection. If none of the hosts is writable, the one that is used stays so, for sessions that only read; a
   * replica is not used instead, because an account with many privileges could write to it.
   *
   * @throws {MysqlError} the refusal of a host that can be used, or why none can
   */
  async open<T>(open: OpenConnection<T>): Promise<T> {
    const used = this.#used;
    if (used !== undefined && performance.now() - this.#noneWritableAt < SEARCH_INTERVAL) {
      try {
        return await this.#attempt(used, true, open);
      } catch (error) {
        if (!meansHostFailure(error)) throw error;
      }
    }
    return this.#search(open);
  }

  async #search<T>(open: OpenConnection<T>): Promise<T> {
    const used = this.#used;
    const failures = new Map<DatabaseHost, MysqlError>();
    // Others may move on while a connection is being opened.
    for (let i = 0; i < 2 * this.#hosts.length && failures.size < this.#hosts.length; i++) {
      const host = this.#current;
      try {
        return await this.#attempt(host, false, open);
      } catch (error) {
        if (!meansHostFailure(error)) throw error;
        failures.set(host, error);
        if (this.#current === host) this.#current = this.#after(host);
      }
    }
    if (used !== undefined && this.#used === used && failures.get(used)?.cause instanceof ReadOnlyServer) {
      this.#noneWritableAt = performance.now();
      this.#current = used;
      return this.#attempt(used, true, open);
    }
    const all = [...failures.values()];
    // If one of them can be waited for, the database can.
    throw hostsError(all, all.find(obstacleOf) ?? all[0]);
  }

  /** Returns what `ask` returns for the first host that can be reached. @throws {MysqlError} */
  async ask<T>(ask: (host: DatabaseHost) => Promise<T>): Promise<T> {
    let host = this.#current;
    for (let i = 1; ; i++) {
      try {
        return await ask(host);
      } catch (error) {
        if (i >= this.#hosts.length || !meansHostFailure(error)) throw error;
        host = this.#after(host);
      }
    }
  }

  async #attempt<T>(host: DatabaseHost, anyway: boolean, open: OpenConnection<T>): Promise<T> {
    const connection = await open(host, anyway).catch((error: unknown) => {
      throw host.connectError(error);
    });
    // If others have moved on meanwhile, the pool closes the connection as soon as they have succeeded.
    const noneWritable = this.#noneWritableAt > Number.NEGATIVE_INFINITY;
    if (anyway || (this.#current !== host && !noneWritable)) return connection;
    this.#noneWritableAt = Number.NEGATIVE_INFINITY;
    const moved = this.#used !== undefined && this.#used !== host;
    this.#current = this.#used = host;
    if (moved) this.#onMoved(host);
    return connection;
  }

  #after(host: DatabaseHost): DatabaseHost {
    return this.#hosts[(this.#hosts.indexOf(host) + 1) % this.#hosts.length] ?? host;
  }
}

function meansHostFailure(error: unknown): error is MysqlError {
  return error instanceof MysqlError && isHostFailure(error);
}
