import iconv from 'iconv-lite';
import { DateTime, Double, MAX_I8, type Value } from '../../xmlrpc/value.js';
import type { Column } from './column.js';
import type { ValueOptions } from './value-options.js';

/** Decodes a column's bytes in MySQL's text protocol. */
export type CellDecoder = (cell: Buffer) => Value;

/** The type codes of MySQL's protocol: https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
export const TYPE = {
  DECIMAL: 0,
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  TIMESTAMP: 7,
  LONGLONG: 8,
  INT24: 9,
  DATE: 10,
  DATETIME: 12,
  YEAR: 13,
  VARCHAR: 15,
  BIT: 16,
  NEWDECIMAL: 246,
  ENUM: 247,
  SET: 248,
  TINY_BLOB: 249,
  MEDIUM_BLOB: 250,
  LONG_BLOB: 251,
  BLOB: 252,
  VAR_STRING: 253,
  STRING: 254,
  GEOMETRY: 255,
} as const;

/** The character set number of binary strings. */
export const BINARY = 63;

/** Types of text, or of bytes if the character set is binary. The values of all other types are ASCII. */
export const TEXT_OR_BYTES: ReadonlySet<number> = new Set([
  TYPE.VARCHAR,
  TYPE.ENUM,
  TYPE.SET,
  TYPE.TINY_BLOB,
  TYPE.MEDIUM_BLOB,
  TYPE.LONG_BLOB,
  TYPE.BLOB,
  TYPE.VAR_STRING,
  TYPE.STRING,
]);

export function cellDecoder({ typeCode, characterSet, encoding }: Column, options: ValueOptions): CellDecoder {
  switch (typeCode) {
    case TYPE.TINY:
    case TYPE.SHORT:
    case TYPE.LONG:
    case TYPE.INT24:
    case TYPE.YEAR:
      return smallInteger;
    case TYPE.LONGLONG:
      return bigInteger;
    case TYPE.FLOAT:
    case TYPE.DOUBLE:
      return double;
    case TYPE.DECIMAL:
    case TYPE.NEWDECIMAL:
      return options.decimals === 'double' ? double : ascii;
    case TYPE.DATE:
    case TYPE.DATETIME:
    case TYPE.TIMESTAMP:
      return options.dates === 'iso8601' ? dateTime : ascii;
    case TYPE.BIT:
    case TYPE.GEOMETRY:
      return bytes;
  }
  if (!TEXT_OR_BYTES.has(typeCode)) return ascii;
  return characterSet === BINARY ? bytes : text(encoding);
}

function smallInteger(cell: Buffer): number {
  return Number(cell.toString('latin1'));
}

/** BIGINT UNSIGNED values above 2^63-1 are strings. */
function bigInteger(cell: Buffer): Value {
  const digits = cell.toString('latin1');
  if (digits.length < 16) return Number(digits);
  const value = BigInt(digits);
  if (value > MAX_I8) return digits;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function double(cell: Buffer): Double {
  return new Double(Number(cell.toString('latin1')));
}

function ascii(cell: Buffer): string {
  return cell.toString('latin1');
}

/** Dates with a zero part and fractions of a second, which dateTime.iso8601 does not have, remain strings. */
function dateTime(cell: Buffer): DateTime | string {
  const text = cell.toString('latin1');
  const [, year, month, day, time = '00:00:00'] =
    /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d:\d\d:\d\d)(?:\.0+)?)?$/.exec(text) ?? [];
  if (year === undefined || month === '00' || day === '00') return text;
  return new DateTime(`${year}${month}${day}T${time}`);
}

/** Copies the cell, which is a view of the result's memory. */
function bytes(cell: Buffer): Buffer {
  return Buffer.from(cell);
}

export function isUtf8Name(encoding: string): boolean {
  return encoding === 'utf8' || encoding === 'utf-8';
}

/** @param encoding mysql2's name of the encoding of a column's character set */
function text(encoding: string): CellDecoder {
  if (isUtf8Name(encoding)) {
    return (cell) => lossless(cell.toString('utf8'), cell, (decoded) => Buffer.from(decoded));
  }
  // MySQL's latin1 is windows-1252.
  const name = encoding === 'latin1' ? 'win1252' : encoding;
  if (!iconv.encodingExists(name)) return bytes;
  return (cell) => lossless(iconv.decode(cell, name), cell, (decoded) => iconv.encode(decoded, name));
}

/**
 * Returns the text, or the bytes if decoding lost some: a column can hold bytes that are invalid in its character set.
 */
function lossless(decoded: string, cell: Buffer, encode: (text: string) => Buffer): string | Buffer {
  if (!decoded.includes('\ufffd') || encode(decoded).equals(cell)) return decoded;
  return bytes(cell);
}
