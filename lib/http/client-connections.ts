import type { Socket } from 'node:net';

/**
 * The connections that are open, bounded in number. When there are too many, the oldest of those makes room on which
 * nothing has been granted yet: whoever opens thousands and says nothing, or only what is refused, shuts nobody out.
 */
export class ClientConnections {
  readonly #most: number;
  readonly #open = new Set<Socket>();
  /** By their peers: a TLS socket and the one below it have the same. */
  readonly #strangers = new Map<string, Socket>();
  readonly #granted = new WeakSet<Socket>();

  constructor(most: number) {
    this.#most = most;
  }

  add(socket: Socket): void {
    const peer = peerOf(socket);
    this.#open.add(socket);
    this.#strangers.set(peer, socket);
    socket.on('close', () => {
      this.#open.delete(socket);
      if (this.#strangers.get(peer) === socket) this.#strangers.delete(peer);
    });
    if (this.#open.size > this.#most) this.#makeRoom(socket);
  }

  /** Something has been granted on a connection: it does not make room for others any more. */
  grant(socket: Socket): void {
    if (this.#granted.has(socket)) return;
    this.#granted.add(socket);
    this.#strangers.delete(peerOf(socket));
  }

  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #makeRoom(newest: Socket): void {
    const [oldest = newest] = this.#strangers.values();
    // Not only once it has closed: many may come before that.
    this.#open.delete(oldest);
    this.#strangers.delete(peerOf(oldest));
    oldest.destroy();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
