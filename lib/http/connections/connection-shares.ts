/** The connections of one owner. */
interface Share<Connection> {
  readonly owner: string;
  /** In the order in which they were added. */
  readonly all: Set<Connection>;
  /** Those without a request that is being answered, the one that was used last at the end. */
  readonly idle: Set<Connection>;
}

/** Connections by their owners, which are users or networks, and by how many each owner has. */
export class ConnectionShares<Connection> {
  readonly #shares = new Map<string, Share<Connection>>();
  /** By their number of connections, each in the order in which they got so many. */
  readonly #bySize: Set<Share<Connection>>[] = [];
  #count = 0;
  #idle = 0;

  get count(): number {
    return this.#count;
  }

  /** The number of connections on which a request is being answered. */
  get busy(): number {
    return this.#count - this.#idle;
  }

  /** The owner with the most connections; undefined if there are none. */
  get largest(): { readonly owner: string; readonly count: number } | undefined {
    const [share] = this.#bySize.at(-1) ?? [];
    return share && { owner: share.owner, count: share.all.size };
  }

  add(owner: string, connection: Connection, idle: boolean): void {
    const share = this.#shares.get(owner) ?? { owner, all: new Set(), idle: new Set() };
    this.#shares.set(owner, share);
    this.#resize(share, () => share.all.add(connection));
    this.#count++;
    if (idle) this.setIdle(owner, connection, true);
  }

  delete(owner: string, connection: Connection): void {
    const share = this.#shares.get(owner);
    if (!share?.all.has(connection)) return;
    this.setIdle(owner, connection, false);
    this.#resize(share, () => share.all.delete(connection));
    this.#count--;
    if (share.all.size === 0) this.#shares.delete(owner);
  }

  setIdle(owner: string, connection: Connection, idle: boolean): void {
    const set = this.#shares.get(owner)?.idle;
    if (set === undefined) return;
    const before = set.size;
    if (idle) set.add(connection);
    else set.delete(connection);
    this.#idle += set.size - before;
  }

  /** Returns the idle connection that was used first of the owner with the most connections of those that have one. */
  longestIdle(): Connection | undefined {
    return this.#first(({ idle }) => idle);
  }

  /**
   * Returns the connection that was added first of those that `chosen` accepts, of the owner with the most connections
   * of those that have one.
   */
  oldest(chosen: (connection: Connection) => boolean): Connection | undefined {
    return this.#first(({ all }) => all, chosen);
  }

  #first(
    of: (share: Share<Connection>) => Iterable<Connection>,
    chosen: (connection: Connection) => boolean = () => true,
  ): Connection | undefined {
    for (let size = this.#bySize.length - 1; size > 0; size--) {
      for (const share of this.#bySize[size] ?? []) {
        for (const connection of of(share)) if (chosen(connection)) return connection;
      }
    }
    return undefined;
  }

  /** Keeps the order by size. */
  #resize(share: Share<Connection>, change: () => void): void {
    this.#bySize[share.all.size]?.delete(share);
    change();
    const { size } = share.all;
    this.#bySize[size] ??= new Set();
    if (size > 0) this.#bySize[size]?.add(share);
    while (this.#bySize.length > 0 && !this.#bySize.at(-1)?.size) this.#bySize.pop();
  }
}
