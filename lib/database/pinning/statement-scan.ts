import { foldName, LIKE_NUMBER, SqlLexer, TOKEN, type TokenKind } from '../sql/sql-lexer.js';
import { MAX_WORD } from '../sql/unread-words.js';
import type { PinReason } from './pin-reason.js';
import { STATE, STATE_FUNCTIONS, type StateSet } from './state-set.js';
import { STATELESS_FUNCTIONS } from './stateless-functions.js';
import { HIDING, INSERT_MODIFIERS, LOCK_FUNCTIONS, RESERVED, SEQUENCE_WORDS } from './statement-words.js';
import { VariableReader } from './system-variables.js';

/**
 * A statement with more words and quoted names pins, and the rest is not read: reading more would stop other sessions
 * noticeably.
 */
export const MAX_NAMES = 100_000;

/** The number of words that tell the kind of a statement. */
const HEAD_WORDS = 4;

/** Of a word such as `1e5from`. */
const BEGINS_WITH_NUMBER = /^\d+(?:e\d+)?(?=.)/;

/** A longer text in quotes is no name. A quote in a name is doubled. */
const MAX_QUOTED = 2 + 2 * 64;

/** The tokens that are read before other work has its turn. */
const STEP = 1000;

/**
 * What the tokens of a statement show: its first words, its names, the functions and variables that it uses, and the
 * first reason to pin that is seen in them. `classify.ts` decides by it.
 */
export class StatementScan {
  readonly #lexer: SqlLexer;
  /** The first words, and all others, in lower case. */
  readonly head: string[] = [];
  readonly words = new Set<string>();
  readonly quoted: string[] = [];
  reads: StateSet = STATE.none;
  nameCount = 0;
  /** It contains `:=`, which MySQL can evaluate while it resolves names. */
  assigns = false;
  readonly variables = new VariableReader();
  lastString = '';
  reason: PinReason | undefined;
  mayHideCharset = false;
  setsInsertId = false;
  only = true;
  /** It has not been read to its end. */
  isUnread = false;
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
  usesTable = false;
  /** VALUES stands in parentheses: it may be a query. */
  hasInnerValues = false;

  constructor(sql: string) {
    this.#lexer = new SqlLexer(sql);
  }

  addName(name: string): void {
    this.quoted.push(foldName(name));
  }

  /** Reads the next tokens. @returns false at the end */
  readSome(): boolean {
    for (let tokens = 0; tokens < STEP; tokens++) {
      const kind = this.#lexer.next();
      if (kind === TOKEN.END) return false;
      if (kind === TOKEN.PART) return true;
      if (kind === TOKEN.UNCLEAR || this.nameCount > MAX_NAMES) {
        this.pin('unknown statement');
        this.only = false;
        this.isUnread = true;
        return false;
      }
      this.#token(kind);
    }
    return true;
  }

  #token(kind: TokenKind): void {
    if (this.#lastText === ';') {
      this.only = false;
      this.pin('unknown statement');
    }
    if (this.variables.isIncomplete) this.#continueVariable(kind);
    const isTable = this.#depth === 0 && this.#lastText === 'from' && !this.#qualified;
    let text = '';
    if (kind === TOKEN.SYMBOL) text = this.#symbol(this.#lexer.symbol);
    else if (kind === TOKEN.WORD) text = this.#word(this.#lexer.text);
    else if (kind === TOKEN.QUOTED) this.#name(this.#lexer.text);
    else if (kind === TOKEN.VARIABLE) this.#variable(this.#lexer.text.slice(0, MAX_WORD).toLowerCase());
    else if (kind === TOKEN.NUMBER && this.#lastText === '.') this.words.add(LIKE_NUMBER);
    if (kind === TOKEN.STRING || kind === TOKEN.QUOTED) this.#addToHead("''");
    if (kind === TOKEN.STRING && this.head[0] === 'show') this.lastString = this.#lexer.text.slice(1, -1);
    else if (kind === TOKEN.NUMBER) this.#addToHead(this.#lexer.text.slice(0, MAX_WORD));
    this.#isTable = isTable && (kind === TOKEN.QUOTED || (kind === TOKEN.WORD && text !== 'dual'));
    this.usesTable ||= this.#isTable;
    this.#qualified = this.#lastText === '.';
    this.#last = kind;
    this.#lastText = text;
  }

  #symbol(symbol: string): string {
    if (symbol === '(') this.#open();
    else if (symbol === ')') this.#depth--;
    else if (symbol !== ';') this.#addToHead(symbol);
    if (symbol === '=' && this.#lastText === ':') {
      this.assigns = true;
      this.pin('user variable');
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
    if (name !== LIKE_NUMBER || this.#lastText === '.') this.words.add(name);
    if (this.#lastText === '.' && RESERVED.has(name)) this.quoted.push(name);
    if (name !== LIKE_NUMBER) this.nameCount++;
    if (BEGINS_WITH_NUMBER.test(name)) this.words.add(name.replace(BEGINS_WITH_NUMBER, ''));
    if (this.head.length === 0) this.#inTarget = word === 'insert' || word === 'replace';
    else this.#noteTarget(word);
    if (word === 'values' && this.#depth > 0) this.hasInnerValues = true;
    this.#addToHead(word);
    if (SEQUENCE_WORDS.has(word)) this.pin('sequence');
    else if (word === 'outfile' || word === 'dumpfile') this.pin('file');
    return word;
  }

  /** @param text with its quotes */
  #name(text: string): void {
    this.nameCount++;
    this.#noteTarget('');
    if (text.length > MAX_QUOTED) return;
    const quote = text.charAt(0);
    const name = foldName(text.slice(1, -1).replaceAll(quote + quote, quote));
    this.quoted.push(name);
    if (this.#lastText === '.' && SEQUENCE_WORDS.has(name)) this.pin('sequence');
  }

  /** Behind the table of an INSERT, another word is not a part of it. */
  #noteTarget(word: string): void {
    if (!this.#inTarget || INSERT_MODIFIERS.has(word) || this.#lastText === '.') return;
    this.#inTarget = this.head.length === 1 || INSERT_MODIFIERS.has(this.#lastText);
  }

  #addToHead(text: string): void {
    if (this.head.length < HEAD_WORDS) this.head.push(text);
  }

  #variable(text: string): void {
    this.#addToHead(text);
    if (!this.variables.begin(text)) this.pin('system variable');
  }

  /** The name of a system variable goes on in this token, or not. */
  #continueVariable(kind: TokenKind): void {
    const text = kind === TOKEN.SYMBOL ? this.#lexer.symbol : this.#lexer.text.slice(0, MAX_WORD);
    const name = kind === TOKEN.QUOTED ? foldName(text.slice(1, -1)) : text.toLowerCase();
    if (!this.variables.continue(kind, name)) this.pin('system variable');
  }

  /** An opening parenthesis: a call, if there is a name before. */
  #open(): void {
    this.#depth++;
    // A function that returns a table.
    if (this.#isTable) this.usesTable = false;
    if (this.#inTarget || (this.#last !== TOKEN.QUOTED && this.#last !== TOKEN.WORD)) return;
    const name = this.#last === TOKEN.QUOTED || this.#qualified ? undefined : this.#lastText;
    const item = name === undefined ? undefined : STATE_FUNCTIONS.get(name);
    if (item !== undefined) {
      this.reads |= item;
      if (item === STATE.insertId) this.setsInsertId = true;
    } else if (name === undefined || !STATELESS_FUNCTIONS.has(name)) {
      this.pin(LOCK_FUNCTIONS.has(name ?? '') ? 'lock' : 'unknown function');
    }
  }

  pin(reason: PinReason): void {
    this.reason ??= reason;
    this.mayHideCharset ||= HIDING.has(reason);
  }
}
