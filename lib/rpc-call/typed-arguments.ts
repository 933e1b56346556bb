import { readFileSync } from 'node:fs';
import xmlrpc from 'xmlrpc';
import { plainDecimal } from '../xmlrpc/encoder.js';

/** Wrong usage, told in one line. */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = 'UsageError';
  }
}

/** An argument in the form that the `xmlrpc` package sends as it is meant. */
export type Argument = null | boolean | number | Buffer | InstanceType<typeof xmlrpc.CustomType> | Argument[] | Members;

interface Members {
  readonly [name: string]: Argument;
}

/**
 * A value with its tag. The package has no i8, sends 1.0 as an int and large numbers with an exponent; so what it could
 * get wrong is spelled out here.
 */
class Typed extends xmlrpc.CustomType {
  constructor(
    override readonly tagName: string,
    text: string,
  ) {
    super(text);
  }
}

const FORCED = /^(int|i8|double|string|boolean|date|base64|nil|json):(.*)$/s;

/**
 * Reads an argument of the command line: JSON where it parses, else a string; `type:value` forces a type.
 *
 * @throws {UsageError}
 */
export function parseArgument(text: string): Argument {
  const [, type, value = ''] = FORCED.exec(text) ?? [];
  switch (type) {
    case undefined:
      return plainArgument(text);
    case 'int':
    case 'i8':
      return integer(value, type);
    case 'double':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) throw new UsageError(`"${value}" is not a double`);
      return double(Number(value));
    case 'string':
      return string(value);
    case 'boolean':
      return boolean(value);
    case 'date':
      return dateTime(value);
    case 'base64':
      return base64(value);
    case 'nil':
      if (value !== '') throw new UsageError('nil: has no value');
      return null;
    default:
      return fromJson(parseJson(value));
  }
}

function plainArgument(text: string): Argument {
  // JSON.parse would round the digits of a large integer.
  if (/^-?(0|[1-9]\d*)$/.test(text)) return integer(text, 'int');
  try {
    return fromJson(JSON.parse(text));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return string(text);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`"${text}" is not JSON`);
  }
}

function fromJson(value: unknown): Argument {
  switch (typeof value) {
    case 'string':
      return string(value);
    case 'number':
      return number(value);
    case 'boolean':
      return value;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(fromJson);
  return Object.fromEntries(Object.entries(value as object).map(([name, member]) => [carried(name), fromJson(member)]));
}

/** JSON does not tell integers from doubles; `1.0` is an int here, and `double:1` is a double. */
function number(value: number): Argument {
  if (Number.isSafeInteger(value)) return integer(String(value), 'int');
  if (!Number.isInteger(value) || Math.abs(value) > 2 ** 64) return double(value);
  throw new UsageError(`JSON cannot carry an integer as large as ${value}: pass it as i8:... or string:...`);
}

function double(value: number): Argument {
  if (!Number.isFinite(value)) throw new UsageError('XML-RPC has no infinite doubles');
  return new Typed('double', plainDecimal(value));
}

function integer(text: string, tag: 'int' | 'i8'): Argument {
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new UsageError(`"${text}" is not an integer of 64 bits`);
  const value = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, value) !== value) throw new UsageError(`"${text}" is not an integer of 64 bits`);
  return new Typed(BigInt.asIntN(32, value) === value ? tag : 'i8', String(value));
}

function string(text: string): Argument {
  return new Typed('string', carried(text));
}

/** Text that XML can carry. */
function carried(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 leaves out
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw new UsageError('XML cannot carry a control character: pass the bytes as base64:... or base64:@FILE');
  }
  return text;
}

function boolean(text: string): boolean {
  if (!/^(true|false|1|0)$/.test(text)) throw new UsageError(`"${text}" is not a boolean`);
  return text === 'true' || text === '1';
}

/** `2003-05-01 12:30:00`, or with a T; the time may be left out. */
function dateTime(text: string): Argument {
  const [, year, month, day, time = '00:00:00'] =
    /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?))?$/.exec(text) ?? [];
  if (year === undefined) throw new UsageError(`"${text}" is not a date: write 2003-05-01 12:30:00`);
  return new Typed('dateTime.iso8601', `${year}${month}${day}T${time}`);
}

function base64(text: string): Buffer {
  if (text.startsWith('@')) return readFile(text.slice(1));
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new UsageError(`"${text}" is not base64`);
  return Buffer.from(text, 'base64');
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
