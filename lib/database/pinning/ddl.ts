import { SqlLexer, TOKEN, type TokenKind } from '../sql/sql-lexer.js';
import { type Classification, KEEPS_STATE } from './classification.js';

/** What a DDL statement does apart from the schema. */
interface DdlEffects {
  /** It may leave something on the connection: it is about temporary tables, or evaluates expressions. */
  readonly pins: boolean;
  /** It may evaluate what the names in it do. */
  readonly evaluates: boolean;
  /** It may change what names do: it does more than create a table with literal defaults. */
  readonly changesNames: boolean;
}

const UNKNOWN: DdlEffects = { pins: true, evaluates: true, changesNames: true };

/** A longer statement is not read. */
const MAX_TEXT = 65_536;

/** What is created and changed without that anything of it runs. */
const OBJECTS = new Set(
  'view procedure function trigger event database schema user role index sequence server package'.split(' '),
);

/** Behind DEFAULT, values and functions that depend on nothing. */
const LITERALS = new Set('null true false current_timestamp now localtime localtimestamp on'.split(' '));

/** Words of columns and constraints with expressions. */
const EXPRESSIONS = new Set(['generated', 'as', 'check', 'nextval', 'next', 'previous', 'lastval', 'setval']);

/** Reads a statement that begins with CREATE, ALTER, DROP, RENAME or TRUNCATE. */
function ddlEffects(sql: string): DdlEffects {
  return sql.length > MAX_TEXT ? UNKNOWN : new DdlReader(sql).read();
}

/**
 * Returns what such a statement does; undefined if it pins.
 *
 * @param words of the statement, all of them
 * @param changedNames undefined if it has not been read to its end
 */
export function ddlClassification(
  sql: string,
  words: ReadonlySet<string>,
  changedNames: ReadonlySet<string> | undefined,
): Classification | undefined {
  const { pins, evaluates, changesNames } = ddlEffects(sql);
  if (pins) return undefined;
  return {
    ...KEEPS_STATE,
    foundRows: /^\s*(?:create|drop|alter)\b/i.test(sql) ? 'kept' : 'unknown',
    names: evaluates ? words : KEEPS_STATE.names,
    changesObjects: true,
    mayChangeSchema: changesNames,
    changedNames,
  };
}

class DdlReader {
  readonly #lexer: SqlLexer;
  #kind: TokenKind = TOKEN.END;
  #text = '';
  /** It has a column whose value may be computed. */
  #computes = false;
  /** It reads rows, or sets variables. */
  #queries = false;
  /** It takes the definition of another table. */
  #takes = false;

  constructor(sql: string) {
    this.#lexer = new SqlLexer(sql);
  }

  read(): DdlEffects {
    this.#next();
    const verb = this.#text;
    let object = '';
    while (object === '') {
      this.#next();
      if (this.#kind === TOKEN.END || this.#text === 'temporary') return UNKNOWN;
      if (this.#kind === TOKEN.UNCLEAR) return UNKNOWN;
      if (verb === 'truncate') object = 'table';
      else if (this.#kind === TOKEN.WORD && (this.#text === 'table' || OBJECTS.has(this.#text))) object = this.#text;
    }
    if (verb !== 'create' && verb !== 'alter')
      return { pins: false, evaluates: false, changesNames: verb === 'rename' };
    if (object !== 'table') return { pins: false, evaluates: false, changesNames: true };
    if (!this.#readTable()) return UNKNOWN;
    const pins = this.#queries || (verb === 'alter' && this.#computes);
    const evaluates = verb === 'alter' || this.#queries;
    return { pins, evaluates, changesNames: verb === 'alter' || this.#computes || this.#queries || this.#takes };
  }

  /** @returns false if it is not clear */
  #readTable(): boolean {
    let before = '';
    for (this.#next(); this.#kind !== TOKEN.END; this.#next()) {
      if (this.#kind === TOKEN.UNCLEAR) return false;
      const text = this.#kind === TOKEN.WORD ? this.#text : '';
      if (before === 'default' && !this.#isLiteral()) this.#computes = true;
      if (before === 'values' && text !== 'less' && text !== 'in') this.#queries = true;
      if (EXPRESSIONS.has(text)) this.#computes = true;
      if (text === 'select' || text === 'with' || text === 'table' || this.#kind === TOKEN.VARIABLE)
        this.#queries = true;
      if (text === 'like') this.#takes = true;
      before = text;
    }
    return true;
  }

  #isLiteral(): boolean {
    const { symbol } = this.#lexer;
    if (this.#kind === TOKEN.SYMBOL) return symbol === '-' || symbol === '+' || symbol === '=';
    return this.#kind === TOKEN.STRING || this.#kind === TOKEN.NUMBER || LITERALS.has(this.#text) || this.#isOption();
  }

  /** DEFAULT CHARACTER SET, DEFAULT CHARSET and DEFAULT COLLATE. */
  #isOption(): boolean {
    return this.#text === 'character' || this.#text === 'charset' || this.#text === 'collate';
  }

  #next(): void {
    do this.#kind = this.#lexer.next();
    while (this.#kind === TOKEN.PART);
    this.#text = this.#kind === TOKEN.WORD ? this.#lexer.text.toLowerCase() : '';
  }
}
