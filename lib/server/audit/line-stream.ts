import sonicBoom from 'sonic-boom';

/** Bytes that are buffered for a slow disk. */
const MAX_BUFFERED = 8 * 1024 * 1024;

/** Milliseconds for the rest to be written at the end. */
const END_WAIT = 2000;

export interface LineStreamEvents {
  /** Everything has been written. */
  drained(): void;
  /** Nothing can be written now. What has been passed to `write` is kept. */
  failed(error: Error): void;
  /** Lines are lost: the buffer is full, or they could not be written before the end. */
  lost(lines: number): void;
}

/** Writes lines to an open file, without ever waiting for it. */
export class LineStream {
  readonly #stream: sonicBoom.SonicBoom;
  readonly #events: LineStreamEvents;
  /** Lines that are being written or wait for it. */
  #pending = 0;

  constructor(fd: number, events: LineStreamEvents) {
    this.#events = events;
    // Beyond a minimum length, even of one byte, it writes at once, and can be told to try again.
    this.#stream = new sonicBoom.SonicBoom({ fd, sync: false, minLength: 1, maxLength: MAX_BUFFERED });
    this.#stream.on('drain', () => {
      this.#pending = 0;
      events.drained();
    });
    this.#stream.on('error', (error: Error) => events.failed(error));
    this.#stream.on('drop', (lines: string) => {
      const count = lines.split('\n').length - 1;
      this.#pending -= count;
      events.lost(count);
    });
  }

  /** @param count of the lines */
  write(lines: string, count: number): void {
    this.#pending += count;
    this.#stream.write(lines);
  }

  /** Tries again after a failure. */
  retry(): void {
    this.#stream.flush();
  }

  /** Writes the rest, closes the file, and resolves. What cannot be written in time is lost. */
  end(): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve) => {
      const close = () => {
        stream.destroy();
        if (this.#pending > 0) this.#events.lost(this.#pending);
        this.#pending = 0;
        resolve();
      };
      const timer = setTimeout(close, END_WAIT);
      stream.once('error', close);
      stream.once('finish', () => {
        clearTimeout(timer);
        resolve();
      });
      stream.end();
    });
  }
}
