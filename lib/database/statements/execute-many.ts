import type { Value } from '../../xmlrpc/value.js';
import { packetTooLarge } from '../errors/mysql-error.js';
import { SqlLexer, TOKEN, type TokenKind } from '../sql/sql-lexer.js';
import type { SqlText } from '../sql/sql-text.js';
import { boundStatement, inSteps } from './bound-statement.js';
import { RowWriter } from './row-writer.js';
import { type SqlTarget, SqlWriter } from './sql-writer.js';

/** The parts of an INSERT or REPLACE whose VALUES can be repeated. */
interface InsertParts {
  readonly head: string;
  readonly group: string;
  readonly tail: string;
}

/** Which of the rows are sent. */
export interface RowsPart {
  /** The index of the first one. */
  readonly first?: number;
  /** Called with the number of rows of each statement before it is yielded. */
  readonly noteRows?: (count: number) => void;
}

/** Bytes of a packet that are not available to the statement. */
const PACKET_OVERHEAD = 64;

/** The maximum length of what follows the group, in characters. */
const MAX_TAIL = 64 * 1024;

/** The tokens that are read before other work has its turn. */
const TOKEN_STEPS = 1000;

/**
 * Yields the statements that run `query` once for each row of arguments: an INSERT has as many rows as fit into a
 * packet, any other query has one. Between them, it yields undefined wherever other work can have its turn.
 *
 * @param target A query that has more characters than its packets have bytes is not read.
 * @throws {ProgrammingError} if placeholders and arguments do not match
 * @throws {MysqlError} 1153 if the query, or the statement for a row, is too long
 */
export function* statementsFor(
  query: string,
  rows: readonly Value[],
  target: SqlTarget,
  { first = 0, noteRows = () => {} }: RowsPart = {},
): Generator<SqlText | undefined, void> {
  if (query.length > target.maxAllowedPacket) throw packetTooLarge();
  const parts = yield* insertParts(query);
  if (parts !== undefined) {
    yield* insertsFor(parts, rows, target, { first, noteRows });
    return;
  }
  for (let row = first; row < rows.length; row++) {
    const sql = yield* statementFor(query, rows, row, target);
    noteRows(1);
    yield sql;
  }
}

function* statementFor(
  query: string,
  rows: readonly Value[],
  row: number,
  target: SqlTarget,
): Generator<undefined, SqlText> {
  target.memory?.begin();
  return yield* inSteps(boundStatement(query, rows[row] ?? [], { row }), target);
}

function* insertsFor(
  { head, group, tail }: InsertParts,
  rows: readonly Value[],
  target: SqlTarget,
  { first, noteRows }: Required<RowsPart>,
): Generator<SqlText | undefined, void> {
  const { maxAllowedPacket: maxPacket, form = 'typed' } = target;
  const maxBytes = maxPacket - PACKET_OVERHEAD;
  // `%%` is a percent sign in the head and the tail too.
  const start = yield* measured(yield* inSteps(boundStatement(head, []), target));
  const end = yield* measured(yield* inSteps(boundStatement(tail, []), target));
  const writer = new RowWriter(group, target);
  let example: string | undefined;
  let out: SqlWriter | undefined;
  let size = 0;
  let count = 0;
  let triesBytes = target.triesBytes === true && form === 'typed';
  let isAlone = false;
  for (let row = first; row < rows.length; row++) {
    const text = writer.atOnce(rows[row]) ?? (yield* writer.inSteps(rows[row] ?? [], row));
    const wasAlone = isAlone;
    isAlone = triesBytes && text.hasForms;
    if (isAlone) triesBytes = false;
    if (out !== undefined && (isAlone || wasAlone || size + text.bytes + 1 > maxBytes)) {
      out.append(end);
      noteRows(count);
      yield out.finish(example);
      out = undefined;
      count = 0;
    }
    if (out === undefined) {
      target.memory?.begin();
      out = new SqlWriter({ ...target, maxAllowedPacket: Number.POSITIVE_INFINITY });
      out.append(start);
      if (writer.isExemplary) example = start.text + text.text + end.text;
      size = start.bytes + end.bytes;
    } else {
      out.add(',');
    }
    out.append(text);
    size += text.bytes + 1;
    count++;
  }
  if (out === undefined) return;
  out.append(end);
  noteRows(count);
  yield out.finish(example);
}

/** Returns a text whose length is known. */
function* measured(text: SqlText): Generator<undefined, SqlText> {
  if (text.isLong) yield* text.measure(Number.POSITIVE_INFINITY);
  return text;
}

/**
 * Splits a statement that MySQLdb sends with many rows at once: an INSERT or REPLACE with one group of VALUES, in which
 * placeholders can be in functions, as in MySQLdb 1.2. Only ON DUPLICATE KEY may follow. Undefined for all others, and
 * for a group with a query, which would not see the rows before it.
 */
function* insertParts(query: string): Generator<undefined, InsertParts | undefined> {
  const lexer = new SqlLexer(query);
  if (lexer.next() !== TOKEN.WORD || !isOne(lexer, 'insert', 'replace')) return undefined;
  let depth = 0;
  let afterValues = false;
  let tokens = 0;
  for (let kind = lexer.next(); kind !== TOKEN.END; kind = lexer.next()) {
    if (kind === TOKEN.UNCLEAR) return undefined;
    if (kind === TOKEN.PART || ++tokens % TOKEN_STEPS === 0) yield;
    if (kind === TOKEN.PART) continue;
    const symbol = kind === TOKEN.SYMBOL ? lexer.symbol : '';
    if (symbol === '(') {
      if (afterValues) return yield* splitAt(query, lexer);
      depth++;
    } else if (symbol === ')') {
      depth--;
    } else if (symbol === '%') {
      // A placeholder in the head, which would be repeated.
      if (query[lexer.end] !== '%') return undefined;
      lexer.next();
    }
    afterValues = kind === TOKEN.WORD && depth === 0 && isOne(lexer, 'value', 'values');
  }
  return undefined;
}

/** @param lexer at the parenthesis that opens the group */
function* splitAt(query: string, lexer: SqlLexer): Generator<undefined, InsertParts | undefined> {
  const { start } = lexer;
  let placeholders = 0;
  let tokens = 0;
  for (let depth = 1; depth > 0; ) {
    const kind: TokenKind = lexer.next();
    if (kind === TOKEN.PART || ++tokens % TOKEN_STEPS === 0) yield;
    if (kind === TOKEN.PART) continue;
    if (kind === TOKEN.END || kind === TOKEN.UNCLEAR) return undefined;
    if (kind === TOKEN.WORD && isOne(lexer, 'select')) return undefined;
    const symbol = kind === TOKEN.SYMBOL ? lexer.symbol : '';
    if (symbol === '(') depth++;
    else if (symbol === ')') depth--;
    else if (symbol === '%' && query[lexer.end] !== '%') placeholders++;
    else if (symbol === '%') lexer.next();
  }
  if (placeholders === 0 || query.length - lexer.end > MAX_TAIL) return undefined;
  const tail = query.slice(lexer.end).trimEnd().replace(/;$/, '');
  if (!ON_DUPLICATE.test(tail) || PLACEHOLDER.test(tail.replaceAll('%%', ''))) return undefined;
  return { head: query.slice(0, start), group: query.slice(start, lexer.end), tail: tail.trimEnd() };
}

/** Whether the token is one of some keywords, in lower case. */
function isOne(lexer: SqlLexer, ...words: readonly string[]): boolean {
  return lexer.end - lexer.start <= MAX_KEYWORD && words.includes(lexer.text.toLowerCase());
}

/** Characters. */
const MAX_KEYWORD = 8;

/** What may follow the group. MySQL 8 can name the new row. */
const ON_DUPLICATE = /^\s*$|^\s*(?:AS\b[^%]*?\s)?ON\s+DUPLICATE\b/i;

const PLACEHOLDER = /%/;
