import type { PooledConnection } from './pooled-connection.js';

/** Takes a parked connection from its session, and resets it. Rejects if that fails. */
export type Reclaim = () => Promise<void>;

/** Milliseconds after which a connection that was not used may have been lost, and its session may not return soon. */
const STALE_AFTER = 1000;

/** Whether a connection has not been used for some time. */
export function isStale({ since }: PooledConnection): boolean {
  return performance.now() - since >= STALE_AFTER;
}

export interface ParkedConnection {
  readonly connection: PooledConnection;
  readonly reclaim: Reclaim;
}

/**
 * The connections that sessions have parked, in the order in which they are to be reclaimed: those whose session has
 * nothing to lose first, the longest parked first.
 */
export class ParkedConnections {
  readonly #plain = new Map<PooledConnection, Reclaim>();
  /** Their sessions may still read the outcome of a statement, such as its warnings. */
  readonly #unread = new Map<PooledConnection, Reclaim>();

  get size(): number {
    return this.#plain.size + this.#unread.size;
  }

  /** Whether there is one that has not been used for some time, whose session has nothing to lose. */
  get hasStale(): boolean {
    const [oldest] = this.#plain.keys();
    return oldest !== undefined && isStale(oldest);
  }

  add(connection: PooledConnection, reclaim: Reclaim, unread: boolean): void {
    (unread ? this.#unread : this.#plain).set(connection, reclaim);
  }

  delete(connection: PooledConnection): void {
    if (!this.#plain.delete(connection)) this.#unread.delete(connection);
  }

  get(connection: PooledConnection): ParkedConnection | undefined {
    const reclaim = this.#plain.get(connection) ?? this.#unread.get(connection);
    return reclaim && { connection, reclaim };
  }

  /** The next one to reclaim. */
  get first(): ParkedConnection | undefined {
    const [[connection, reclaim] = []] = this.#plain.size > 0 ? this.#plain : this.#unread;
    return connection && reclaim && { connection, reclaim };
  }

  /** Those to be closed. A session may still read the outcome of its last statement, unless that was some time ago. */
  get outdated(): ParkedConnection[] {
    const all = [...this.#plain, ...this.#unread].map(([connection, reclaim]) => ({ connection, reclaim }));
    return all.filter(({ connection }) => connection.retired || (connection.isOutdated && isStale(connection)));
  }
}
