import { SqlLexer, TOKEN, type TokenKind } from './sql-lexer.js';

/**
 * What a statement does to the transaction that it runs in, by its kind, whether it succeeds or not. `unknown`: a
 * procedure, for example, can commit.
 */
export type TransactionEffect = 'none' | 'ends' | 'unknown';

/** The first words of statements that neither begin nor end a transaction. Stored functions and triggers cannot. */
const NONE = new Set(
  (
    'select insert update delete replace with values table show desc describe do savepoint release prepare ' +
    'deallocate handler get'
  ).split(' '),
);

/**
 * Statements that begin or end a transaction, by their first words. They include all that commit implicitly:
 * https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html
 */
const ENDS = new RegExp(
  '^(?:begin(?: work)?$|commit\\b|rollback\\b|set password\\b|analyze (?:table|local|no_write_to_binlog)\\b|' +
    'load index |(?:start|xa|create|alter|drop|rename|truncate|grant|revoke|optimize|repair|check|flush|reset|lock|' +
    'unlock|cache|install|uninstall|change|stop|import|purge) )',
);

/** Those of them that do not, after all. */
const KEEPS = /^(?:create|drop) temporary table|^create or replace temporary table|^rollback (?:work )?to\b/;

/** The number of words that these patterns need. */
const HEAD_WORDS = 5;

/** Characters of a word that are read: keywords are shorter. */
const MAX_WORD = 1024;

/** The tokens that are read before other work has its turn. */
const TOKEN_STEPS = 1000;

/** Finds out what a statement does to its transaction, in steps. */
export function* transactionEffect(sql: string): Generator<void, TransactionEffect> {
  const lexer = new SqlLexer(sql);
  const head: string[] = [];
  let namesAutocommit = false;
  let unclear = false;
  let before = '';
  let tokens = 0;
  for (let kind = lexer.next(); kind !== TOKEN.END; kind = lexer.next()) {
    if (kind === TOKEN.PART || ++tokens % TOKEN_STEPS === 0) yield;
    if (kind === TOKEN.PART) continue;
    if (kind === TOKEN.UNCLEAR) {
      unclear = true;
      break;
    }
    const isSymbol = kind === TOKEN.SYMBOL;
    if (head.length < HEAD_WORDS && !(isSymbol && (lexer.symbol === '(' || lexer.symbol === ';'))) {
      head.push(isSymbol ? lexer.symbol : lexer.text.slice(0, MAX_WORD).toLowerCase());
    }
    if (head[0] === 'set') {
      // @`autocommit` is a user variable.
      namesAutocommit ||= before !== '@' && isAutocommit(kind, lexer);
      before = kind === TOKEN.VARIABLE ? lexer.text : '';
    }
  }
  const words = head.join(' ');
  if (namesAutocommit || (ENDS.test(words) && !KEEPS.test(words))) return 'ends';
  return !unclear && (NONE.has(head[0] ?? '') || KEEPS.test(words)) ? 'none' : 'unknown';
}

/** Whether a token is the system variable, however it is written. */
function isAutocommit(kind: TokenKind, lexer: SqlLexer): boolean {
  if (kind === TOKEN.WORD || kind === TOKEN.QUOTED) return /^[`"]?autocommit[`"]?$/i.test(lexer.text);
  return kind === TOKEN.VARIABLE && /^@@(?:.*\.)?`?autocommit`?$/i.test(lexer.text.slice(0, MAX_WORD));
}
