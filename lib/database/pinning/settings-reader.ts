import { SqlLexer, TOKEN, type TokenKind } from '../sql/sql-lexer.js';
import type { Setting } from './classification.js';
import { SETTABLE, TRANSACTION_VARIABLES } from './settable-variables.js';

/** A longer statement is not replayed. */
const MAX_TEXT = 2000;

interface Token {
  readonly kind: TokenKind;
  /** As it is written. */
  readonly text: string;
  /** In lower case; '' if it is no word. */
  readonly word: string;
}

const END: Token = { kind: TOKEN.END, text: '', word: '' };

const NAME = /^[a-z_][\w$]*$/i;
/** In which no sql_mode gives a character another meaning. */
const PLAIN_STRING = /^(['"])[ !#-&(-[\]-~]*\1$/;
const LEVEL = /^(?:read (?:un)?committed|repeatable read|serializable)$/;

/**
 * Returns what a SET or USE sets; undefined if it is not certain that the same text sets the same later: only literals
 * are, and only some variables.
 */
export function settingsOf(sql: string): readonly Setting[] | undefined {
  if (sql.length > MAX_TEXT) return undefined;
  const tokens = tokensOf(sql);
  return tokens && new SettingsReader(tokens).read();
}

function tokensOf(sql: string): Token[] | undefined {
  const lexer = new SqlLexer(sql);
  const tokens: Token[] = [];
  for (let kind = lexer.next(); kind !== TOKEN.END; kind = lexer.next()) {
    if (kind === TOKEN.UNCLEAR || kind === TOKEN.PART) return undefined;
    const text = kind === TOKEN.SYMBOL ? lexer.symbol : lexer.text;
    tokens.push({ kind, text, word: kind === TOKEN.WORD ? text.toLowerCase() : '' });
  }
  if (tokens.at(-1)?.text === ';') tokens.pop();
  return tokens;
}

class SettingsReader {
  readonly #tokens: readonly Token[];
  #at = 1;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  read(): readonly Setting[] | undefined {
    if (this.#tokens[0]?.word === 'use') return this.#schema();
    const found: Setting[] = [];
    for (;;) {
      const setting = this.#transaction() ?? this.#charset() ?? this.#variable();
      if (setting === undefined) return undefined;
      found.push(...setting);
      if (this.#peek() === END) return found;
      if (this.#next().text !== ',') return undefined;
    }
  }

  #schema(): readonly Setting[] | undefined {
    const { kind, text } = this.#next();
    const isName = kind === TOKEN.WORD || (kind === TOKEN.QUOTED && text.startsWith('`'));
    if (!isName || this.#peek() !== END) return undefined;
    const name = kind === TOKEN.WORD ? text : text.slice(1, -1).replaceAll('``', '`');
    return [{ kind: 'schema', key: '', text: name }];
  }

  /** SESSION TRANSACTION ISOLATION LEVEL ..., READ ONLY */
  #transaction(): readonly Setting[] | undefined {
    if (!this.#skip('session', 'transaction') && !this.#skip('local', 'transaction')) return undefined;
    const found: Setting[] = [];
    do {
      const isLevel = this.#skip('isolation', 'level');
      const words: string[] = [];
      while (this.#peek().word !== '') words.push(this.#next().word);
      const what = words.join(' ');
      if (isLevel && LEVEL.test(what)) found.push(transaction('isolation', `ISOLATION LEVEL ${what}`));
      else if (!isLevel && /^read (?:only|write)$/.test(what)) found.push(transaction('access', what));
      else return undefined;
    } while (this.#skipSymbol(','));
    return found;
  }

  /** NAMES ..., CHARACTER SET ... */
  #charset(): readonly Setting[] | undefined {
    const at = this.#at;
    const isNames = this.#skip('names');
    if (!isNames && !this.#skip('character', 'set') && !this.#skip('charset')) return undefined;
    const charset = this.#charsetName();
    if (charset !== undefined && !/^(?:binary|default)$/i.test(charset)) {
      if (!isNames) return [{ kind: 'charset', key: 'names', text: `CHARACTER SET ${charset}`, needsSchema: true }];
      const collation = this.#skip('collate') ? this.#charsetName() : '';
      const behind = collation === '' ? '' : ` COLLATE ${collation}`;
      if (collation !== undefined) return [{ kind: 'charset', key: 'names', text: `NAMES ${charset}${behind}` }];
    }
    this.#at = at;
    return undefined;
  }

  #charsetName(): string | undefined {
    const { kind, text } = this.#next();
    const name = kind === TOKEN.STRING || (kind === TOKEN.QUOTED && text.startsWith('"')) ? text.slice(1, -1) : text;
    return NAME.test(name) ? name : undefined;
  }

  #variable(): readonly Setting[] | undefined {
    const { text, word } = this.#next();
    const scoped = word === 'session' || word === 'local';
    const [, scope, name] = /^(@@(?:session\.|local\.)?)?([a-z]\w*)$/i.exec(scoped ? this.#next().text : text) ?? [];
    const key = (name ?? '').toLowerCase();
    const isSession = scoped ? scope === undefined : /\./.test(scope ?? '');
    if (!SETTABLE.has(key) || (scoped && scope !== undefined) || !this.#assign()) return undefined;
    // Otherwise it is for the next transaction only.
    if (TRANSACTION_VARIABLES.has(key) && !isSession) return undefined;
    const value = this.#value();
    if (value === undefined || !isPermitted(key, value)) return undefined;
    if (CHARSETS.has(key)) return charsetVariable(key, value);
    const characteristic = TRANSACTION_VARIABLES.get(key);
    if (characteristic) return [{ kind: 'transaction', key: characteristic, text: `SET SESSION ${key} = ${value}` }];
    return [{ kind: 'variable', key, text: `${isSession ? 'SESSION ' : ''}${key} = ${value}` }];
  }

  /** Words, and text in double quotes, are values of system variables. */
  #value(): string | undefined {
    const sign = this.#skipSymbol('-') ? '-' : '';
    const { kind, text, word } = this.#next();
    if (kind === TOKEN.NUMBER) {
      const fraction = this.#skipSymbol('.') ? this.#next() : undefined;
      if (fraction && fraction.kind !== TOKEN.NUMBER) return undefined;
      return `${sign}${text}${fraction ? `.${fraction.text}` : ''}`;
    }
    if (sign !== '') return undefined;
    if (kind === TOKEN.STRING && PLAIN_STRING.test(text)) return text;
    if (kind === TOKEN.QUOTED && PLAIN_STRING.test(text)) return `'${text.slice(1, -1)}'`;
    return NAME.test(word) ? text : undefined;
  }

  #assign(): boolean {
    this.#skipSymbol(':');
    return this.#skipSymbol('=');
  }

  #skip(...words: readonly string[]): boolean {
    if (!words.every((word, i) => this.#tokens[this.#at + i]?.word === word)) return false;
    this.#at += words.length;
    return true;
  }

  #skipSymbol(symbol: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== TOKEN.SYMBOL || text !== symbol) return false;
    this.#at++;
    return true;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #next(): Token {
    return this.#tokens[this.#at++] ?? END;
  }
}

const CHARSETS = new Set([
  'character_set_client',
  'character_set_results',
  'character_set_connection',
  'collation_connection',
]);

/** The gateway sets the character sets of statements and results itself. */
function charsetVariable(key: string, value: string): readonly Setting[] {
  const isBytes = /^(?:null|'?binary'?)$/i.test(value);
  if (key === 'character_set_client') return [];
  if (key === 'character_set_results') return [{ kind: 'results', key, text: isBytes ? `${key} = ${value}` : '' }];
  return [{ kind: 'charset', key: 'connection', text: `${key} = ${value}` }];
}

/** With some values, a variable changes more than itself. */
function isPermitted(key: string, value: string): boolean {
  if (key === 'sql_auto_is_null') return /^(?:'?off'?|0|false)$/i.test(value);
  return (
    !(key === 'character_set_connection' && /binary|default/i.test(value)) &&
    !(key === 'collation_connection' && /default/i.test(value))
  );
}

function transaction(key: string, what: string): Setting {
  return { kind: 'transaction', key, text: `SET SESSION TRANSACTION ${what}` };
}
