import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { isPooled, releaseBuffer } from '../../memory/buffer-pool.js';

type Done = (error?: Error | null) => void;

/** A body with backpressure. If it is destroyed before its end, the connection is closed. */
abstract class SocketBody extends Writable {
  protected readonly socket: Socket;
  readonly #sent: () => void;

  constructor(socket: Socket, sent: () => void) {
    super();
    this.socket = socket;
    this.#sent = sent;
    socket.on('close', this.#cut);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.socket.off('close', this.#cut);
    if (this.writableFinished) this.#sent();
    else this.socket.destroy();
    done(error);
  }

  readonly #cut = (): void => {
    this.destroy(new Error('The client disconnected.'));
  };
}

/** A chunked body: RFC 9112, section 7.1. */
export class ChunkedBody extends SocketBody {
  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    // A chunk of zero bytes would end the body.
    if (chunk.length === 0) {
      done();
      return;
    }
    const socket = this.socket;
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    socket.write(chunk);
    socket.write('\r\n', 'latin1', (error) => {
      if (!error && isPooled(chunk)) releaseBuffer(chunk);
      done(error);
    });
    socket.uncork();
  }

  override _final(done: Done): void {
    this.socket.write('0\r\n\r\n', 'latin1', done);
  }
}

/** A body whose length is known. */
export class MeasuredBody extends SocketBody {
  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.socket.write(chunk, done);
  }
}
