import type { Socket } from 'node:net';

/** The connections of a daemon and the bytes on them, without TLS. */
export class Traffic {
  readonly #open = new Set<Socket>();
  /** Of closed connections. */
  #received = 0;
  #sent = 0;

  add(socket: Socket): void {
    this.#open.add(socket);
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
