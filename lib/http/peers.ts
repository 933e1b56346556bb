import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { unmapped } from '../access/address.js';
import { forwardedFor } from './forwarded-for.js';

/** The origin of a request. */
export interface Origin {
  /** The numeric address of the client. */
  readonly host: string;
  /** Whether the address is allowed. */
  readonly allowed: boolean | Promise<boolean>;
}

/** The other end of a connection. */
interface Peer {
  readonly host: string;
  readonly isProxy: boolean;
  /** The origin of all its requests, except those that a proxy forwards. */
  origin: Origin | undefined;
}

/** Determines the client address of requests, and whether it is allowed. */
export class Peers {
  readonly #isProxy: (host: string) => boolean;
  readonly #authorise: (host: string) => boolean | Promise<boolean>;
  readonly #peers = new WeakMap<Socket, Peer>();

  /** @param isProxy whether the X-Forwarded-For of an address is trusted */
  constructor(isProxy: (host: string) => boolean, authorise: (host: string) => boolean | Promise<boolean>) {
    this.#isProxy = isProxy;
    this.#authorise = authorise;
  }

  /** @returns undefined if a trusted proxy sends an invalid address */
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
