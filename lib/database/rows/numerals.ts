const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const POINT = 0x2e;

/**
 * Returns the size of the smallest type for a decimal integer, in bits; 0 if the digits alone do not tell, or for
 * leading zeros (ZEROFILL).
 */
export function integerWidth(bytes: Buffer, start: number, length: number): 0 | 32 | 64 {
  const negative = bytes[start] === MINUS;
  const digits = negative ? length - 1 : length;
  if (digits > 1 && bytes[negative ? start + 1 : start] === ZERO) return 0;
  if (digits < 10) return 32;
  if (digits > 10) return digits > 18 ? 0 : 64;
  let value = 0;
  for (let i = negative ? start + 1 : start; i < start + length; i++) value = value * 10 + (bytes[i] as number) - ZERO;
  return value <= (negative ? 2 ** 31 : 2 ** 31 - 1) ? 32 : 64;
}

/**
 * The `decimals` of a column whose doubles MySQL prints with the fewest digits that identify them, as JavaScript does.
 */
export const SHORTEST_DIGITS = 31;
/**
 * The lengths of 17 digits with a point, a sign and a leading zero, and of 15 digits, which identify every double, with
 * a point.
 */
export const MAX_DOUBLE_LENGTH = 20;
export const MAX_FIXED_LENGTH = 16;
/** A double has at least 15 exact digits: longer integers may not be exact. */
const MAX_WHOLE_DIGITS = 15;

/**
 * Returns the number of points, 0 or 1, of a double that is canonical in XML-RPC or only lacks the point; -1 for one
 * with an exponent, superfluous zeros or superfluous digits.
 */
export function pointsOf(bytes: Buffer, start: number, length: number): number {
  const end = start + length;
  let points = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte === POINT) points++;
    else if (byte > NINE) return -1;
  }
  const zeros = points === 0 ? bytes[start] === ZERO && length > 1 : bytes[end - 1] === ZERO;
  if (zeros || (bytes[start] === MINUS && bytes[start + 1] === ZERO)) return -1;
  return points === 0 && length > MAX_WHOLE_DIGITS ? -1 : points;
}
