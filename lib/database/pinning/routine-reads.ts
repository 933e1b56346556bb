import { foldName, SqlLexer, TOKEN } from './sql-lexer.js';
import { STATE, STATE_WORDS, type StateSet } from './state-set.js';

/** What a routine or trigger reads of the session's earlier statements, and the names in its body, folded. */
export interface RoutineReads {
  readonly reads: StateSet;
  readonly names: ReadonlySet<string>;
}

/** Finds, in MySQL, the bodies that may read session state. */
export const READS_STATE = 'found_rows|row_count|warning|error|diagnostics';

const OUTCOMES = STATE.foundRows | STATE.rowCount | STATE.diagnostics;

/** What its own statements set, so that what it reads behind them is not the session's. */
const SETS: ReadonlyMap<string, StateSet> = new Map([
  ['select', STATE.foundRows | STATE.rowCount],
  ['insert', STATE.rowCount | STATE.diagnostics],
  ['update', STATE.rowCount | STATE.diagnostics],
  ['delete', STATE.rowCount | STATE.diagnostics],
  ['replace', STATE.rowCount | STATE.diagnostics],
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
    if (kind === TOKEN.UNCLEAR) {
      for (const [word] of body.slice(lexer.start).matchAll(WORDS)) reader.unclear(word.toLowerCase());
      break;
    }
    if (kind === TOKEN.WORD) reader.word(lexer.text.toLowerCase());
    else if (kind === TOKEN.QUOTED) reader.name(lexer.text.slice(1, -1));
    else if (kind === TOKEN.VARIABLE) reader.variable(lexer.text.toLowerCase());
    else if (kind === TOKEN.SYMBOL && lexer.symbol === ';') reader.end();
  }
  return { reads: reader.reads, names: reader.names };
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

  word(word: string): void {
    this.names.add(foldName(word));
    if (word === 'handler') this.#handlerDepth = 0;
    if (this.#handlerDepth >= 0) this.#nest(word);
    if (this.#starts && CONTROL.has(word)) this.#isConditional = true;
    if (this.#starts && !this.#isConditional) this.#sets = SETS.get(word) ?? STATE.none;
    this.#read(STATE_WORDS.get(word) ?? STATE.none);
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
    this.reads |= (STATE_WORDS.get(word) ?? STATE.none) & OUTCOMES;
  }

  /** A statement has ended. */
  end(): void {
    if (this.#handlerDepth === 0) this.#handlerDepth = -1;
    else if (this.#handlerDepth < 0) this.#own |= this.#sets;
    this.#sets = STATE.none;
    this.#starts = true;
    this.#before = '';
  }

  #read(state: StateSet): void {
    if (this.#handlerDepth < 0) this.reads |= state & OUTCOMES & ~this.#own;
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
