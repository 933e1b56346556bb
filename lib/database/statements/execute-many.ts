import type { Value } from '../../xmlrpc/value.js';
import { type Literal, QueryFormat } from './parameter-style.js';

/**
 * What MySQLdb (1.4 and later) sends with many rows at once: an INSERT or REPLACE whose VALUES are one group of nothing but
 * placeholders. The parts are what stands before the group, the group, and what stands behind it.
 */
const INSERT_VALUES =
  /^(\s*(?:INSERT|REPLACE)\b.+?\bVALUES?\s*)(\(\s*(?:%s|%\([^)]+\)s)\s*(?:,\s*(?:%s|%\([^)]+\)s)\s*)*\))(\s*ON\s+DUPLICATE\b.*)?$/is;

/** The bytes of a packet that are not the statement. */
const PACKET_OVERHEAD = 64;

/**
 * The statements that run `query` once for each row of arguments: an INSERT with as many rows as fit into a packet, any
 * other query with one.
 *
 * @param maxPacket MySQL's max_allowed_packet, in bytes
 * @throws {ProgrammingError} when placeholders and arguments do not match
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
  const room = maxPacket - PACKET_OVERHEAD;
  // The head and the tail are formats too: `%%` in them is a percent sign.
  const start = new QueryFormat(head).bind([], literal);
  const end = new QueryFormat(tail).bind([], literal);
  const format = new QueryFormat(group);
  const fixed = Buffer.byteLength(start) + Buffer.byteLength(end);
  let groups: string[] = [];
  let size = fixed;
  for (const row of rows) {
    const values = format.bind(row ?? [], literal);
    const bytes = Buffer.byteLength(values) + 1;
    if (groups.length > 0 && size + bytes > room) {
      yield start + groups.join(',') + end;
      groups = [];
      size = fixed;
    }
    groups.push(values);
    size += bytes;
  }
  if (groups.length > 0) yield start + groups.join(',') + end;
}
