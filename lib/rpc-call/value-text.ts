import { plainDecimal } from '../xmlrpc/encoder.js';
import { DateTime } from '../xmlrpc/value.js';
import { Numeral } from './response-value.js';

/** The scale of doubles without a fixed number of decimals. */
const NOT_FIXED = 31;

/**
 * Returns a value as `mysql` prints it: without quotes, doubles with the shortest digits that identify them, bytes as
 * `0x` and hexadecimal digits. Arrays and structs are JSON.
 *
 * @param value of a response, or as the `xmlrpc` package decodes it
 * @param scale the number of decimals of doubles
 * @returns undefined for nil
 */
export function valueText(value: unknown, scale = NOT_FIXED): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Numeral) return numeralText(value, scale);
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex').toUpperCase()}`;
  if (value instanceof Date) return value.toISOString();
  return value instanceof DateTime ? value.text : jsonText(value);
}

export function numeralText({ digits, double }: Numeral, scale = NOT_FIXED): string {
  if (!double) return digits;
  if (scale < NOT_FIXED) return Number(digits).toFixed(scale);
  // Longer ones may be outside the range that MySQL prints without an exponent.
  if (digits.length < 17) return digits.endsWith('.0') ? digits.slice(0, -2) : digits;
  return doubleText(Number(digits));
}

/** MySQL writes doubles with an exponent outside the range from 1e-15 to 1e15, JavaScript outside another one. */
function doubleText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size < 1e-15 && size > 0)) return value.toExponential().replace('+', '');
  return plainDecimal(value).replace(/\.0$/, '');
}

/** Returns a value as JSON. Integers have all their digits; bytes are base64. */
export function jsonText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof Numeral) return numeralText(value);
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
  if (value instanceof DateTime || value instanceof Date) return `"${valueText(value)}"`;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`);
  return `{${members.join(',')}}`;
}
