import { isUtf8 as isValidUtf8 } from 'node:buffer';
import type { Value } from '../../xmlrpc/value.js';
import { cellEnd, lengthSize } from './row-packet.js';
import { textDecoder } from './text-decoder.js';

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

/** A packet of MySQL's protocol: `buffer` between two offsets. */
interface PacketBytes {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
}

/** What a definition has behind its names, and behind what MariaDB may add to them, in bytes. */
const FIXED = 12;

/**
 * Reads a column's definition, whatever its character set is:
 * https://mariadb.com/kb/en/result-set-packets/#column-definition-packet
 *
 * @param encodings mysql2's names of encodings, by the numbers of collations
 */
export function columnOf({ buffer, offset, end }: PacketBytes, encodings: readonly (string | undefined)[]): Column {
  // Behind the catalog and the schema. Between the two is the table's own name.
  const table = cellEnd(buffer, cellEnd(buffer, offset));
  const tableEnd = cellEnd(buffer, table);
  const name = cellEnd(buffer, tableEnd);
  const nameStart = name + lengthSize(buffer, name);
  const nameEnd = cellEnd(buffer, name);
  const fixed = end - FIXED;
  const characterSet = buffer.readUInt16LE(fixed);
  let encoding = encodingOf(encodings[characterSet], characterSet);
  if (encoding === 'binary') encoding = wideEncodingOf(buffer, nameStart, nameEnd) ?? encoding;
  return {
    name: nameOf(buffer, nameStart, nameEnd, encoding),
    table: nameOf(buffer, table + lengthSize(buffer, table), tableEnd, encoding),
    typeCode: buffer[fixed + 6] ?? 0,
    length: buffer.readUInt32LE(fixed + 2),
    decimals: buffer[fixed + 9] ?? 0,
    nullable: (buffer.readUInt16LE(fixed + 7) & FLAG_NOT_NULL) === 0,
    characterSet,
    encoding,
  };
}

/** The collations of MariaDB that mysql2 does not know have numbers in groups of 32. Other new ones are of UTF-8. */
const GROUPS: ReadonlyMap<number, string> = new Map([
  [640 / 32, 'ucs2'],
  [672 / 32, 'utf16'],
  [736 / 32, 'utf32'],
]);

/** Encodings without ASCII. If the results are in one, so is everything but bytes. */
const WIDE = new Set(['ucs2', 'utf16', 'utf16-le', 'utf32']);

export function isWide(encoding: string): boolean {
  return WIDE.has(encoding);
}

/** @param known mysql2's name, which is another one for MySQL's utf8mb3 */
function encodingOf(known: string | undefined, characterSet: number): string {
  const encoding = known ?? GROUPS.get(characterSet >> 5) ?? 'utf8';
  return encoding === 'cesu8' || encoding === 'utf-8' ? 'utf8' : encoding;
}

/** The encoding of a name if it is one without ASCII: in others, no name has a byte 0. */
function wideEncodingOf(buffer: Buffer, start: number, end: number): string | undefined {
  for (let at = start; at < end; at++) {
    if (buffer[at] !== 0) continue;
    if (at > start) return 'utf16-le';
    return buffer[start + 1] === 0 ? 'utf32' : 'utf16';
  }
  return undefined;
}

/**
 * A name is in the character set of the results, as text is: `encoding`. If the client has asked for text in its own
 * character set, names are in UTF-8.
 */
function nameOf(buffer: Buffer, start: number, end: number, encoding: string): string {
  if (start === end) return '';
  if (encoding === 'utf8' || encoding === 'binary') return buffer.toString('utf8', start, end);
  const name = buffer.subarray(start, end);
  const isUtf8 = isValidUtf8(name) && !name.includes(0);
  return (isUtf8 ? undefined : textDecoder(encoding)(name)) ?? name.toString('utf8');
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
