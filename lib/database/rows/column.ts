import type { FieldPacket } from 'mysql2';
import type { Value } from '../../xmlrpc/value.js';

const FLAG_NOT_NULL = 1;

/** The character set number of binary strings. */
export const BINARY_CHARSET = 63;

/** The metadata of a column of a result set. */
export interface Column {
  readonly name: string;
  /** The alias of its table, '' for an expression. */
  readonly table: string;
  readonly typeCode: number;
  /** In bytes. */
  readonly length: number;
  readonly decimals: number;
  readonly nullable: boolean;
  readonly characterSet: number;
  /** mysql2's name of the character set's encoding. */
  readonly encoding: string;
}

export function columnOf(field: FieldPacket): Column {
  const { name, table } = field;
  const flags = Number(field.flags);
  return {
    name,
    table,
    typeCode: field.columnType ?? field.type ?? 0,
    length: field.columnLength ?? 0,
    decimals: field.decimals,
    nullable: (flags & FLAG_NOT_NULL) === 0,
    characterSet: field.characterSet ?? 0,
    encoding: field.encoding ?? 'utf8',
  };
}

/**
 * Returns PEP 249's seven items of a column with the values of MySQLdb: lengths are in bytes, `display_size` is the
 * length of the longest value.
 */
export function describeColumn(column: Column, longest: number): Value[] {
  const { name, typeCode, length, decimals, nullable } = column;
  // MySQLdb converts the length to a C int, so that LONGBLOB's 2^32-1 becomes -1.
  const size = length | 0;
  return [name, typeCode, longest, size, size, decimals, nullable ? 1 : 0];
}
