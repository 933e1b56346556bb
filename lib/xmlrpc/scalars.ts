import { Base64Text } from './base64-text.js';
import { DecodingError } from './codec-error.js';
import { parseDateTime } from './date-time.js';
import { Decimal, Double, MAX_I8, MIN_I8, type Value } from './value.js';
import { VIEW_LENGTH } from './value-cost.js';

/** Parses the text of a scalar. White space around it is ignored, except in strings. */
export type ScalarParser = (text: string) => Value;

/**
 * @param bits the size of the type; `<int>` accepts 64 bits, because Perl's and Lua's clients send integers of any size
 *   in it
 */
function parseInteger(text: string, bits: 8 | 16 | 64 = 64): number | bigint {
  const value = integerOf(text);
  if (typeof value === 'string') throw new DecodingError(`integer ${excerpt(text)} is out of range`);
  const limit = 2 ** (bits - 1);
  if (bits < 64 && (value < -limit || value >= limit)) {
    throw new DecodingError(`integer ${excerpt(text)} is out of the range of ${bits} bits`);
  }
  return value;
}

/** @returns the digits, if the integer does not fit into 64 bits */
function integerOf(text: string): number | bigint | string {
  const trimmed = stripBlanks(text);
  const digits = /^[+-]?\d+$/.test(trimmed) ? trimmed : wholeDigits(trimmed);
  if (digits === undefined) throw new DecodingError(`invalid integer "${excerpt(text)}"`);
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  // BigInt would take long for the millions of digits that a client can send.
  const value = Math.abs(number) > 1e19 ? MAX_I8 + 1n : BigInt(digits.replace(/^([+-]?)0+/, '$1'));
  return value < MIN_I8 || value > MAX_I8 ? digits : value;
}

/** Returns the digits of a whole number with an exponent, which Lua (`1e+15`) and node-xmlrpc (`1e+21`) send. */
function wholeDigits(text: string): string | undefined {
  const [, sign = '', whole, fraction = '', exponent] = /^([+-]?)(\d+)(?:\.(\d+))?e\+?(\d{1,3})$/i.exec(text) ?? [];
  if (whole === undefined || fraction.length > Number(exponent)) return undefined;
  return sign + whole + fraction.padEnd(Number(exponent), '0');
}

/**
 * The standard has no such numbers. Python sends `nan`, `inf` and `-inf`, Java, .NET and R send `NaN`, `Infinity` and
 * `INF`.
 */
const NOT_FINITE = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;

function parseDouble(text: string): Double {
  const digits = stripBlanks(text);
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(digits)) {
    const value = Number(digits);
    if (!Number.isFinite(value)) throw new DecodingError(`double ${excerpt(text)} is out of range`);
    return new Double(value);
  }
  const [, sign, nan] = NOT_FINITE.exec(digits) ?? [];
  if (sign === undefined) throw new DecodingError(`invalid double "${excerpt(text)}"`);
  if (nan !== undefined) return new Double(Number.NaN);
  return new Double(sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
}

const BOOLEANS = new Map([
  ['1', true],
  ['0', false],
  // davexmlrpc sends these.
  ['true', true],
  ['false', false],
]);

function parseBoolean(text: string): boolean {
  const value = BOOLEANS.get(stripBlanks(text));
  if (value === undefined) throw new DecodingError(`invalid boolean "${excerpt(text)}"`);
  return value;
}

function parseBigInteger(text: string): number | bigint | Decimal {
  const digits = stripBlanks(text);
  if (!/^[+-]?\d+$/.test(digits)) throw new DecodingError(`invalid integer "${excerpt(text)}"`);
  const value = integerOf(digits);
  return typeof value === 'string' ? parseBigDecimal(value) : value;
}

/** The largest exponent of a decimal. MySQL's numbers have 81 digits at most. */
const MAX_EXPONENT = 1000;

/** Java's `BigDecimal` writes some numbers with an exponent: 1E-7. */
const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

function parseBigDecimal(text: string): Decimal {
  const [, sign, whole, fraction = '', exponent = 0] = DECIMAL.exec(stripBlanks(text)) ?? [];
  if (whole === undefined) throw new DecodingError(`invalid decimal "${excerpt(text)}"`);
  const shift = Number(exponent);
  if (Math.abs(shift) > MAX_EXPONENT) throw new DecodingError(`decimal ${excerpt(text)} is out of range`);
  const point = whole.length + shift;
  const digits =
    '0'.repeat(Math.max(1 - point, 0)) + whole + fraction + '0'.repeat(Math.max(shift - fraction.length, 0));
  const end = Math.max(point, 1);
  const number = digits.slice(0, end).replace(/^0+(?=\d)/, '') + (digits.length > end ? `.${digits.slice(end)}` : '');
  return new Decimal(ownText(sign === '-' ? `-${number}` : number));
}

/** Returns a text that does not keep the body that it was read from. */
function ownText(text: string): string {
  return text.length < VIEW_LENGTH ? text : Buffer.from(text, 'latin1').toString('latin1');
}

/** Shared: a body can contain millions of them, and an object takes ten times what `<base64/>` does. */
const NO_BYTES = Buffer.alloc(0);

function parseBase64(text: string): Buffer {
  if (text === '') return NO_BYTES;
  // Buffer.from ignores characters that are not base64, and would lose data without an error.
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return Buffer.from(text, 'base64');
  const base64 = new Base64Text();
  base64.add(text);
  const bytes = base64.end();
  if (bytes === undefined) throw new DecodingError('invalid base64');
  return bytes;
}

function parseNil(text: string): null {
  if (stripBlanks(text) !== '') throw new DecodingError('nil must be empty');
  return null;
}

/**
 * Removes the white space of XML at both ends. (`trim` removes more, and a regular expression can take quadratic time.)
 */
export function stripBlanks(text: string): string {
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

/**
 * The parsers of the scalar types by tag: http://xmlrpc.com/spec.md, nil and i8, which most clients support, and
 * https://ws.apache.org/xmlrpc/types.html, whose types some clients send without the prefix `ex`.
 */
const PARSERS: Readonly<Record<string, ScalarParser>> = {
  int: (text) => parseInteger(text),
  i4: (text) => parseInteger(text),
  i8: (text) => parseInteger(text),
  boolean: parseBoolean,
  double: parseDouble,
  string: (text) => text,
  'dateTime.iso8601': (text) => parseDateTime(stripBlanks(text)),
  base64: parseBase64,
  nil: parseNil,
  i1: (text) => parseInteger(text, 8),
  i2: (text) => parseInteger(text, 16),
  float: parseDouble,
  biginteger: parseBigInteger,
  bigdecimal: parseBigDecimal,
  dateTime: (text) => parseDateTime(stripBlanks(text)),
};

/** The types of Apache's clients, which have the prefix. */
const EXTENSIONS = ['nil', 'i1', 'i2', 'i8', 'float', 'biginteger', 'bigdecimal', 'dateTime'];

export const SCALARS: ReadonlyMap<string, ScalarParser> = new Map(
  Object.entries(PARSERS).flatMap(([tag, parse]) =>
    (EXTENSIONS.includes(tag) ? [tag, `ex:${tag}`] : [tag]).map((name) => [name, parse] as const),
  ),
);
