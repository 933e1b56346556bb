import type { FieldPacket } from 'mysql2';
import type { Value } from '../../xmlrpc/value.js';

const FLAG_NOT_NULL = 1;

/** A column of a result set: what MySQL says of it. */
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
  /** mysql2's name for the encoding of the character set. */
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
 * PEP 249's seven items of a column, as MySQLdb fills them: lengths in bytes, `display_size` the longest value there is.
 */
export function describeColumn(column: Column, longest: number): Value[] {
  const { name, typeCode, length, decimals, nullable } = column;
  // MySQLdb reads the length as a C int, so LONGBLOB's 2^32-1 shows as -1.
  const size = length | 0;
  return [name, typeCode, longest, size, size, decimals, nullable ? 1 : 0];
}
