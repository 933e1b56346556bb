import type { Value } from '../../xmlrpc/value.js';
import { type Literal, QueryFormat } from './parameter-style.js';

/**
 * The statements that MySQLdb (1.4 and later) sends with many rows at once: INSERT or REPLACE with one group of VALUES
 * that has only placeholders. The capture groups are the text before the group, the group, and the text after it.
 */
const INSERT_VALUES = new RegExp(
  String.raw`^(\s*(?:INSERT|REPLACE)\b.+?\bVALUES?\s*)` +
    String.raw`(\(\s*(?:%s|%\([^)]+\)s)\s*(?:,\s*(?:%s|%\([^)]+\)s)\s*)*\))` +
    String.raw`(\s*ON\s+DUPLICATE\b.*)?$`,
  'is',
);

/** Bytes of a packet that are not available to the statement. */
const PACKET_OVERHEAD = 64;

/**
 * Yields the statements that run `query` once for each row of arguments: an INSERT has as many rows as fit into a
 * packet, any other query has one.
 *
 * @param maxPacket MySQL's max_allowed_packet, in bytes
 * @throws {ProgrammingError} if placeholders and arguments do not match
 */
export function* statementsFor(
  query: string,
  rows: readonly Value[],
  literal: Literal,
  maxPacket: number,
): Generator<string> {
  const parts = INSERT_VALUES.exec(query.trimEnd().replace(/;$/, '').trimEnd());
  if (parts === null) {
    const format = new QueryFormat(query);
    for (const row of rows) yield format.bind(row ?? [], literal);
    return;
  }
  const [, head = '', group = '', tail = ''] = parts;
  const maxBytes = maxPacket - PACKET_OVERHEAD;
  // `%%` is a percent sign in the head and the tail too.
  const start = new QueryFormat(head).bind([], literal);
  const end = new QueryFormat(tail).bind([], literal);
  const format = new QueryFormat(group);
  const fixed = Buffer.byteLength(start) + Buffer.byteLength(end);
  let groups: string[] = [];
  let size = fixed;
  for (const row of rows) {
    const values = format.bind(row ?? [], literal);
    const bytes = Buffer.byteLength(values) + 1;
    if (groups.length > 0 && size + bytes > maxBytes) {
      yield start + groups.join(',') + end;
      groups = [];
      size = fixed;
    }
    groups.push(values);
    size += bytes;
  }
  if (groups.length > 0) yield start + groups.join(',') + end;
}
