import type { ConnectionPool } from '../../database/pool/connection-pool.js';
import type { OpenSession } from '../../netsvc/endpoint.js';
import type { ServiceRegistry } from '../../netsvc/service-registry.js';

/** Milliseconds between two looks at the sessions. */
const INTERVAL = 100;

/**
 * Closes the sessions that keep a connection of a pool without using it, from its start until it is stopped: those that
 * are pinned and have been idle for some time. Their transactions are rolled back. What is running may end.
 */
export class SessionEviction {
  readonly #sessions: ServiceRegistry['sessions'];
  readonly #pool: ConnectionPool;
  readonly #idle: number;
  readonly #goesOn: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #closed = 0;

  /**
   * @param idle seconds
   * @param goesOn it stops by itself when this returns false
   */
  constructor({ sessions }: ServiceRegistry, pool: ConnectionPool, idle: number, goesOn = () => true) {
    this.#sessions = sessions;
    this.#pool = pool;
    this.#idle = idle;
    this.#goesOn = goesOn;
  }

  /** How many sessions it has closed. */
  get closed(): number {
    return this.#closed;
  }

  start(): void {
    this.#timer = setInterval(() => this.#closeIdle(), INTERVAL).unref();
    this.#closeIdle();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Closes all sessions that keep or use a connection, and stops their statements. */
  closeAll(): void {
    for (const session of [...this.#sessions]) {
      const { holds } = session.describe();
      if (holds?.pool === this.#pool.name) this.#close(session);
    }
  }

  #closeIdle(): void {
    if (!this.#goesOn()) {
      this.stop();
      return;
    }
    const { used, pinned } = this.#pool.counts;
    if (used + pinned === 0) return;
    for (const session of [...this.#sessions]) {
      const { running, idle } = session.activity;
      if (running || idle < this.#idle) continue;
      const { holds, pinReason } = session.describe();
      if (holds?.pool === this.#pool.name && pinReason !== undefined) this.#close(session);
    }
  }

  #close(session: OpenSession): void {
    this.#closed++;
    void session.closeFor('operator');
  }
}
