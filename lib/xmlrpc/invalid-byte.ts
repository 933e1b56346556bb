import { DecodingError } from './codec-error.js';

/**
 * The body has a byte that its encoding has not at that place.
 *
 * @param at the number of bytes before it
 * @param note says more of the encoding
 */
export function invalidByte(encoding: string, at: number, byte: number, note = ''): DecodingError {
  return new DecodingError(`the body is not valid ${encoding}${note}: 0x${byte.toString(16)} at byte ${at + 1}`);
}
