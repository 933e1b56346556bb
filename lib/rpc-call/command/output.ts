import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { ClosedPipe } from '../client/command-errors.js';

/** Standard output. Its reader can be slow, and close it. */
export class Output {
  readonly #stream: Writable;
  #error: Error | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error) => {
      this.#error = failureOf(error);
    });
  }

  /**
   * Writes text, and waits until the reader has taken enough of it.
   *
   * @throws {ClosedPipe} errors of the stream, and the reason of the signal
   */
  async write(text: string, signal?: AbortSignal): Promise<void> {
    if (this.#error) throw this.#error;
    if (text === '' || this.#stream.write(text)) return;
    try {
      await once(this.#stream, 'drain', { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error as Error);
    }
  }

  /** Waits until everything has been written. */
  async flush(): Promise<void> {
    if (this.#error) throw this.#error;
    const error = await new Promise<Error | null | undefined>((resolve) => this.#stream.write('', resolve));
    if (error) throw failureOf(error);
  }
}

function failureOf(error: NodeJS.ErrnoException): Error {
  return error.code === 'EPIPE' ? new ClosedPipe('the output is closed', { cause: error }) : error;
}
