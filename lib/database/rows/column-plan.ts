import { encodeMemberOpen } from '../../xmlrpc/text-encoding.js';
import type { ValueEncoding } from '../../xmlrpc/value-encoding.js';
import { type CellDecoder, cellDecoder } from './cell-decoder.js';
import type { Column } from './column.js';
import { columnFormat } from './column-format.js';
import { MAX_DOUBLE_LENGTH, MAX_FIXED_LENGTH, SHORTEST_DIGITS } from './numerals.js';
import type { ValueOptions } from './value-options.js';
import { Tag } from './xml-writer.js';

/** How the cells of a column are encoded. */
export enum Kind {
  /** UTF-8 text, which is checked. */
  Text,
  /** ASCII strings without characters to escape. */
  Copy,
  Integer,
  Double,
  /** Decoded to a value, and encoded like every value. */
  Value,
  /** The same; a long cell is encoded as it is. */
  Bytes,
}

/** The tags around a cell, including those of a struct's member. */
export interface Tags {
  readonly open: Tag;
  readonly close: Tag;
}

/** How the cells of a column are encoded. */
export interface ColumnPlan {
  readonly kind: Kind;
  /**
   * Around cells that are copied. `long` is for integers beyond 32 bits, `whole` for doubles that MySQL prints without
   * a point.
   */
  readonly tags: Tags;
  readonly long: Tags;
  readonly whole: Tags;
  /** Around a value of Kind.Value. */
  readonly member: Tags;
  readonly nil: Tag;
  readonly decode: CellDecoder;
  /** The maximum length of a double that is copied. */
  readonly maxLength: number;
}

export function planOf(
  column: Column,
  values: ValueOptions,
  encoding: ValueEncoding,
  name: string | undefined,
): ColumnPlan {
  const member = name === undefined ? ['', ''] : [encodeMemberOpen(name), '</member>'];
  const [memberOpen = '', memberClose = ''] = member;
  const within = (tag: string, end = '') =>
    tagsOf(`${memberOpen}<value><${tag}>`, `${end}</${tag}></value>${memberClose}`);
  const kind = kindOf(column, values);
  const nil = encoding.form.nulls === 'nil' ? '<value><nil></nil></value>' : '<value><string></string></value>';
  return {
    kind,
    tags: within(kind === Kind.Integer ? 'int' : kind === Kind.Double ? 'double' : 'string'),
    long: within(encoding.form.bigints === 'i8' ? 'i8' : 'string'),
    whole: within('double', '.0'),
    member: tagsOf(memberOpen, memberClose),
    nil: new Tag(memberOpen + nil + memberClose),
    decode: cellDecoder(column, values),
    maxLength: column.decimals < SHORTEST_DIGITS ? MAX_FIXED_LENGTH : MAX_DOUBLE_LENGTH,
  };
}

function kindOf(column: Column, values: ValueOptions): Kind {
  switch (columnFormat(column)) {
    case 'integer':
      return Kind.Integer;
    case 'double':
      return Kind.Double;
    case 'decimal':
      return values.decimals === 'string' ? Kind.Copy : Kind.Value;
    case 'date':
      return values.dates === 'string' ? Kind.Copy : Kind.Value;
    case 'utf8':
      return Kind.Text;
    case 'bytes':
      return Kind.Bytes;
    case 'encoded':
      return Kind.Value;
  }
}

export function tagsOf(open: string, close: string): Tags {
  return { open: new Tag(open), close: new Tag(close) };
}
