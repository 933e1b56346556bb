import iconv from 'iconv-lite';
import { DateTime, Double, MAX_I8, type Value } from '../../xmlrpc/value.js';
import type { Column } from './column.js';
import { columnFormat } from './column-format.js';
import type { ValueOptions } from './value-options.js';

/** Decodes a column's bytes in MySQL's text protocol. */
export type CellDecoder = (cell: Buffer) => Value;

export function cellDecoder(column: Column, options: ValueOptions): CellDecoder {
  switch (columnFormat(column)) {
    case 'integer':
      return integer;
    case 'double':
      return double;
    case 'decimal':
      return options.decimals === 'double' ? double : ascii;
    case 'date':
      return options.dates === 'iso8601' ? dateTime : ascii;
    case 'bytes':
      return bytes;
    case 'utf8':
      return utf8;
    case 'encoded':
      return encoded(column.encoding);
  }
}

/** BIGINT UNSIGNED values above 2^63-1 are strings. */
function integer(cell: Buffer): Value {
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

function utf8(cell: Buffer): string | Buffer {
  return lossless(cell.toString('utf8'), cell, (decoded) => Buffer.from(decoded));
}

/**
 * iconv-lite's names of encodings that mysql2 names otherwise: MySQL's latin1 is windows-1252, its macce is Mac Central
 * European, and its UCS-2, UTF-16 and UTF-32 have the high byte first.
 */
const ICONV_NAMES: Readonly<Record<string, string>> = {
  latin1: 'win1252',
  macintosh: 'maccenteuro',
  ucs2: 'utf16be',
  utf16: 'utf16be',
  'utf16-le': 'utf16le',
  utf32: 'utf32be',
};

/** @param encoding mysql2's name of the encoding of a column's character set */
function encoded(encoding: string): CellDecoder {
  const name = ICONV_NAMES[encoding] ?? encoding;
  if (!iconv.encodingExists(name)) return bytes;
  // A byte order mark is a character like others.
  const options = { stripBOM: false };
  return (cell) => lossless(iconv.decode(cell, name, options), cell, (decoded) => iconv.encode(decoded, name));
}

/**
 * Returns the text, or the bytes if decoding lost some: a column can hold bytes that are invalid in its character set.
 */
function lossless(decoded: string, cell: Buffer, encode: (text: string) => Buffer): string | Buffer {
  if (!decoded.includes('\ufffd') || encode(decoded).equals(cell)) return decoded;
  return bytes(cell);
}
