import { SqlLexer, TOKEN } from './sql-lexer.js';

/** The operations by the keyword that a statement begins with. All other statements are `other`. */
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ...['select', 'insert', 'update', 'delete', 'replace', 'call'].map((word) => [word, word] as const),
  ...['commit', 'rollback', 'set', 'show'].map((word) => [word, word] as const),
  ['values', 'select'],
  ['table', 'select'],
  ['begin', 'begin'],
  ['start', 'begin'],
  ...['create', 'alter', 'drop', 'rename', 'truncate'].map((word) => [word, 'ddl'] as const),
]);

const OTHER = 'other';

/** All values of `statementOperation`. */
export const STATEMENT_OPERATIONS: ReadonlySet<string> = new Set([...OPERATIONS.values(), OTHER]);

/** How much of a statement is read, in characters. */
const MAX_READ = 4096;

/**
 * Returns what a statement does, by its first keyword, or for `WITH` by the first one behind its parentheses. It is one
 * of few values, whatever a client sends, and takes the same time for a statement of any length.
 */
export function statementOperation(sql: string): string {
  const lexer = new SqlLexer(sql.length > MAX_READ ? sql.slice(0, MAX_READ) : sql);
  let kind = lexer.next();
  // A query can be in parentheses.
  while (kind === TOKEN.SYMBOL && lexer.symbol === '(') kind = lexer.next();
  if (kind !== TOKEN.WORD) return OTHER;
  const word = lexer.text.toLowerCase();
  return word === 'with' ? operationOfWith(lexer) : (OPERATIONS.get(word) ?? OTHER);
}

/** The statements that can follow the common table expressions of `WITH`. These words are reserved. */
const WITH_OPERATIONS = new Set(['select', 'insert', 'update', 'delete', 'replace']);

function operationOfWith(lexer: SqlLexer): string {
  let depth = 0;
  for (let kind = lexer.next(); kind !== TOKEN.END && kind !== TOKEN.UNCLEAR; kind = lexer.next()) {
    if (lexer.symbol === '(') depth++;
    else if (lexer.symbol === ')') depth--;
    else if (depth === 0 && kind === TOKEN.WORD) {
      const word = lexer.text.toLowerCase();
      if (WITH_OPERATIONS.has(word)) return word;
    }
  }
  return OTHER;
}
