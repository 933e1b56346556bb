import { BINARY_CHARSET, type Column, isWide } from './column.js';

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
  VECTOR: 242,
  JSON: 245,
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

/**
 * What the cells of a column contain in MySQL's text protocol. Text in other character sets than UTF-8 is `encoded`,
 * and so is everything but bytes in a character set without ASCII.
 */
export type ColumnFormat = 'integer' | 'double' | 'decimal' | 'date' | 'bytes' | 'utf8' | 'encoded';

const FORMATS: ReadonlyMap<number, ColumnFormat> = new Map<number, ColumnFormat>([
  [TYPE.TINY, 'integer'],
  [TYPE.SHORT, 'integer'],
  [TYPE.LONG, 'integer'],
  [TYPE.INT24, 'integer'],
  [TYPE.YEAR, 'integer'],
  [TYPE.LONGLONG, 'integer'],
  [TYPE.FLOAT, 'double'],
  [TYPE.DOUBLE, 'double'],
  [TYPE.DECIMAL, 'decimal'],
  [TYPE.NEWDECIMAL, 'decimal'],
  [TYPE.DATE, 'date'],
  [TYPE.DATETIME, 'date'],
  [TYPE.TIMESTAMP, 'date'],
  [TYPE.BIT, 'bytes'],
  [TYPE.GEOMETRY, 'bytes'],
  [TYPE.VECTOR, 'bytes'],
]);

/** Types of text, or of bytes if the character set is binary. */
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

/**
 * Returns the format of a column's cells. Both ways to encode them depend on it. The values of all other types are
 * ASCII, or UTF-8 as those of JSON, although their character set is binary.
 */
export function columnFormat({ typeCode, characterSet, encoding }: Column): ColumnFormat {
  const format = FORMATS.get(typeCode);
  if (format !== undefined) return format !== 'bytes' && isWide(encoding) ? 'encoded' : format;
  if (!TEXT_OR_BYTES.has(typeCode)) return isWide(encoding) ? 'encoded' : 'utf8';
  if (characterSet === BINARY_CHARSET) return 'bytes';
  return encoding === 'utf8' ? 'utf8' : 'encoded';
}
