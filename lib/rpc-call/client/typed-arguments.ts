import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import xmlrpc from 'xmlrpc';
import { orFail } from '../../system/system-error.js';
import { plainDecimal } from '../../xmlrpc/plain-decimal.js';
import { ExactNumber, parseExactJson } from '../values/exact-json.js';
import { UsageError } from './command-errors.js';

/** An argument in a form that the `xmlrpc` package encodes correctly. */
export type Argument = null | boolean | number | Buffer | InstanceType<typeof xmlrpc.CustomType> | Argument[] | Members;

interface Members {
  readonly [name: string]: Argument;
}

/**
 * A value with an explicit tag. The package has no i8, and encodes 1.0 as an int and large numbers with an exponent.
 */
class Typed extends xmlrpc.CustomType {
  constructor(
    override readonly tagName: string,
    text: string,
  ) {
    super(text);
  }
}

/** What is used of the nodes of `xmlbuilder`, by which the package writes XML. */
interface XmlNode {
  ele(tag: string, attributes: object): XmlNode;
  txt(text: string): XmlNode;
}

/** A value of one of Apache's types, with their namespace. */
class Extension extends Typed {
  override serialize(xml: XmlNode): XmlNode {
    return xml.ele(this.tagName, { 'xmlns:ex': 'http://ws.apache.org/xmlrpc/namespaces/extensions' }).txt(this.raw);
  }
}

const FORCED = /^(int|i8|bigint|decimal|double|string|boolean|date|base64|nil|json):(.*)$/s;

/**
 * Parses an argument of the command line: JSON if it is valid JSON, else a string; `type:value` forces a type.
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
    case 'bigint':
      if (!/^[+-]?\d+$/.test(value)) throw new UsageError(`invalid integer "${value}"`);
      return new Extension('ex:biginteger', value);
    case 'decimal':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value)) throw new UsageError(`invalid decimal "${value}"`);
      return new Extension('ex:bigdecimal', value);
    case 'double':
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) throw new UsageError(`invalid double "${value}"`);
      return double(Number(value));
    case 'string':
      return string(value.startsWith('@') ? textOf(value.slice(1)) : value);
    case 'boolean':
      return boolean(value);
    case 'date':
      return dateTime(value);
    case 'base64':
      return base64(value);
    case 'nil':
      if (value !== '') throw new UsageError('nil: must be empty');
      return null;
    default:
      return json(value);
  }
}

function plainArgument(text: string): Argument {
  // JSON.parse would round a large integer.
  if (/^-?(0|[1-9]\d*)$/.test(text)) return integer(text, 'int');
  try {
    return fromJson(parseExactJson(text));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return string(text);
  }
}

function json(text: string): Argument {
  const path = text.startsWith('@') ? text.slice(1) : undefined;
  const source = path === undefined ? text : textOf(path);
  let value: unknown;
  try {
    value = parseExactJson(source);
  } catch {
    throw new UsageError(path === undefined ? `invalid JSON "${text}"` : `${nameOf(path)}: invalid JSON`);
  }
  return fromJson(value);
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
  if (value instanceof ExactNumber) return exactNumber(value.value);
  if (Array.isArray(value)) return value.map(fromJson);
  return Object.fromEntries(Object.entries(value as object).map(([name, member]) => [carried(name), fromJson(member)]));
}

/** JSON does not distinguish 1.0 from 1: both are int; `double:1` is a double. */
function number(value: number): Argument {
  if (Number.isSafeInteger(value)) return integer(String(value), 'int');
  if (!Number.isInteger(value) || Math.abs(value) > 2 ** 64) return double(value);
  throw new UsageError(`integer ${value} is too large for JSON: use i8:... or string:...`);
}

function exactNumber(digits: string): Argument {
  if (!/^-?\d+$/.test(digits)) return double(Number(digits));
  const value = BigInt(digits);
  return BigInt.asIntN(64, value) === value ? integer(digits, 'i8') : new Extension('ex:biginteger', digits);
}

function double(value: number): Argument {
  if (!Number.isFinite(value)) throw new UsageError('XML-RPC does not support infinite doubles');
  return new Typed('double', plainDecimal(value));
}

function integer(text: string, tag: 'int' | 'i8'): Argument {
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new UsageError(`invalid 64-bit integer "${text}"`);
  const value = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, value) !== value) throw new UsageError(`invalid 64-bit integer "${text}"`);
  return new Typed(BigInt.asIntN(32, value) === value ? tag : 'i8', String(value));
}

export function string(text: string): Argument {
  return new Typed('string', carried(text));
}

/** Returns text that XML can represent. */
function carried(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 leaves out
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw new UsageError('XML does not support control characters: use base64:... or base64:@FILE');
  }
  return text;
}

function boolean(text: string): boolean {
  if (!/^(true|false|1|0)$/.test(text)) throw new UsageError(`invalid boolean "${text}"`);
  return text === 'true' || text === '1';
}

/** Parses `2003-05-01 12:30:00`, also with a T; the time is optional. */
function dateTime(text: string): Argument {
  const [, year, month, day, time = '00:00:00'] =
    /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?))?$/.exec(text) ?? [];
  if (year === undefined) throw new UsageError(`invalid date "${text}" (expected such as 2003-05-01 12:30:00)`);
  return new Typed('dateTime.iso8601', `${year}${month}${day}T${time}`);
}

function base64(text: string): Buffer {
  if (text.startsWith('@')) return contentsOf(text.slice(1));
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new UsageError(`invalid base64 "${text}"`);
  return Buffer.from(text, 'base64');
}

/** @param path `-` is standard input */
function contentsOf(path: string): Buffer {
  return orFail(UsageError, nameOf(path), () => readFileSync(path === '-' ? 0 : path));
}

function textOf(path: string): string {
  const bytes = contentsOf(path);
  if (!isUtf8(bytes)) throw new UsageError(`${nameOf(path)}: not UTF-8: base64:@ sends any bytes`);
  return bytes.toString().replace(/^\ufeff/, '');
}

function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}
