import { EncodedValue } from './encoder.js';

/** A value too large to be held: its XML is made piece by piece while it is sent. It can be read once. */
export class StreamedValue implements AsyncIterable<Buffer> {
  /** Resolves when nobody reads any more, whether to the end or not. */
  readonly done: Promise<void>;
  readonly #pieces: Iterable<Buffer> | AsyncIterable<Buffer>;
  #finish = () => {};

  constructor(pieces: Iterable<Buffer> | AsyncIterable<Buffer>) {
    this.#pieces = pieces;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      yield* this.#pieces;
    } finally {
      this.#finish();
    }
  }

  /** Nobody will read it, or go on reading. */
  cancel(): void {
    this.#finish();
  }

  /** Makes all of it, for an answer of several values. */
  async encode(): Promise<EncodedValue> {
    const pieces: Buffer[] = [];
    for await (const piece of this) pieces.push(piece);
    return new EncodedValue(pieces);
  }
}
