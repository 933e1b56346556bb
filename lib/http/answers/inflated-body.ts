import { Duplex } from 'node:stream';
import { createInflate, createInflateRaw, type Inflate, type InflateRaw } from 'node:zlib';

type Done = (error?: Error | null) => void;

/**
 * Decodes the content coding deflate. RFC 9110 defines it as the zlib format, but clients of IIS and .NET send what is
 * in that, without its header. The first two bytes tell: RFC 1950, section 2.2.
 */
export class InflatedBody extends Duplex {
  #head: Buffer = Buffer.alloc(0);
  #inflate: Inflate | InflateRaw | undefined;

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    if (this.#inflate !== undefined) {
      this.#inflate.write(chunk, done);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length < 2) done();
    else this.#begin().write(this.#head, done);
  }

  override _final(done: Done): void {
    if (this.#inflate === undefined) this.#begin().write(this.#head);
    this.#inflate?.end();
    done();
  }

  /** Nothing more is decoded than has been read. */
  override _read(): void {
    this.#inflate?.resume();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#inflate?.destroy();
    done(error);
  }

  #begin(): Inflate | InflateRaw {
    const inflate = isZlib(this.#head) ? createInflate() : createInflateRaw();
    inflate.on('data', (piece: Buffer) => {
      if (!this.push(piece)) inflate.pause();
    });
    inflate.on('end', () => this.push(null));
    inflate.on('error', (error) => this.destroy(error));
    this.#inflate = inflate;
    return inflate;
  }
}

/** Whether the compression method is deflate with a window of at most 32 KB, and the check bits match. */
function isZlib(head: Buffer): boolean {
  const [method = 0, flags = 0] = head;
  return (method & 0x0f) === 8 && method >> 4 <= 7 && (method * 256 + flags) % 31 === 0;
}
