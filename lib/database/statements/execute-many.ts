import type { Value } from '../../xmlrpc/value.js';
import { SqlLexer, TOKEN } from '../pinning/sql-lexer.js';
import { type Literal, QueryFormat } from './parameter-style.js';

/** The parts of an INSERT or REPLACE whose VALUES can be repeated. */
interface InsertParts {
  readonly head: string;
  readonly group: string;
  readonly tail: string;
}

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
  const parts = insertParts(query);
  if (parts === undefined) {
    const format = new QueryFormat(query);
    for (const row of rows) yield format.bind(row ?? [], literal, maxPacket);
    return;
  }
  const { head, group, tail } = parts;
  const maxBytes = maxPacket - PACKET_OVERHEAD;
  // `%%` is a percent sign in the head and the tail too.
  const start = new QueryFormat(head).bind([], literal);
  const end = new QueryFormat(tail).bind([], literal);
  const format = new QueryFormat(group);
  const fixed = Buffer.byteLength(start) + Buffer.byteLength(end);
  let groups: string[] = [];
  let size = fixed;
  for (const row of rows) {
    const values = format.bind(row ?? [], literal, maxPacket);
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

/**
 * Splits a statement that MySQLdb sends with many rows at once: an INSERT or REPLACE with one group of VALUES, in which
 * placeholders can be in functions, as in MySQLdb 1.2. Only ON DUPLICATE KEY may follow. Undefined for all others, and
 * for a group with a query, which would not see the rows before it.
 */
function insertParts(query: string): InsertParts | undefined {
  const lexer = new SqlLexer(query);
  if (lexer.next() !== TOKEN.WORD || !/^(?:insert|replace)$/i.test(lexer.text)) return undefined;
  let depth = 0;
  let afterValues = false;
  for (let kind = lexer.next(); kind !== TOKEN.END; kind = lexer.next()) {
    if (kind === TOKEN.UNCLEAR) return undefined;
    const symbol = kind === TOKEN.SYMBOL ? lexer.symbol : '';
    if (symbol === '(') {
      if (afterValues) return splitAt(query, lexer);
      depth++;
    } else if (symbol === ')') {
      depth--;
    } else if (symbol === '%') {
      // A placeholder in the head, which would be repeated.
      if (query[lexer.end] !== '%') return undefined;
      lexer.next();
    }
    afterValues = kind === TOKEN.WORD && depth === 0 && /^values?$/i.test(lexer.text);
  }
  return undefined;
}

/** @param lexer at the parenthesis that opens the group */
function splitAt(query: string, lexer: SqlLexer): InsertParts | undefined {
  const { start } = lexer;
  let placeholders = 0;
  for (let depth = 1; depth > 0; ) {
    const kind = lexer.next();
    if (kind === TOKEN.END || kind === TOKEN.UNCLEAR) return undefined;
    if (kind === TOKEN.WORD && /^select$/i.test(lexer.text)) return undefined;
    const symbol = kind === TOKEN.SYMBOL ? lexer.symbol : '';
    if (symbol === '(') depth++;
    else if (symbol === ')') depth--;
    else if (symbol === '%' && query[lexer.end] !== '%') placeholders++;
    else if (symbol === '%') lexer.next();
  }
  const tail = query.slice(lexer.end).trimEnd().replace(/;$/, '');
  if (placeholders === 0 || !ON_DUPLICATE.test(tail) || PLACEHOLDER.test(tail.replaceAll('%%', ''))) return undefined;
  return { head: query.slice(0, start), group: query.slice(start, lexer.end), tail: tail.trimEnd() };
}

/** What may follow the group. MySQL 8 can name the new row. */
const ON_DUPLICATE = /^\s*$|^\s*(?:AS\b[^%]*?\s)?ON\s+DUPLICATE\b/i;

const PLACEHOLDER = /%/;
