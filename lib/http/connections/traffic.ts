import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** By the sockets of their connections. */
const traffics = new WeakMap<Duplex, Traffic>();

/** A response with the status of an error is sent. It counts if the connection is one of a client. */
export function countRefusal(socket: Duplex, status: number): void {
  const refusals = traffics.get(socket)?.refusals;
  refusals?.set(status, (refusals.get(status) ?? 0) + 1);
}

/** The connections of a daemon, the bytes on them, without TLS, and the requests that were refused. */
export class Traffic {
  /** How many requests were answered with each status of an error. */
  readonly refusals = new Map<number, number>();
  readonly #open = new Set<Socket>();
  /** Of closed connections. */
  #received = 0;
  #sent = 0;

  add(socket: Socket): void {
    this.#open.add(socket);
    traffics.set(socket, this);
    socket.on('close', () => {
      this.#open.delete(socket);
      this.#received += socket.bytesRead;
      this.#sent += socket.bytesWritten;
    });
  }

  get connections(): number {
    return this.#open.size;
  }

  get received(): number {
    let received = this.#received;
    for (const { bytesRead } of this.#open) received += bytesRead;
    return received;
  }

  get sent(): number {
    let sent = this.#sent;
    for (const { bytesWritten } of this.#open) sent += bytesWritten;
    return sent;
  }
}
