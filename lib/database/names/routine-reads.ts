import { classify } from '../pinning/classify.js';
import {
  DOUBTFUL,
  FOUND_ROWS,
  ROW_COUNT,
  STATE,
  STATE_WORDS,
  type StateSet,
  tableReads,
} from '../pinning/state-set.js';
import { foldName, SqlLexer, TOKEN, type TokenKind } from '../sql/sql-lexer.js';

/** What a routine or trigger reads of the session's earlier statements, and the names in its body, folded. */
export interface RoutineReads {
  readonly reads: StateSet;
  readonly names: ReadonlySet<string>;
}

const STATISTICS = STATE.lastQuery | STATE.statistics;

/** What a routine can read that its own statements may not have set. */
const READABLE = FOUND_ROWS | ROW_COUNT | DOUBTFUL | STATISTICS | STATE.gtid;

/** What SHOW reads. */
const SHOWN: ReadonlyMap<string, StateSet> = new Map([
  ['status', STATISTICS],
  ['profile', STATE.statistics],
  ['profiles', STATE.statistics],
  ['variables', STATE.diagnostics],
]);

/** In front of what SHOW reads. */
const SHOWS = new Set(['show', 'session', 'local']);

/** What its own statements set, so that what it reads behind them is not the session's. */
const SETS: ReadonlyMap<string, StateSet> = new Map([
  ['select', FOUND_ROWS | ROW_COUNT | STATE.lastQuery],
  ...['insert', 'update', 'delete', 'replace'].map((word): [string, StateSet] => [
    word,
    ROW_COUNT | STATE.diagnostics | STATE.lastQuery,
  ]),
  ['prepare', ROW_COUNT],
]);

/** Behind them, a statement may be skipped. */
const CONTROL = new Set(['if', 'case', 'loop', 'while', 'repeat', 'for', 'leave', 'iterate', 'return']);

/** Behind them, a statement begins. */
const OPENS = new Set(['begin', 'then', 'else', 'do', 'loop', 'repeat']);

const WORDS = /[\w$\u0080-\uffff]+/g;

/** Reads the body of a routine or trigger, in one pass. What is not clear counts as read. */
export function routineReads(body: string): RoutineReads {
  const reader = new BodyReader();
  const lexer = new SqlLexer(body);
  for (let kind = lexer.next(); kind !== TOKEN.END; kind = lexer.next()) {
    if (reader.awaitsText) reader.text(kind, lexer.text);
    if (kind === TOKEN.UNCLEAR) {
      for (const [word] of body.slice(lexer.start).matchAll(WORDS)) reader.unclear(word.toLowerCase());
      break;
    }
    if (kind === TOKEN.WORD) reader.word(lexer.text.toLowerCase());
    else if (kind === TOKEN.QUOTED) reader.name(lexer.text.slice(1, -1));
    else if (kind === TOKEN.VARIABLE) reader.variable(lexer.text.toLowerCase());
    else if (kind === TOKEN.SYMBOL && lexer.symbol === ';') reader.end();
  }
  if (reader.awaitsText) reader.text(TOKEN.END, '');
  return { reads: reader.reads | tableReads(reader.names), names: reader.names };
}

class BodyReader {
  readonly names = new Set<string>();
  reads: StateSet = STATE.none;
  /** What the body has set itself, in any case. */
  #own: StateSet = STATE.none;
  #starts = true;
  #isConditional = false;
  /** What the statement sets at its end. */
  #sets: StateSet = STATE.none;
  /** In a handler, diagnostics are those of what it handles. -1: not in one. */
  #handlerDepth = -1;
  #before = '';
  /** The text of PREPARE or EXECUTE IMMEDIATE is expected, or whether it goes on behind a string. */
  #text: 'none' | 'source' | 'next' | { readonly literal: string } = 'none';
  /** What is set between the statement before and the text. */
  #hides: StateSet = STATE.none;

  get awaitsText(): boolean {
    return this.#text === 'next' || typeof this.#text === 'object';
  }

  /** A token that is the text of a statement which is executed, or stands behind a string. */
  text(kind: TokenKind, token: string): void {
    const before = this.#text;
    this.#text = 'none';
    const isLiteral = kind === TOKEN.STRING || (kind === TOKEN.QUOTED && token.startsWith('"'));
    const ends = kind === TOKEN.END || token === ';' || token.toLowerCase() === 'using';
    if (before === 'next' && isLiteral) this.#text = { literal: token };
    else if (typeof before === 'object' && ends) this.#executes(before.literal);
    else this.#executes(undefined);
  }

  word(word: string): void {
    this.names.add(foldName(word));
    if (word === 'handler') this.#handlerDepth = 0;
    if (this.#handlerDepth >= 0) this.#nest(word);
    if (this.#starts && CONTROL.has(word)) this.#isConditional = true;
    if (this.#starts && !this.#isConditional) this.#sets = SETS.get(word) ?? STATE.none;
    this.#read(STATE_WORDS.get(word) ?? STATE.none);
    if (SHOWS.has(this.#before)) this.#read(SHOWN.get(word) ?? STATE.none);
    this.#expectText(word);
    this.#starts = OPENS.has(word);
    this.#before = word;
  }

  name(name: string): void {
    this.names.add(foldName(name));
    this.#starts = false;
    this.#before = '';
  }

  variable(text: string): void {
    this.#read(STATE_WORDS.get(text.replace(/^.*[.@]/, '')) ?? STATE.none);
    this.#starts = false;
  }

  /** The rest of the body is not read by its tokens. */
  unclear(word: string): void {
    this.names.add(foldName(word));
    this.reads |= (STATE_WORDS.get(word) ?? STATE.none) & READABLE;
    if (word === 'prepare' || word === 'immediate') this.reads |= DOUBTFUL;
  }

  /** A statement has ended. */
  end(): void {
    if (this.#handlerDepth === 0) this.#handlerDepth = -1;
    else if (this.#handlerDepth < 0) this.#own |= this.#sets;
    this.#sets = STATE.none;
    this.#text = 'none';
    this.#starts = true;
    this.#before = '';
  }

  #read(state: StateSet): void {
    if (this.#handlerDepth < 0) this.reads |= state & READABLE & ~this.#own;
  }

  /** Behind PREPARE ... FROM, and behind EXECUTE IMMEDIATE, there is the text of a statement. */
  #expectText(word: string): void {
    if (word === 'immediate' && this.#before === 'execute') {
      this.#text = 'next';
      this.#hides = STATE.none;
    } else if (word === 'prepare') {
      this.#text = 'source';
      // It is set before EXECUTE.
      this.#hides = ROW_COUNT;
    } else if (word === 'from' && this.#text === 'source') {
      this.#text = 'next';
    }
  }

  /** @param literal the text of a statement, with its quotes; undefined if it is not known */
  #executes(literal: string | undefined): void {
    const quote = literal?.charAt(0) ?? '';
    const text = literal?.slice(1, -1).replaceAll(quote + quote, quote);
    // A backslash has different meanings in different sql_modes.
    const isKnown = text !== undefined && !text.includes('\\');
    const { names, reads } = isKnown ? classify(text) : { names: [], reads: DOUBTFUL };
    for (const name of names) this.names.add(name);
    this.#read(reads & ~this.#hides);
  }

  /** Counts the blocks in a handler. */
  #nest(word: string): void {
    if (this.#before === 'end') return;
    if (word === 'begin' || word === 'case' || (this.#starts && CONTROL.has(word) && word !== 'return')) {
      this.#handlerDepth++;
    } else if (word === 'end') {
      this.#handlerDepth--;
    }
  }
}
