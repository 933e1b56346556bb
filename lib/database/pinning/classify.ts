import { atOnce } from '../../turns/turns.js';
import { foldName, LIKE_NUMBER, SqlLexer, TOKEN, type TokenKind } from '../sql/sql-lexer.js';
import { addUnreadWords, MAX_WORD } from '../sql/unread-words.js';
import { type Classification, type FoundRowsEffect, KEEPS_STATE } from './classification.js';
import { ddlClassification } from './ddl.js';
import { executedReads } from './executed-text.js';
import type { PinReason } from './pin-reason.js';
import { refusalsOf } from './refused-statements.js';
import { settingsOf } from './settings-reader.js';
import { showReads } from './show-statements.js';
import { STATE, STATE_FUNCTIONS, STATE_WORDS, type StateSet, tableReads } from './state-set.js';
import { STATELESS_FUNCTIONS } from './stateless-functions.js';
import {
  CHANGES,
  DDL,
  HIDING,
  INSERT_MODIFIERS,
  KEEP_IDS_AND_ROWS,
  KEEPS_SCHEMA,
  LOCK_FUNCTIONS,
  QUERIES,
  RESERVED,
  SEQUENCE_WORDS,
  STATEMENTS,
} from './statement-words.js';
import { VariableReader } from './system-variables.js';

export type { Classification };

/**
 * A statement with more words and quoted names pins, and the rest is not read: reading more would stop other sessions
 * noticeably.
 */
const MAX_NAMES = 100_000;

/** Transactions that MySQL reports completely. */
const TRANSACTION = /^(?:begin|commit|rollback)(?: work)?$|^start transaction$/;

/** Statements about a transaction that leave nothing behind it. */
const IN_TRANSACTION =
  /^(?:savepoint|release savepoint|rollback (?:work )?to|start transaction|(?:commit|rollback) (?:work )?and chain)\b/;

/** In a SET that changes how statements are read. */
const OF_CHARSETS = /char|names|collat|sql_mode/i;

/** The number of words that these patterns need. */
const HEAD_WORDS = 4;

/** Of a word such as `1e5from`. */
const BEGINS_WITH_NUMBER = /^\d+(?:e\d+)?(?=.)/;

/** A longer text in quotes is no name. A quote in a name is doubled. */
const MAX_QUOTED = 2 + 2 * 64;

/** The tokens that are read before other work has its turn. */
const STEP = 1000;

/**
 * Classifies a statement by its tokens, with its arguments in place. What it does not recognise pins.
 *
 * @param schema of USE: its names count too
 */
export function classify(sql: string, schema?: string): Classification {
  return atOnce(classification(sql, schema));
}

/** Classifies a statement of any length in steps. */
export function classification(sql: string, schema?: string): Generator<void, Classification> {
  const classifier = new Classifier(sql);
  if (schema !== undefined) classifier.addName(schema);
  return classifier.steps();
}

class Classifier {
  readonly #lexer: SqlLexer;
  /** The first words, and all others, in lower case. */
  readonly #head: string[] = [];
  readonly #words = new Set<string>();
  readonly #quoted: string[] = [];
  #reads: StateSet = STATE.none;
  #nameCount = 0;
  /** It contains `:=`, which MySQL can evaluate while it resolves names. */
  #assigns = false;
  readonly #variables = new VariableReader();
  #lastString = '';
  #reason: PinReason | undefined;
  #mayHideCharset = false;
  #setsInsertId = false;
  #only = true;
  /** It has not been read to its end. */
  #isUnread = false;
  /** The token before. */
  #last: TokenKind = TOKEN.END;
  #lastText = '';
  /** The token before was written behind a point. */
  #qualified = false;
  /** It was named directly behind FROM, outside all parentheses. */
  #isTable = false;
  /** The table of an INSERT is being named: a parenthesis behind it has its columns. */
  #inTarget = false;
  /** The number of open parentheses. */
  #depth = 0;
  #usesTable = false;
  /** VALUES stands in parentheses: it may be a query. */
  #hasInnerValues = false;

  constructor(readonly sql: string) {
    this.#lexer = new SqlLexer(sql);
  }

  addName(name: string): void {
    this.#quoted.push(foldName(name));
  }

  *steps(): Generator<void, Classification> {
    while (this.#readSome()) yield;
    const classification = this.#known() ?? (yield* this.#pinned(this.#reason ?? 'unknown statement'));
    for (const name of this.#quoted) this.#words.add(name);
    const reads = tableReads(classification.names);
    return reads === STATE.none ? classification : { ...classification, reads: classification.reads | reads };
  }

  /** @returns false at the end */
  #readSome(): boolean {
    for (let tokens = 0; tokens < STEP; tokens++) {
      const kind = this.#lexer.next();
      if (kind === TOKEN.END) return false;
      if (kind === TOKEN.PART) return true;
      if (kind === TOKEN.UNCLEAR || this.#nameCount > MAX_NAMES) {
        this.#pin('unknown statement');
        this.#only = false;
        this.#isUnread = true;
        return false;
      }
      this.#token(kind);
    }
    return true;
  }

  #token(kind: TokenKind): void {
    if (this.#lastText === ';') {
      this.#only = false;
      this.#pin('unknown statement');
    }
    if (this.#variables.isIncomplete) this.#continueVariable(kind);
    const isTable = this.#depth === 0 && this.#lastText === 'from' && !this.#qualified;
    let text = '';
    if (kind === TOKEN.SYMBOL) text = this.#symbol(this.#lexer.symbol);
    else if (kind === TOKEN.WORD) text = this.#word(this.#lexer.text);
    else if (kind === TOKEN.QUOTED) this.#name(this.#lexer.text);
    else if (kind === TOKEN.VARIABLE) this.#variable(this.#lexer.text.slice(0, MAX_WORD).toLowerCase());
    else if (kind === TOKEN.NUMBER && this.#lastText === '.') this.#words.add(LIKE_NUMBER);
    if (kind === TOKEN.STRING || kind === TOKEN.QUOTED) this.#addToHead("''");
    if (kind === TOKEN.STRING && this.#head[0] === 'show') this.#lastString = this.#lexer.text.slice(1, -1);
    else if (kind === TOKEN.NUMBER) this.#addToHead(this.#lexer.text.slice(0, MAX_WORD));
    this.#isTable = isTable && (kind === TOKEN.QUOTED || (kind === TOKEN.WORD && text !== 'dual'));
    this.#usesTable ||= this.#isTable;
    this.#qualified = this.#lastText === '.';
    this.#last = kind;
    this.#lastText = text;
  }

  #symbol(symbol: string): string {
    if (symbol === '(') this.#open();
    else if (symbol === ')') this.#depth--;
    else if (symbol !== ';') this.#addToHead(symbol);
    if (symbol === '=' && this.#lastText === ':') {
      this.#assigns = true;
      this.#pin('user variable');
    }
    if (symbol !== '.') this.#inTarget = false;
    return symbol;
  }

  #word(text: string): string {
    if (text.length > MAX_WORD) {
      this.#noteTarget('');
      this.#addToHead('');
      return '';
    }
    const word = text.toLowerCase();
    const name = foldName(word);
    if (name !== LIKE_NUMBER || this.#lastText === '.') this.#words.add(name);
    if (this.#lastText === '.' && RESERVED.has(name)) this.#quoted.push(name);
    if (name !== LIKE_NUMBER) this.#nameCount++;
    if (BEGINS_WITH_NUMBER.test(name)) this.#words.add(name.replace(BEGINS_WITH_NUMBER, ''));
    if (this.#head.length === 0) this.#inTarget = word === 'insert' || word === 'replace';
    else this.#noteTarget(word);
    if (word === 'values' && this.#depth > 0) this.#hasInnerValues = true;
    this.#addToHead(word);
    if (SEQUENCE_WORDS.has(word)) this.#pin('sequence');
    else if (word === 'outfile' || word === 'dumpfile') this.#pin('file');
    return word;
  }

  /** @param text with its quotes */
  #name(text: string): void {
    this.#nameCount++;
    this.#noteTarget('');
    if (text.length > MAX_QUOTED) return;
    const quote = text.charAt(0);
    const name = foldName(text.slice(1, -1).replaceAll(quote + quote, quote));
    this.#quoted.push(name);
    if (this.#lastText === '.' && SEQUENCE_WORDS.has(name)) this.#pin('sequence');
  }

  /** Behind the table of an INSERT, another word is not a part of it. */
  #noteTarget(word: string): void {
    if (!this.#inTarget || INSERT_MODIFIERS.has(word) || this.#lastText === '.') return;
    this.#inTarget = this.#head.length === 1 || INSERT_MODIFIERS.has(this.#lastText);
  }

  #addToHead(text: string): void {
    if (this.#head.length < HEAD_WORDS) this.#head.push(text);
  }

  #variable(text: string): void {
    this.#addToHead(text);
    if (!this.#variables.begin(text)) this.#pin('system variable');
  }

  /** The name of a system variable goes on in this token, or not. */
  #continueVariable(kind: TokenKind): void {
    const text = kind === TOKEN.SYMBOL ? this.#lexer.symbol : this.#lexer.text.slice(0, MAX_WORD);
    const name = kind === TOKEN.QUOTED ? foldName(text.slice(1, -1)) : text.toLowerCase();
    if (!this.#variables.continue(kind, name)) this.#pin('system variable');
  }

  /** An opening parenthesis: a call, if there is a name before. */
  #open(): void {
    this.#depth++;
    // A function that returns a table.
    if (this.#isTable) this.#usesTable = false;
    if (this.#inTarget || (this.#last !== TOKEN.QUOTED && this.#last !== TOKEN.WORD)) return;
    const name = this.#last === TOKEN.QUOTED || this.#qualified ? undefined : this.#lastText;
    const item = name === undefined ? undefined : STATE_FUNCTIONS.get(name);
    if (item !== undefined) {
      this.#reads |= item;
      if (item === STATE.insertId) this.#setsInsertId = true;
    } else if (name === undefined || !STATELESS_FUNCTIONS.has(name)) {
      this.#pin(LOCK_FUNCTIONS.has(name ?? '') ? 'lock' : 'unknown function');
    }
  }

  #pin(reason: PinReason): void {
    this.#reason ??= reason;
    this.#mayHideCharset ||= HIDING.has(reason);
  }

  /** Undefined if it pins. */
  #known(): Classification | undefined {
    const head = this.#head.join(' ');
    const [first = ''] = this.#head;
    this.#reads |= this.#variables.reads;
    if (this.#variables.isIncomplete) this.#pin('system variable');
    if (this.#only && TRANSACTION.test(head)) return KEEPS_STATE;
    const settings = this.#only && (first === 'set' || first === 'use') ? settingsOf(this.sql) : undefined;
    if (settings) return { ...KEEPS_STATE, settings, mayHideCharset: OF_CHARSETS.test(this.sql) };
    if (DDL.has(first)) return this.#ddl();
    // Only INTO and := set variables.
    if (this.#variables.namesUser && !CHANGES.has(first) && this.#hasWord('into')) this.#pin('user variable');
    if (first === 'show') return this.#show(head);
    if (!QUERIES.has(first) && !CHANGES.has(first)) this.#reason = STATEMENTS.get(first) ?? 'unknown statement';
    return this.#reason === undefined ? this.#stateless(first) : undefined;
  }

  #show(head: string): Classification | undefined {
    const reads = this.#only && this.#reason === undefined ? showReads(head, this.#lastString) : undefined;
    if (reads === undefined) {
      this.#reason ??= 'unknown statement';
      return undefined;
    }
    this.#reads |= reads;
    return reads === STATE.diagnostics ? { ...KEEPS_STATE, reads: this.#reads } : this.#stateless('show');
  }

  /** Undefined if it pins. */
  #ddl(): Classification | undefined {
    this.#reason = 'DDL';
    return ddlClassification(this.sql, this.#words, this.#isUnread ? undefined : this.#changedNames);
  }

  #stateless(first: string): Classification {
    const changesRows = CHANGES.has(first) || (first === 'with' && this.#hasWord('insert', 'update', 'delete'));
    const isQuery = !changesRows && (first === 'select' || first === 'with');
    return {
      pinReason: undefined,
      reads: this.#reads,
      inserts: first === 'insert' || first === 'replace' || this.#setsInsertId,
      foundRows: isQuery ? this.#counted : this.#queriesNothing(first) ? 'kept' : 'unknown',
      keepsRowCount: false,
      clearsWarnings: changesRows || (first === 'select' && this.#usesTable),
      names: this.#words,
      changesRows,
      mayChangeSchema: false,
      mayHideCharset: false,
      refusals: 'all',
      runsStoredCode: false,
    };
  }

  /** It is an INSERT of values, or a DELETE from one table, which surely evaluates no query. */
  #queriesNothing(first: string): boolean {
    if (this.#hasInnerValues || this.#hasWord('select', 'join', 'using', 'returning', 'table', 'with')) return false;
    return first === 'insert' || first === 'replace' || this.#head.slice(0, 2).join(' ') === 'delete from';
  }

  get #counted(): FoundRowsEffect {
    return this.#hasWord('sql_calc_found_rows') ? 'calculated' : 'set';
  }

  #hasWord(...words: readonly string[]): boolean {
    return words.some((word) => this.#words.has(word));
  }

  *#pinned(pinReason: PinReason): Generator<void, Classification> {
    const [first = ''] = this.#head;
    // In what has not been read, and in a string that is executed.
    const isUnread = !this.#only || pinReason === 'prepared statement';
    if (pinReason === 'prepared statement') this.#reads |= executedReads(this.sql, this.#words, classify);
    if (isUnread) yield* addUnreadWords(this.sql, this.#words, MAX_NAMES - this.#nameCount);
    for (const word of this.#words) {
      const item = STATE_WORDS.get(word);
      if (item !== undefined) this.#reads |= item;
    }
    const keeps = KEEP_IDS_AND_ROWS.has(first) && this.#only && !this.#hasWord('select', 'last_insert_id');
    return {
      pinReason,
      reads: this.#reads,
      inserts: !keeps,
      foundRows: keeps ? 'kept' : first === 'select' || first === 'with' ? this.#counted : 'unknown',
      keepsRowCount: first === 'get',
      clearsWarnings: false,
      names: this.#words,
      changesRows: CHANGES.has(first),
      mayChangeSchema:
        !QUERIES.has(first) && !CHANGES.has(first) && !(this.#only && KEEPS_SCHEMA.test(this.#head.join(' '))),
      changedNames: !this.#isUnread && DDL.has(first) ? this.#changedNames : undefined,
      mayHideCharset: this.#mayHideCharset || HIDING.has(pinReason),
      endsWithTransaction: this.#only && IN_TRANSACTION.test(this.#head.join(' ')),
      refusals:
        this.#nameCount > MAX_NAMES ? 'none' : refusalsOf(this.#head, this.#words, this.#only && !this.#assigns),
      runsStoredCode: false,
    };
  }

  get #changedNames(): ReadonlySet<string> {
    return new Set([...this.#words].filter((word) => !RESERVED.has(word)).concat(this.#quoted));
  }
}
