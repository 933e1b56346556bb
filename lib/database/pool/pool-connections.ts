import { isStale, ParkedConnections } from './parked-connections.js';
import type { PoolClient } from './pool-client.js';
import type { ConnectionUse, PooledConnection } from './pooled-connection.js';

/** The connections of a pool, with lists of those that are idle and parked, as their uses say. */
export class PoolConnections {
  readonly all = new Set<PooledConnection>();
  /** The last used last. */
  readonly idle: PooledConnection[] = [];
  readonly parked = new ParkedConnections();
  readonly #onGivenBack: (client: PoolClient<PooledConnection>) => void;

  /** @param onGivenBack called when a client no longer holds a connection that was lent to it */
  constructor(onGivenBack: (client: PoolClient<PooledConnection>) => void) {
    this.#onGivenBack = onGivenBack;
  }

  get size(): number {
    return this.all.size;
  }

  /** How many there are of each use. */
  get counts(): Readonly<Record<ConnectionUse, number>> {
    const counts = { opening: 0, idle: 0, used: 0, parked: 0, pinned: 0, resetting: 0, closing: 0 };
    for (const { use } of this.all) counts[use]++;
    return counts;
  }

  /** How many have been being opened or reset for so many milliseconds: MySQL does not answer. */
  countUnanswered(milliseconds: number): number {
    const latest = performance.now() - milliseconds;
    const waits = ({ use, since }: PooledConnection) => (use === 'opening' || use === 'resetting') && since <= latest;
    return [...this.all].filter(waits).length;
  }

  /** The idle connection that was used last. */
  get lastIdle(): PooledConnection | undefined {
    return this.idle.at(-1);
  }

  /** To be called when the use of a connection has changed. */
  readonly changed = (connection: PooledConnection, from: ConnectionUse): void => {
    const { use, holder } = connection;
    if (from === 'idle') this.idle.splice(this.idle.lastIndexOf(connection), 1);
    else if (from === 'parked') this.parked.delete(connection);
    if (use === 'idle') this.idle.push(connection);
    if (holder === undefined || !(use === 'idle' || use === 'parked' || use === 'closing')) return;
    connection.holder = undefined;
    this.#onGivenBack(holder);
  };

  /** Asks MySQL on a connection. If it is lost, those that have been idle for some time are too. */
  async isAlive(connection: PooledConnection): Promise<boolean> {
    try {
      await connection.refresh();
      return true;
    } catch {
      connection.destroy();
      for (const idle of [...this.idle]) if (isStale(idle)) idle.destroy();
      return false;
    }
  }
}
