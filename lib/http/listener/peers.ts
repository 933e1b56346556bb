import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { unmapped } from '../../access/address.js';
import { networkOf } from '../../access/host-rules.js';
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

/** The maximum number of networks that are reported because they are not trusted. */
const MAX_REPORTED = 10;

export interface PeersOptions {
  /** Whether the X-Forwarded-For of an address is trusted. */
  readonly isProxy: (host: string) => boolean;
  readonly authorise: (host: string) => boolean | Promise<boolean>;
  /** Called for the first X-Forwarded-For of an address that is not trusted, of the first networks. */
  readonly onUntrusted: (host: string) => void;
}

/** Determines the client address of requests, and whether it is allowed. */
export class Peers {
  #options: PeersOptions;
  readonly #reported = new Set<string>();
  #peers = new WeakMap<Socket, Peer>();

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** Which addresses are proxies, or are allowed, has changed: also for the connections that are open. */
  replace(isProxy: PeersOptions['isProxy']): void {
    this.#options = { ...this.#options, isProxy };
    this.#peers = new WeakMap();
  }

  /** @returns undefined if a trusted proxy sends an invalid address */
  originOf(socket: Socket, headers: IncomingHttpHeaders): Origin | undefined {
    const { isProxy, authorise } = this.#options;
    const peer = this.#peerOf(socket);
    const forwarded = headers['x-forwarded-for'];
    if (forwarded === undefined || !peer.isProxy) {
      if (forwarded !== undefined) this.#reportUntrusted(peer.host);
      peer.origin ??= { host: peer.host, allowed: authorise(peer.host) };
      return peer.origin;
    }
    const host = forwardedFor(peer.host, String(forwarded), isProxy);
    return host === undefined ? undefined : { host, allowed: authorise(host) };
  }

  /** Any client can send the header, so that few are reported. */
  #reportUntrusted(host: string): void {
    const network = networkOf(host);
    if (this.#reported.size >= MAX_REPORTED || this.#reported.has(network)) return;
    this.#reported.add(network);
    this.#options.onUntrusted(host);
  }

  #peerOf(socket: Socket): Peer {
    const known = this.#peers.get(socket);
    if (known !== undefined) return known;
    const host = unmapped(socket.remoteAddress ?? '');
    const peer: Peer = { host, isProxy: this.#options.isProxy(host), origin: undefined };
    this.#peers.set(socket, peer);
    return peer;
  }
}
