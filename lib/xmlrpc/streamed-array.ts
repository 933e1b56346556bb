import { arrayPieces } from './encoder.js';
import { StreamedValue } from './streamed-value.js';
import type { ValueEncoding } from './value-encoding.js';

/**
 * Returns an array whose items are encoded as they arrive, for a result that does not fit into memory. If an item
 * cannot be read or encoded, the response breaks off, and the client reports an error.
 *
 * @param encoding usually the service, for its `encodeObject` and `form`
 * @param ended called once, when the array has been sent or will not be
 * @example
 * // A method that returns the lines of a file:
 * async lines() {
 *   const file = await open(this.#path);
 *   return streamedArray(file.readLines(), this, () => void file.close());
 * }
 */
export function streamedArray(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  encoding?: ValueEncoding,
  ended?: () => void,
): StreamedValue {
  return new StreamedValue(() => arrayPieces(items, encoding), ended);
}
