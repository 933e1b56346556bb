import { isUtf8 } from 'node:buffer';
import { MysqlError } from '../errors/mysql-error.js';
import { classify } from '../pinning/classify.js';
import { SqlLexer, TOKEN } from '../sql/sql-lexer.js';
import type { SqlText } from '../sql/sql-text.js';

/**
 * How bytes are written, and text that NO_BACKSLASH_ESCAPES makes difficult:
 *
 * - `typed`: with an introducer, or as an expression. Bytes are not converted, and have no character set.
 * - `text`: the same, but bytes in UTF-8 are text: MySQL makes no JSON of binary strings.
 * - `quoted`: in quotes and nothing else, which SQL requires in some places, such as `COMMENT %s`. What bytes mean then
 *   depends on the character sets, as in MySQLdb.
 */
export type LiteralForm = 'typed' | 'text' | 'quoted';

/** MySQL's functions of JSON make base64 of binary strings, without an error. */
const JSON_FUNCTION = /\bjson_\w+\s*\(/i;

/** Calls of procedures, and what sets the variables of their arguments as MySQLdb does. */
const PROCEDURE_CALL = /^\s*(?:call\b|set @`_)/i;

/**
 * Returns the form in which a statement has to be written that has been written in another one. The parameters of a
 * procedure have types: those of JSON accept no binary strings, and for those of bytes it makes no difference.
 */
export function formOf(sql: SqlText, form: LiteralForm): LiteralForm {
  if (form !== 'typed' || !sql.hasForms) return form;
  const text = sql.text.slice(0, MAX_READ);
  return JSON_FUNCTION.test(text) || PROCEDURE_CALL.test(text) ? 'text' : form;
}

const ER_PARSE_ERROR = 1064;

/** What MySQL says of bytes where it needs text: in ESCAPE, with COLLATE, as JSON and as regular expressions. */
const NEEDS_TEXT = new Set([1210, 1253, 3144, 3995]);

/** What MySQL says of bytes that it cannot convert to text, with which it compares them. In quotes, they are such. */
const NEEDS_QUOTES = new Set([1300, 3854]);

/** What MySQL's message quotes if it has not expected such a literal: the statement from there on. */
const UNEXPECTED = /'(?:_binary|_utf8mb4|x'|CONCAT\(|LEFT\('\\)/;

/** What text is written with that ends in a backslash. MySQL can read `CONCAT` in front of it as a name. */
const EXPRESSION = "LEFT('\\\\', 1)";

/** Statements that run others, whose errors they have. */
const RUNS_OTHERS = new Set(['call', 'execute', 'begin', 'declare', 'if', 'case', 'for', 'while', 'loop', 'repeat']);

/** Statements that fail before they have changed anything, if a literal is not as it should be. */
const FAILS_FIRST = new Set(['select', 'with', 'values', 'insert', 'update', 'delete', 'replace']);

/** Several rows of VALUES: those before the wrong literal may have been stored. */
const SEVERAL_ROWS = /\)\s*,\s*\(/;

/**
 * Whether a statement has surely run nothing, if it has failed because of a literal: it does not run stored code, set
 * variables or the like, and has one row of values at most.
 */
function hasRunNothing(sql: SqlText, word: string): boolean {
  if (sql.text.length > MAX_READ || !FAILS_FIRST.has(word) || SEVERAL_ROWS.test(sql.text)) return false;
  return classify(sql.text).pinReason === undefined;
}

/**
 * Returns the form in which a statement may succeed that has failed in another one; undefined if there is none, or if
 * something of the statement may have run.
 */
export function formAfter(error: unknown, sql: SqlText, form: LiteralForm): LiteralForm | undefined {
  if (!(error instanceof MysqlError) || !sql.hasForms || form === 'quoted') return undefined;
  const word = firstWord(sql.text);
  if (error.errno === ER_PARSE_ERROR) {
    const isLiteral = UNEXPECTED.test(error.message) || (/ near /.test(error.message) && sql.text.includes(EXPRESSION));
    return isLiteral && !RUNS_OTHERS.has(word) ? 'quoted' : undefined;
  }
  if (!hasRunNothing(sql, word)) return undefined;
  if (NEEDS_QUOTES.has(error.errno)) return 'quoted';
  return form === 'typed' && NEEDS_TEXT.has(error.errno) ? 'text' : undefined;
}

/** Characters of a statement that are read. */
const MAX_READ = 64 * 1024;

/** The first word of a statement, in lower case; '' if there is none. */
function firstWord(sql: string): string {
  const lexer = new SqlLexer(sql.slice(0, MAX_READ));
  let kind = lexer.next();
  while (kind === TOKEN.SYMBOL && lexer.symbol === '(') kind = lexer.next();
  return kind === TOKEN.WORD ? lexer.text.toLowerCase() : '';
}

/** A word in front of a literal that says its character set, and what may be an unfinished one, such as `N` or `x`. */
const INTRODUCER = /(?:^|[^\w$@.`\u0080-\uffff])(_\w+)\s+$/;
const UNFINISHED = /[\w$\u0080-\uffff]$/;

/** Characters in front of a literal that are read. */
export const BEFORE = 64;

/** What bytes are written with. */
export interface BytesForm {
  /** In front of the quote. */
  readonly introducer: string;
  /** They can be in hexadecimal. */
  readonly canBeHex: boolean;
  /** MySQL converts them as text. */
  readonly isText: boolean;
}

const INTRODUCED_BINARY: BytesForm = { introducer: '', canBeHex: true, isText: false };
/** In hexadecimal, MySQL would check them. */
const INTRODUCED: BytesForm = { introducer: '', canBeHex: false, isText: false };
const QUOTED: BytesForm = { introducer: '', canBeHex: false, isText: true };
const TYPED: BytesForm = { introducer: '_binary', canBeHex: true, isText: false };
const TEXT: BytesForm = { introducer: '_utf8mb4', canBeHex: true, isText: false };

/** @param before the last characters in front of the literal */
export function bytesForm(bytes: Uint8Array, form: LiteralForm, before: string): BytesForm {
  const introducer = INTRODUCER.exec(before)?.[1]?.toLowerCase();
  if (introducer !== undefined) return introducer === '_binary' ? INTRODUCED_BINARY : INTRODUCED;
  if (form === 'quoted' || UNFINISHED.test(before)) return QUOTED;
  return form === 'text' && isUtf8(bytes) ? TEXT : TYPED;
}
