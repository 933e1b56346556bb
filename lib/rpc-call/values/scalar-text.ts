import { plainDecimal } from '../../xmlrpc/plain-decimal.js';
import type { DateTime } from '../../xmlrpc/value.js';
import type { Numeral } from './response-value.js';

/** The scale of doubles without a fixed number of decimals. */
const NOT_FIXED = 31;

/**
 * Returns a number with all of its digits; a double with the shortest that identify it.
 *
 * @param scale the number of decimals of doubles
 */
export function numeralText({ digits, double }: Numeral, scale = NOT_FIXED): string {
  if (!double) return digits;
  if (scale < NOT_FIXED) return fixed(digits, scale);
  // Longer ones may be outside the range that MySQL prints without an exponent.
  if (digits.length < 17) return digits.endsWith('.0') ? digits.slice(0, -2) : digits;
  return doubleText(Number(digits));
}

/** Fills decimals up with zeros, as MySQL does. There are no more than `scale`. */
function fixed(digits: string, scale: number): string {
  const point = digits.indexOf('.');
  const decimals = digits.slice(point + 1).replace(/^0$/, '');
  return scale === 0 ? digits.slice(0, point) : `${digits.slice(0, point)}.${decimals.padEnd(scale, '0')}`;
}

/** MySQL writes doubles with an exponent outside the range from 1e-15 to 1e15, JavaScript outside another one. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e15 || (size < 1e-15 && size > 0)) return value.toExponential().replace('+', '');
  return plainDecimal(value).replace(/\.0$/, '');
}

/** Returns a date as MySQL writes it. */
export function dateText({ text }: DateTime): string {
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)} ${text.slice(9)}`;
}

export function bytesText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return `0x${Buffer.from(buffer, byteOffset, byteLength).toString('hex').toUpperCase()}`;
}

const ZERO = 0x30;

/** Whether text is what is printed for bytes. */
export function looksLikeBytes(text: string): boolean {
  // Few texts begin with it.
  return text.charCodeAt(0) === ZERO && /^0x(?:[\dA-F]{2})*$/.test(text);
}
