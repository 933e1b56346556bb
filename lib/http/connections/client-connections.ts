import type { Socket } from 'node:net';
import { unmapped } from '../../access/address.js';
import { networkOf } from '../../access/host-rules.js';
import type { Holder } from '../../netsvc/refusal.js';
import { ConnectionShares } from './connection-shares.js';

/** The part of the connections whose clients may be about to log in while idle ones of known clients are closed. */
const ARRIVING_PART = 1 / 8;

/** Milliseconds within which a client sends its first request, unless it opened the connection in advance. */
export const FIRST_REQUEST = 1000;

/** The part of the connections on which the owner with the most may have no calls answered. */
const RESERVED_PART = 1 / 10;

/** Distinguishes users from networks among the owners. */
const USER = 'user ';

/** Where a connection is counted, under the name of its owner. */
interface ConnectionCount {
  add(owner: string, connection: ClientConnection, idle: boolean): void;
  delete(owner: string, connection: ClientConnection): void;
  setIdle(owner: string, connection: ClientConnection, idle: boolean): void;
}

/** All connections, as one of them sees them. */
interface Connections {
  readonly known: ConnectionCount;
  /** Of unknown clients: those that have had no response, and those whose requests have been refused. */
  readonly arriving: ConnectionCount;
  readonly refused: ConnectionCount;
  /** Whether one more of an owner may be busy. */
  mayBeBusy(owner: string): boolean;
}

/** A connection of a client. */
export class ClientConnection {
  /** Milliseconds of the monotonic clock. */
  readonly opened = performance.now();
  /** The numeric address of the client of the last request. */
  host: string;
  readonly socket: Socket;
  /** The address of the other end, which may be that of a proxy. */
  readonly #network: string;
  readonly #all: Connections;
  /** The user who has logged in, or the network of a client that needed no login; undefined if it is unknown. */
  #owner: string | undefined;
  /** The client is unknown, and a request has been refused. */
  #refused = false;
  #answering = 0;
  #closed = false;

  constructor(socket: Socket, all: Connections) {
    this.socket = socket;
    this.host = unmapped(socket.remoteAddress ?? '');
    this.#network = networkOf(this.host);
    this.#all = all;
    this.#join();
    // The close event may come after many more connections.
    socket.on('close', () => this.#leave());
  }

  /** Whether the client has logged in or, where no login is required, has sent a call. */
  get known(): boolean {
    return this.#owner !== undefined;
  }

  /** Whether a request that has arrived is being answered. */
  get busy(): boolean {
    return this.#answering > 0;
  }

  /** Whether the client has just connected. */
  get fresh(): boolean {
    return performance.now() - this.opened < FIRST_REQUEST;
  }

  /** The password of the client was right: the connection now counts as one of `user`. */
  authenticate(user: string): void {
    if (this.#owner === undefined) this.#setOwner(USER + user);
  }

  /**
   * A complete call has arrived, for which `begin` has been called. A client that needed no login thereby counts as
   * known.
   *
   * @returns whether the call may be made: otherwise its owner would keep all connections busy
   */
  accept(): boolean {
    if (this.#owner === undefined) this.#setOwner(networkOf(this.host));
    return this.#all.mayBeBusy(this.#key);
  }

  /** A request is refused: as long as the client is unknown, its connection is the first to be closed. */
  refuse(): void {
    if (this.#refused || this.#owner !== undefined) return;
    this.#move(() => {
      this.#refused = true;
    });
  }

  /** A request is being answered: its login is checked, or it has arrived completely. */
  begin(): void {
    if (++this.#answering === 1 && !this.#closed) this.#count.setIdle(this.#key, this, false);
  }

  /** Its response has been sent, or never will be. */
  end(): void {
    if (--this.#answering === 0 && !this.#closed) this.#count.setIdle(this.#key, this, true);
  }

  /** Closes the connection to make room for another. */
  evict(): void {
    this.#leave();
    this.socket.destroy();
  }

  get #key(): string {
    return this.#owner ?? this.#network;
  }

  get #count(): ConnectionCount {
    if (this.known) return this.#all.known;
    return this.#refused ? this.#all.refused : this.#all.arriving;
  }

  #join(): void {
    this.#count.add(this.#key, this, !this.busy);
  }

  #leave(): void {
    if (!this.#closed) this.#count.delete(this.#key, this);
    this.#closed = true;
  }

  #setOwner(owner: string): void {
    this.#move(() => {
      this.#owner = owner;
    });
  }

  #move(change: () => void): void {
    if (this.#closed) return;
    this.#count.delete(this.#key, this);
    change();
    this.#join();
  }
}

/**
 * The open connections of clients, limited in number. Beyond the limit, one is closed: first those of clients that have
 * not logged in, of the network with the most of them, so that a client that opens thousands and sends nothing, or only
 * requests that are refused, does not exclude others. (Those that have just connected may be about to log in, and have
 * a part of the connections.) Then the one that has been idle the longest, of the user with the most, so that no user
 * excludes another. One on which a call is being answered is never closed: the last calls of the user with the most are
 * refused instead.
 */
export class ClientConnections {
  /** The limit. Connections that are open stay open, although there may be more than a new limit allows. */
  max: number;
  readonly #onFull: ((holder: () => Holder | undefined) => void) | undefined;
  readonly #arriving = new ConnectionShares<ClientConnection>();
  readonly #refused = new ConnectionShares<ClientConnection>();
  readonly #known = new ConnectionShares<ClientConnection>();
  readonly #connections: Connections = {
    known: this.#known,
    arriving: this.#arriving,
    refused: this.#refused,
    mayBeBusy: (owner) => this.#mayBeBusy(owner),
  };

  /** @param onFull called whenever a connection is closed because of the limit, with who has the most */
  constructor(max: number, onFull?: (holder: () => Holder | undefined) => void) {
    this.max = max;
    this.#onFull = onFull;
  }

  /** A client has connected. */
  add(socket: Socket): ClientConnection {
    const connection = new ClientConnection(socket, this.#connections);
    if (this.#arriving.count + this.#refused.count + this.#known.count > this.max) {
      this.#onFull?.(() => this.#largest);
      this.#surplus(connection).evict();
    }
    return connection;
  }

  /** Some connections are left for others. */
  #mayBeBusy(owner: string): boolean {
    if (this.#known.busy <= this.max - Math.floor(this.max * RESERVED_PART) || this.#known.largest?.owner !== owner)
      return true;
    this.#onFull?.(() => this.#largest);
    return false;
  }

  /** Returns the connection to be closed. */
  #surplus(newest: ClientConnection): ClientConnection {
    const [arriving, refused] = [this.#arriving, this.#refused];
    const first = refused.longestIdle();
    if (first !== undefined) return first;
    const checked = () => oldestOf(refused) ?? oldestOf(arriving) ?? newest;
    // The logins of others must not be cut off, nor must they close all connections of users.
    const others = arriving.count + refused.count - 1;
    if (others > this.max * ARRIVING_PART) {
      return arriving.oldest((connection) => !connection.busy && connection !== newest) ?? checked();
    }
    const silent = arriving.oldest(({ busy, fresh }) => !busy && !fresh);
    return silent ?? this.#known.longestIdle() ?? checked();
  }

  get #largest(): Holder | undefined {
    const known = this.#known.largest;
    const largest = known ?? this.#arriving.largest ?? this.#refused.largest;
    if (largest === undefined) return undefined;
    const { owner, count: held } = largest;
    return owner.startsWith(USER) ? { user: owner.slice(USER.length), held } : { host: owner, held };
  }
}

function oldestOf(shares: ConnectionShares<ClientConnection>): ClientConnection | undefined {
  return shares.oldest(() => true);
}
