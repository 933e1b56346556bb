import { DecodingError } from './codec-error.js';
import { DateTime, Double, MAX_I8, MIN_I8, type Value } from './value.js';

/** Reads the text between a scalar's tags. Blanks around it are ignored except in strings. */
type ScalarParser = (text: string) => Value;

function parseInteger(text: string): number | bigint {
  const [, sign = '', digits] = /^([+-]?)0*(\d+)$/.exec(stripBlanks(text)) ?? [];
  if (digits === undefined) throw new DecodingError(`"${excerpt(text)}" is not an integer`);
  const number = Number(sign + digits);
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  // Perl and Lua clients put integers of any size into <int>, so the tag does not narrow the range.
  const big = digits.length > 19 ? MAX_I8 + 1n : BigInt(sign === '-' ? `-${digits}` : digits);
  if (big < MIN_I8 || big > MAX_I8) throw new DecodingError(`integer ${excerpt(text)} is out of range`);
  return big;
}

// Python's client writes repr(float): "nan", "inf", "-inf" and exponents, though the standard has none of them.
const NOT_FINITE = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

function parseDouble(text: string): Double {
  const digits = stripBlanks(text);
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) return new Double(Number(digits));
  const value = NOT_FINITE.get(digits.toLowerCase());
  if (value === undefined) throw new DecodingError(`"${excerpt(text)}" is not a double`);
  return new Double(value);
}

function parseBoolean(text: string): boolean {
  const digit = stripBlanks(text);
  if (digit !== '0' && digit !== '1') throw new DecodingError(`"${excerpt(text)}" is not a boolean`);
  return digit === '1';
}

function parseDateTime(text: string): DateTime {
  const form = /^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)$/.exec(stripBlanks(text));
  if (!form) throw new DecodingError(`"${excerpt(text)}" is not a dateTime.iso8601`);
  const [, year, month, day, time] = form;
  return new DateTime(`${year}${month}${day}T${time}`);
}

function parseBase64(text: string): Buffer {
  const digits = /[ \t\r\n]/.test(text) ? text.replace(/[ \t\r\n]+/g, '') : text;
  // Buffer.from skips over whatever is not base64, which would lose data without a word.
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) throw new DecodingError('bad base64');
  return Buffer.from(digits, 'base64');
}

function parseNil(text: string): null {
  if (stripBlanks(text) !== '') throw new DecodingError('nil has no content');
  return null;
}

/** Without the white space of XML around it. (`trim` takes more, and a regular expression may take long.) */
function stripBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function excerpt(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** The scalar types by their tag: http://xmlrpc.com/spec.md, with nil and i8, which most clients know by now. */
export const SCALARS: ReadonlyMap<string, ScalarParser> = new Map<string, ScalarParser>([
  ['int', parseInteger],
  ['i4', parseInteger],
  ['i8', parseInteger],
  ['boolean', parseBoolean],
  ['double', parseDouble],
  ['string', (text) => text],
  ['dateTime.iso8601', parseDateTime],
  ['base64', parseBase64],
  ['nil', parseNil],
]);
