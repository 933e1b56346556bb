import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds within which a client sends its first request, unless it opened the connection in advance. */
const FIRST_REQUEST = 1000;

/** Milliseconds between two looks at the connections. */
const INTERVAL = 10;

interface UnauthenticatedConnection {
  readonly socket: Socket;
  /** Milliseconds of the monotonic clock. */
  readonly opened: number;
}

/**
 * The open connections, limited in number. Beyond the limit, the oldest unauthenticated connection is closed, so that a
 * client that opens thousands and sends nothing, or only requests that are refused, does not exclude others.
 */
export class ClientConnections {
  readonly #max: number;
  readonly #open = new Set<Socket>();
  /** By address and port of the client, which are the same for a TLS socket and the socket below it. */
  readonly #unauthenticated = new Map<string, UnauthenticatedConnection>();
  readonly #authorised = new WeakSet<Socket>();

  constructor(max: number) {
    this.#max = max;
  }

  add(socket: Socket): void {
    const peer = peerOf(socket);
    this.#open.add(socket);
    this.#unauthenticated.set(peer, { socket, opened: performance.now() });
    socket.on('close', () => {
      this.#open.delete(socket);
      if (this.#unauthenticated.get(peer)?.socket === socket) this.#unauthenticated.delete(peer);
    });
    if (this.#open.size > this.#max) this.#destroyOldest(socket);
  }

  /** A request on the connection was authorised: the connection is not closed to make room for others. */
  authorise(socket: Socket): void {
    if (this.#authorised.has(socket)) return;
    this.#authorised.add(socket);
    this.#unauthenticated.delete(peerOf(socket));
  }

  /**
   * Resolves when the first requests of new connections have arrived: a client that has just connected sends one, and
   * would see it unanswered if the server stopped in between.
   */
  async firstRequests(): Promise<void> {
    const stopped = performance.now();
    const isNew = ({ opened }: UnauthenticatedConnection) => performance.now() - opened < FIRST_REQUEST;
    while (performance.now() - stopped < FIRST_REQUEST && [...this.#unauthenticated.values()].some(isNew)) {
      await setTimeout(INTERVAL);
    }
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #destroyOldest(newest: Socket): void {
    const [{ socket: oldest } = { socket: newest }] = this.#unauthenticated.values();
    // The close event may come after many more connections.
    this.#open.delete(oldest);
    this.#unauthenticated.delete(peerOf(oldest));
    oldest.destroy();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
