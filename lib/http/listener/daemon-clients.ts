import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { type ClientConnection, FIRST_REQUEST } from '../connections/client-connections.js';

/** Milliseconds between two looks at the connections. */
const INTERVAL = 10;

/** The connections of one daemon. */
export class DaemonClients {
  /** By address and port of the client, which are the same for a TLS socket and the socket below it. */
  readonly #byPeer = new Map<string, ClientConnection>();
  readonly #bySocket = new WeakMap<Socket, ClientConnection>();

  add(connection: ClientConnection): void {
    const { socket } = connection;
    const peer = peerOf(socket);
    this.#byPeer.set(peer, connection);
    this.#bySocket.set(socket, connection);
    socket.on('close', () => {
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    });
  }

  /** @param socket of the connection, or the TLS socket on it; undefined if it has been closed */
  of(socket: Socket): ClientConnection | undefined {
    const known = this.#bySocket.get(socket);
    if (known !== undefined) return known;
    const connection = this.#byPeer.get(peerOf(socket));
    if (connection !== undefined) this.#bySocket.set(socket, connection);
    return connection;
  }

  /**
   * Resolves when the first requests of new connections have arrived: a client that has just connected sends one, and
   * would see it unanswered if the server stopped in between.
   */
  async firstRequests(): Promise<void> {
    const stopped = performance.now();
    const isNew = ({ fresh, known }: ClientConnection) => !known && fresh;
    while (performance.now() - stopped < FIRST_REQUEST && [...this.#byPeer.values()].some(isNew)) {
      await setTimeout(INTERVAL);
    }
  }

  destroy(): void {
    for (const { socket } of this.#byPeer.values()) socket.destroy();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
