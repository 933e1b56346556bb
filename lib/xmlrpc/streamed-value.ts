import { EncodedValue } from './encoder.js';

/**
 * A large value that is encoded in pieces while it is sent. It can be read once.
 *
 * @example
 * // A service that answers an array of a million ints:
 * count() {
 *   const pieces = async function* () {
 *     yield Buffer.from('<value><array><data>');
 *     for (let i = 0; i < 1e6; i++) yield Buffer.from(`<value><int>${i}</int></value>`);
 *     yield Buffer.from('</data></array></value>');
 *   };
 *   return new StreamedValue(pieces());
 * }
 */
export class StreamedValue implements AsyncIterable<Buffer> {
  /** Resolves after the last read, whether at the end or not. */
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

  /** Ends the value, if it will not be read, or not to its end. */
  cancel(): void {
    this.#finish();
  }

  /** Encodes the complete value, as one of several in a response. */
  async encode(): Promise<EncodedValue> {
    const pieces: Buffer[] = [];
    for await (const piece of this) pieces.push(piece);
    return new EncodedValue(pieces);
  }
}
