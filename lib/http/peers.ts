import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { unmapped } from '../access/address.js';
import { forwardedFor } from './forwarded-for.js';

/** Where a request comes from. */
export interface Origin {
  /** The numeric address of its host. */
  readonly host: string;
  /** Whether the host may come in. */
  readonly allowed: boolean | Promise<boolean>;
}

/** Who is at the other end of a connection. */
interface Peer {
  readonly host: string;
  readonly isProxy: boolean;
  /** Said for all its requests, unless it is a proxy and names others. */
  origin: Origin | undefined;
}

/** The other ends of connections. */
export class Peers {
  readonly #isProxy: (host: string) => boolean;
  readonly #authorise: (host: string) => boolean | Promise<boolean>;
  readonly #peers = new WeakMap<Socket, Peer>();

  /** @param isProxy whether a host is believed what it says in X-Forwarded-For */
  constructor(isProxy: (host: string) => boolean, authorise: (host: string) => boolean | Promise<boolean>) {
    this.#isProxy = isProxy;
    this.#authorise = authorise;
  }

  /** @returns undefined if a proxy names what is no host */
  originOf(socket: Socket, headers: IncomingHttpHeaders): Origin | undefined {
    const peer = this.#peerOf(socket);
    const forwarded = peer.isProxy ? headers['x-forwarded-for'] : undefined;
    if (forwarded === undefined) {
      peer.origin ??= { host: peer.host, allowed: this.#authorise(peer.host) };
      return peer.origin;
    }
    const host = forwardedFor(peer.host, String(forwarded), this.#isProxy);
    return host === undefined ? undefined : { host, allowed: this.#authorise(host) };
  }

  #peerOf(socket: Socket): Peer {
    const known = this.#peers.get(socket);
    if (known !== undefined) return known;
    const host = unmapped(socket.remoteAddress ?? '');
    const peer: Peer = { host, isProxy: this.#isProxy(host), origin: undefined };
    this.#peers.set(socket, peer);
    return peer;
  }
}
