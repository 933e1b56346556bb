import type { Socket } from 'node:net';

/**
 * The open connections, limited in number. Beyond the limit, the oldest unauthenticated connection is closed, so that a
 * client that opens thousands and sends nothing, or only requests that are refused, does not exclude others.
 */
export class ClientConnections {
  readonly #max: number;
  readonly #open = new Set<Socket>();
  /** By address and port of the client, which are the same for a TLS socket and the socket below it. */
  readonly #unauthenticated = new Map<string, Socket>();
  readonly #authorised = new WeakSet<Socket>();

  constructor(max: number) {
    this.#max = max;
  }

  add(socket: Socket): void {
    const peer = peerOf(socket);
    this.#open.add(socket);
    this.#unauthenticated.set(peer, socket);
    socket.on('close', () => {
      this.#open.delete(socket);
      if (this.#unauthenticated.get(peer) === socket) this.#unauthenticated.delete(peer);
    });
    if (this.#open.size > this.#max) this.#destroyOldest(socket);
  }

  /** A request on the connection was authorised: the connection is not closed to make room for others. */
  authorise(socket: Socket): void {
    if (this.#authorised.has(socket)) return;
    this.#authorised.add(socket);
    this.#unauthenticated.delete(peerOf(socket));
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #destroyOldest(newest: Socket): void {
    const [oldest = newest] = this.#unauthenticated.values();
    // The close event may come after many more connections.
    this.#open.delete(oldest);
    this.#unauthenticated.delete(peerOf(oldest));
    oldest.destroy();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
