import type { MysqlConnection } from './mysql-connection.js';

/** Takes a parked connection from its session, and resets it or destroys it. Never rejects. */
export type Reclaim = () => Promise<void>;

/** Milliseconds after which a connection that was not used may have been lost, and its session may not return soon. */
const STALE_AFTER = 1000;

/** Whether something has not been used for some time. @param since milliseconds of `performance.now` */
export function isStale(since: number): boolean {
  return performance.now() - since >= STALE_AFTER;
}

export interface ParkedConnection {
  readonly connection: MysqlConnection;
  readonly reclaim: Reclaim;
}

interface Parked {
  readonly reclaim: Reclaim;
  readonly since: number;
}

/** The connections that sessions have parked, the longest parked first. */
export class ParkedConnections {
  readonly #connections = new Map<MysqlConnection, Parked>();

  get size(): number {
    return this.#connections.size;
  }

  /** Whether the one that has been parked longest has not been used for some time. */
  get hasStale(): boolean {
    const [parked] = this.#connections.values();
    return parked !== undefined && isStale(parked.since);
  }

  has(connection: MysqlConnection): boolean {
    return this.#connections.has(connection);
  }

  add(connection: MysqlConnection, reclaim: Reclaim): void {
    this.#connections.set(connection, { reclaim, since: performance.now() });
  }

  /** @returns whether it had been parked, and not used for some time */
  take(connection: MysqlConnection): boolean {
    const parked = this.#connections.get(connection);
    this.#connections.delete(connection);
    return parked !== undefined && isStale(parked.since);
  }

  /** Takes the one that has been parked longest. */
  takeOldest(): ParkedConnection | undefined {
    const [[connection, parked] = []] = this.#connections;
    if (connection === undefined || parked === undefined) return undefined;
    this.#connections.delete(connection);
    return { connection, reclaim: parked.reclaim };
  }

  /** Takes those whose server is no longer used. */
  takeRetired(): ParkedConnection[] {
    const retired = [...this.#connections].filter(([connection]) => connection.retired);
    for (const [connection] of retired) this.#connections.delete(connection);
    return retired.map(([connection, { reclaim }]) => ({ connection, reclaim }));
  }
}
