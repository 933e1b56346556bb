import { DateTime, Double, MAX_I8, type Value } from '../../xmlrpc/value.js';
import type { Column } from './column.js';
import { columnFormat } from './column-format.js';
import { textDecoder } from './text-decoder.js';
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
      return text('utf8');
    case 'encoded':
      return encoded(column, options);
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

function encoded(column: Column, options: ValueOptions): CellDecoder {
  const inAscii = cellDecoder({ ...column, encoding: 'utf8' }, options);
  const decode = textDecoder(column.encoding);
  if (columnFormat({ ...column, encoding: 'utf8' }) === 'utf8') return text(column.encoding);
  return (cell) => inAscii(Buffer.from(decode(cell) ?? ''));
}

/** A column can hold bytes that are invalid in its character set. @param encoding of a column */
function text(encoding: string): CellDecoder {
  const decode = textDecoder(encoding);
  return (cell) => decode(cell) ?? bytes(cell);
}
