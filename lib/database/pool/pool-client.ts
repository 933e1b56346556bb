/** Whom a request is for. */
export interface Claimant {
  /** '' for an anonymous client, which counts by its address. */
  readonly user?: string | undefined;
  /** Numeric. */
  readonly remoteAddress?: string | undefined;
}

/** A request that waits for a connection. */
export interface Waiter<Connection> {
  /** Begins the time that it may wait. @param since in milliseconds of `performance.now` */
  start(since: number): void;
  /** Ends it. */
  stop(): void;
  resolve(connection: Connection): void;
  reject(reason: unknown): void;
}

/** A user, or the address of anonymous clients, with what it has of a pool. */
export class PoolClient<Connection> {
  /** In order of arrival. */
  readonly waiters = new Set<Waiter<Connection>>();
  /** The connections that others cannot have: those that it uses, is pinned to, or has left to be reset. */
  held = 0;
  /** When it last had its share, in milliseconds of `performance.now`. */
  hadShareAt = Number.NEGATIVE_INFINITY;
  /** How many of its waiters may get a connection, because it has less than its share. */
  ready = 0;

  constructor(
    readonly key: string,
    readonly isUser: boolean,
  ) {}

  get owner(): { readonly user: string } | { readonly host: string } {
    return this.isUser ? { user: this.key } : { host: this.key };
  }

  /** For messages. */
  get name(): string {
    return this.isUser ? `user ${this.key}` : `clients from ${this.key}`;
  }

  static keyOf({ user, remoteAddress = '' }: Claimant): string {
    return user || remoteAddress;
  }
}
