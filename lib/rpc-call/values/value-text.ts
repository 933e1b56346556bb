import { DateTime } from '../../xmlrpc/value.js';
import { jsonText } from './json-text.js';
import { Numeral } from './response-value.js';
import { bytesText, dateText, numeralText } from './scalar-text.js';

/**
 * Returns a value as `mysql` prints it: without quotes, doubles with the shortest digits that identify them, bytes as
 * `0x` and hexadecimal digits. Arrays and structs are JSON.
 *
 * @param scale the number of decimals of doubles
 * @returns undefined for nil
 */
export function valueText(value: unknown, scale?: number): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Numeral) return numeralText(value, scale);
  if (value instanceof Uint8Array) return bytesText(value);
  return value instanceof DateTime ? dateText(value) : jsonText(value);
}
