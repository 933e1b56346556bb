import type { PinReason } from './pin-reason.js';
import { SqlLexer, TOKEN, type TokenKind } from './sql-lexer.js';
import { STATE, type StateSet } from './state-set.js';
import { STATELESS_FUNCTIONS } from './stateless-functions.js';
import { type TableName, TableNames } from './table-names.js';

/**
 * How a statement uses its connection, as far as its text tells. It decides what a session keeps, and nothing about
 * what the next session sees: MySQL resets the connection before.
 */
export interface Classification {
  /** Why the session is pinned: the statement may change what MySQL does not report. */
  readonly pinReason: PinReason | undefined;
  /** The session state that it reads. */
  readonly reads: StateSet;
  /** It may set LAST_INSERT_ID(), or keep it. */
  readonly inserts: boolean;
  readonly foundRows: FoundRowsEffect;
  /** ROW_COUNT() keeps its value. */
  readonly keepsRowCount: boolean;
  /** It clears the warnings of the statement before: only statements that use tables do, in every version. */
  readonly clearsWarnings: boolean;
  /** The tables and views that it may use. */
  readonly tables: readonly TableName[];
  /** It changes rows, and so runs triggers and takes default values. */
  readonly changesRows: boolean;
  /** It changes tables, views or triggers. */
  readonly changesSchema: boolean;
  /** It may turn off MySQL's reports of the character sets, unseen. */
  readonly mayHideCharset: boolean;
}

/** What a statement does to FOUND_ROWS(). `calculated`: SQL_CALC_FOUND_ROWS asks for more than the rows. */
export type FoundRowsEffect = 'set' | 'calculated' | 'kept' | 'unknown';

/** A statement that names more tables pins. */
const MAX_TABLES = 100;

/** A statement with more words pins, and the rest is not read: reading more would stop other sessions noticeably. */
const MAX_WORDS = 100_000;

/** Functions that read session state. */
const STATE_FUNCTIONS: ReadonlyMap<string, StateSet> = new Map([
  ['last_insert_id', STATE.insertId],
  ['found_rows', STATE.foundRows],
  ['row_count', STATE.rowCount],
]);

/** Words that read session state in any place, as in GET DIAGNOSTICS or in the arguments of a procedure. */
const STATE_WORDS: ReadonlyMap<string, StateSet> = new Map([
  ...STATE_FUNCTIONS,
  ['identity', STATE.insertId],
  ['warnings', STATE.diagnostics],
  ['errors', STATE.diagnostics],
  ['warning_count', STATE.diagnostics],
  ['error_count', STATE.diagnostics],
  ['diagnostics', STATE.diagnostics],
]);

const LOCK_FUNCTIONS = new Set(['get_lock', 'release_lock', 'release_all_locks', 'is_used_lock', 'is_free_lock']);

const SEQUENCE_WORDS = new Set(['next', 'previous', 'nextval', 'lastval', 'setval', 'currval']);

/** Statements that change no session state but what is restored, unless they call functions that do. */
const QUERIES = new Set(['select', 'with', 'table', 'values', 'desc', 'describe', 'explain', 'show']);

const CHANGES = new Set(['insert', 'replace', 'update', 'delete']);

/** Why other statements pin. */
const STATEMENTS: ReadonlyMap<string, PinReason> = new Map([
  ['set', 'session state'],
  ['use', 'session state'],
  ['call', 'procedure'],
  ['prepare', 'prepared statement'],
  ['execute', 'prepared statement'],
  ['deallocate', 'prepared statement'],
  ['create', 'DDL'],
  ['alter', 'DDL'],
  ['drop', 'DDL'],
  ['rename', 'DDL'],
  ['truncate', 'DDL'],
  ['lock', 'lock'],
  ['unlock', 'lock'],
  ['handler', 'lock'],
  ['flush', 'lock'],
  ['backup', 'lock'],
  // BEGIN NOT ATOMIC
  ['begin', 'procedure'],
  ['start', 'transaction'],
  ['commit', 'transaction'],
  ['rollback', 'transaction'],
  ['savepoint', 'transaction'],
  ['release', 'transaction'],
  ['xa', 'transaction'],
]);

/** Reasons after which MySQL's reports of the character sets may be turned off. */
const HIDING: ReadonlySet<PinReason | undefined> = new Set<PinReason>([
  'session state',
  'system variable',
  'procedure',
  'prepared statement',
  'unknown function',
  'unknown statement',
]);

/** Statements that keep FOUND_ROWS() and LAST_INSERT_ID(), if they contain no query. */
const KEEP_IDS_AND_ROWS = new Set(
  'set get savepoint release rollback commit begin start use lock unlock prepare deallocate create drop alter'.split(
    ' ',
  ),
);

/** Transactions that MySQL reports completely. */
const TRANSACTION = /^(?:begin|commit|rollback)(?: work)?$|^start transaction$/;

const SHOW_DIAGNOSTICS = /^show (?:warnings|errors)(?: limit \d+)?$/;

const STATELESS_SHOW = /^show (?:full )?(?:tables|columns|fields|databases|schemas|index|indexes|keys|create table)\b/;

/** The number of words that these patterns need. */
const HEAD_WORDS = 4;

const BEGINS_WITH_DIGIT = /^\d/;

const INSERT_MODIFIERS = new Set(['low_priority', 'delayed', 'high_priority', 'ignore', 'into']);

/** Classifies a statement by its tokens, with its arguments in place. What it does not recognise pins. */
export function classify(sql: string): Classification {
  return new Classifier(sql).result();
}

class Classifier {
  readonly #lexer: SqlLexer;
  /** The first words, and all others, in lower case. */
  readonly #head: string[] = [];
  readonly #words = new Set<string>();
  readonly #tables = new TableNames();
  #reads: StateSet = STATE.none;
  #wordCount = 0;
  #reason: PinReason | undefined;
  #setsInsertId = false;
  #only = true;
  /** The token before. */
  #last: TokenKind = TOKEN.END;
  #lastText = '';
  /** The token before is an identifier. */
  #isName = false;
  /** It was written behind a point. */
  #qualified = false;
  /** The table of an INSERT is being named: a parenthesis behind it has its columns. */
  #inTarget = false;

  constructor(sql: string) {
    this.#lexer = new SqlLexer(sql);
  }

  result(): Classification {
    for (let kind = this.#lexer.next(); kind !== TOKEN.END; kind = this.#lexer.next()) {
      if (kind === TOKEN.UNCLEAR || this.#wordCount > MAX_WORDS) {
        this.#pin('unknown statement');
        this.#only = false;
        break;
      }
      this.#token(kind);
    }
    return this.#classified();
  }

  #token(kind: TokenKind): void {
    if (this.#lastText === ';') {
      this.#only = false;
      this.#pin('unknown statement');
    }
    const wasName = this.#isName;
    this.#isName = false;
    let text = '';
    if (kind === TOKEN.SYMBOL) text = this.#symbol(this.#lexer.symbol, wasName);
    else if (kind === TOKEN.WORD) text = this.#word(this.#lexer.text);
    else if (kind === TOKEN.QUOTED) this.#name(unquoted(this.#lexer.text));
    else if (kind === TOKEN.VARIABLE) this.#variable(this.#lexer.text.toLowerCase());
    if (kind === TOKEN.STRING || kind === TOKEN.QUOTED) this.#addToHead("''");
    else if (kind === TOKEN.NUMBER) this.#addToHead(this.#lexer.text);
    this.#last = kind;
    this.#lastText = text;
  }

  /** @param afterName whether the token before is an identifier */
  #symbol(symbol: string, afterName: boolean): string {
    if (symbol === '(') this.#open(afterName);
    else if (symbol === ')') this.#tables.close();
    else if (symbol === '.') this.#tables.point();
    if (symbol !== '.') this.#inTarget = false;
    if (symbol !== ';' && symbol !== '(' && symbol !== ')') this.#addToHead(symbol);
    return symbol;
  }

  #word(text: string): string {
    const word = text.toLowerCase();
    // Numbers with an exponent are no words, and many in a long INSERT.
    if (!BEGINS_WITH_DIGIT.test(word)) {
      this.#words.add(word);
      this.#wordCount++;
    }
    if (this.#head.length === 0) {
      this.#tables.begin(word);
      this.#inTarget = word === 'insert' || word === 'replace';
    } else if (!(this.#inTarget && INSERT_MODIFIERS.has(word))) {
      if (this.#lastText === '.' || !this.#tables.keyword(word)) this.#name(text);
      else this.#inTarget = false;
    }
    this.#addToHead(word);
    if (SEQUENCE_WORDS.has(word)) this.#pin('sequence');
    else if (word === 'outfile' || word === 'dumpfile') this.#pin('file');
    return word;
  }

  #name(name: string): void {
    this.#isName = true;
    this.#qualified = this.#lastText === '.';
    if (this.#qualified && SEQUENCE_WORDS.has(name.toLowerCase())) this.#pin('sequence');
    // Behind the table of an INSERT, another name is not a part of it.
    if (this.#last === TOKEN.QUOTED || (this.#last === TOKEN.WORD && !this.#follows())) this.#inTarget = false;
    this.#tables.name(name);
  }

  #follows(): boolean {
    return this.#head.length === 1 || INSERT_MODIFIERS.has(this.#lastText);
  }

  #addToHead(text: string): void {
    if (this.#head.length < HEAD_WORDS) this.#head.push(text);
  }

  #variable(text: string): void {
    this.#addToHead(text);
    const name = text.replace(/^@@(?:session\.)?/, '');
    const item = text.startsWith('@@') ? STATE_WORDS.get(name) : undefined;
    if (item !== undefined) this.#reads |= item;
    else this.#pin(text.startsWith('@@') ? 'system variable' : 'user variable');
  }

  /** An opening parenthesis: a call, if there is a name before. */
  #open(afterName: boolean): void {
    const isCall = this.#last === TOKEN.QUOTED || this.#last === TOKEN.WORD;
    const hasTables = !isCall || this.#lastText === 'from' || this.#lastText.endsWith('join');
    if (isCall && !this.#inTarget && afterName) this.#tables.dropLast();
    this.#tables.open(hasTables);
    if (!isCall || this.#inTarget) return;
    const name = afterName && (this.#last === TOKEN.QUOTED || this.#qualified) ? undefined : this.#lastText;
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
  }

  #classified(): Classification {
    const head = this.#head.join(' ');
    const [first = ''] = this.#head;
    if (this.#only && TRANSACTION.test(head)) return KEEPS_STATE;
    if (this.#only && SHOW_DIAGNOSTICS.test(head)) {
      return { ...KEEPS_STATE, reads: this.#reads | STATE.diagnostics };
    }
    const known = first === 'show' ? STATELESS_SHOW.test(head) : QUERIES.has(first) || CHANGES.has(first);
    if (!known) this.#reason = STATEMENTS.get(first) ?? 'unknown statement';
    if (this.#tables.found.length > MAX_TABLES) this.#pin('unknown table');
    return this.#reason === undefined ? this.#stateless(first) : this.#pinned(first, this.#reason);
  }

  #stateless(first: string): Classification {
    const tables = first === 'show' ? [] : this.#tables.found;
    const changesRows = CHANGES.has(first) || (first === 'with' && this.#hasWord('insert', 'update', 'delete'));
    const isQuery = !changesRows && (first === 'select' || first === 'with');
    const readsRows = this.#hasWord('select', 'join', 'using', 'returning', 'table');
    const isSimple = changesRows && !readsRows && tables.length === 1;
    return {
      pinReason: undefined,
      reads: this.#reads,
      inserts: first === 'insert' || first === 'replace' || this.#setsInsertId,
      foundRows: isQuery ? this.#counted : isSimple && first !== 'update' ? 'kept' : 'unknown',
      keepsRowCount: false,
      clearsWarnings: changesRows || (first === 'select' && this.#tables.outside > 0),
      tables,
      changesRows,
      changesSchema: false,
      mayHideCharset: false,
    };
  }

  get #counted(): FoundRowsEffect {
    return this.#hasWord('sql_calc_found_rows') ? 'calculated' : 'set';
  }

  #hasWord(...words: readonly string[]): boolean {
    return words.some((word) => this.#words.has(word));
  }

  #pinned(first: string, pinReason: PinReason): Classification {
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
      tables: [],
      changesRows: false,
      changesSchema: pinReason === 'DDL',
      mayHideCharset: HIDING.has(pinReason),
    };
  }
}

const KEEPS_STATE: Classification = {
  pinReason: undefined,
  reads: STATE.none,
  inserts: false,
  foundRows: 'kept',
  keepsRowCount: false,
  clearsWarnings: false,
  tables: [],
  changesRows: false,
  changesSchema: false,
  mayHideCharset: false,
};

function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll('``', '`');
}
