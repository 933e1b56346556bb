import type { HeldConnection } from './held-connection.js';

/** What a session has of the connections of its pool. */
export type Holding =
  /** Nothing. A call may be waiting for a connection. */
  | { readonly is: 'none' }
  /** A call prepares or runs a statement, or its rows are unread. */
  | { readonly is: 'used'; readonly held: HeldConnection }
  /** The pool may reclaim it. */
  | { readonly is: 'parked'; readonly held: HeldConnection }
  | { readonly is: 'pinned'; readonly held: HeldConnection }
  /** The session has ended while it used the connection. */
  | { readonly is: 'ending'; readonly held: HeldConnection }
  /** The session has ended. */
  | { readonly is: 'released' };

const CHANGES: Readonly<Record<Holding['is'], readonly Holding['is'][]>> = {
  none: ['used', 'released'],
  used: ['parked', 'pinned', 'none', 'ending'],
  parked: ['used', 'none', 'released'],
  pinned: ['used', 'none', 'released'],
  ending: ['released'],
  released: [],
};

/** One for all leases: most sessions have no connection. */
export const NONE: Holding = { is: 'none' };

/** The state of a lease. */
export class LeaseState {
  #now: Holding = NONE;

  get now(): Holding {
    return this.#now;
  }

  /** The connection, if there is one. */
  get held(): HeldConnection | undefined {
    return 'held' in this.#now ? this.#now.held : undefined;
  }

  /** The session has ended: nothing may start any more. */
  get hasEnded(): boolean {
    return this.#now.is === 'ending' || this.#now.is === 'released';
  }

  /** The only place in which a lease changes. @throws {Error} if it cannot change so */
  become(next: Holding): void {
    const from = this.#now.is;
    if (!CHANGES[from].includes(next.is)) throw new Error(`a lease cannot change from ${from} to ${next.is}`);
    this.#now = next;
  }
}
