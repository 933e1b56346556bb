import iconv from 'iconv-lite';
import { Double, MAX_I8, type Value } from '../xmlrpc/value.js';

/** Makes a value of a column's bytes, which are in MySQL's text protocol. */
export type CellDecoder = (cell: Buffer) => Value;

/** The type codes of MySQL's protocol: https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const TYPE = {
  TINY: 1,
  SHORT: 2,
  LONG: 3,
  FLOAT: 4,
  DOUBLE: 5,
  LONGLONG: 8,
  INT24: 9,
  YEAR: 13,
  VARCHAR: 15,
  BIT: 16,
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

/** The character set number of bytes that are no text. */
const BINARY = 63;

/** Columns that hold text or, when their character set is binary, bytes. The rest is numbers and dates: ASCII. */
const TEXT_OR_BYTES: ReadonlySet<number> = new Set([
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

/** @param encoding mysql2's name for the encoding of the column's character set */
export function cellDecoder(typeCode: number, characterSet: number, encoding = 'utf8'): CellDecoder {
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

/** What 64 bits with a sign cannot hold, of BIGINT UNSIGNED's, is a string. */
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

/** A copy: the cell is a view of memory that belongs to the result. */
function bytes(cell: Buffer): Buffer {
  return Buffer.from(cell);
}

function text(encoding: string): CellDecoder {
  if (encoding === 'utf8' || encoding === 'utf-8') return (cell) => cell.toString('utf8');
  // What MySQL calls latin1 is windows-1252.
  const name = encoding === 'latin1' ? 'win1252' : encoding;
  return iconv.encodingExists(name) ? (cell) => iconv.decode(cell, name) : bytes;
}
