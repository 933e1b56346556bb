import { SqlLexer, TOKEN } from './sql-lexer.js';

/** How much of a statement is read, in characters: one of 64 MB would take seconds. */
const MAX_READ = 16 * 1024;

/** The maximum length of a digest, in characters, as that of MySQL's. */
const MAX_LENGTH = 1024;

/** In place of the rest of a statement. */
const REST = '...';

const LITERAL = '?';
const LITERALS = '?, ...';
const [GROUP, GROUPS] = ['(?)', '(...)'];
/** Behind a group in parentheses that is repeated. */
const REPEATED = ' /* , ... */';

/** The length of a statement whose digest is kept, and how many are. */
const MAX_KEPT = 1024;
const MAX_DIGESTS = 1000;

const digests = new Map<string, string>();

/** The same as `statementDigest`. Programs repeat short statements, whose digests are kept. */
export function digestOf(sql: string): string {
  if (sql.length > MAX_KEPT) return statementDigest(sql);
  let digest = digests.get(sql);
  if (digest === undefined) {
    digest = statementDigest(sql);
    if (digests.size === MAX_DIGESTS) digests.clear();
    digests.set(sql, digest);
  }
  return digest;
}

/**
 * Returns a statement without its values: literals are `?`, and lists of them are collapsed, as in MySQL's DIGEST_TEXT.
 * Text in double quotes is a value, because it is one unless the sql_mode says otherwise. What follows something that
 * has different meanings in different sql_modes is left out.
 *
 * @example
 * statementDigest("insert into t values (1, 'a'), (2, 'b')") // 'insert into t values (...) /* , ... *\/'
 */
export function statementDigest(sql: string): string {
  const digest = new Digest();
  const lexer = new SqlLexer(sql.length > MAX_READ ? sql.slice(0, MAX_READ) : sql);
  for (let kind = lexer.next(); kind !== TOKEN.END; kind = lexer.next()) {
    // `$$` quotes the text of a routine.
    if (kind === TOKEN.UNCLEAR || lexer.symbol === '$' || digest.length > MAX_LENGTH) return digest.text(REST);
    const adjoins = lexer.start === digest.end;
    digest.end = lexer.end;
    if (kind === TOKEN.STRING || kind === TOKEN.NUMBER || lexer.symbol === '"') digest.addLiteral(kind, adjoins);
    else if (kind === TOKEN.SYMBOL) digest.addSymbol(lexer.symbol, adjoins);
    else digest.addWord(lexer.text, adjoins);
  }
  return digest.text(sql.length > MAX_READ ? REST : '');
}

/** The symbols that can continue an operator, such as `<=`. */
const CONTINUES = new Set(['<', '>', '=', '|', '&']);

/** Tokens that no blank is in front of. */
const TIGHT = new Set([')', ',', '.', ';']);

/** The tokens of a digest, of which the last ones are reduced when another is added. */
class Digest {
  readonly #tokens: string[] = [];
  #length = 0;
  /** What may follow of a number such as 1e-5, whose `-` is a token of its own. */
  #exponent: 'sign' | 'digits' | undefined;
  /** Where the last token ends in the statement. */
  end = -1;

  /** At least that of the text. */
  get length(): number {
    return this.#length;
  }

  text(rest: string): string {
    let text = '';
    let before = '(';
    for (const token of this.#tokens) {
      text += before === '(' || before === '.' || TIGHT.has(token) ? token : ` ${token}`;
      before = token;
    }
    return rest === '' ? text : `${text} ${rest}`;
  }

  addWord(word: string, adjoins: boolean): void {
    const first = word.charCodeAt(0);
    if (first >= 0x30 && first <= 0x39) {
      // A number with letters in it, such as 0x1f or 1e5.
      this.addLiteral(TOKEN.NUMBER, adjoins);
      if (/e$/i.test(word)) this.#exponent = 'sign';
      return;
    }
    this.#exponent = undefined;
    if (adjoins && this.#last() === '.' && this.#endsWithValue(2) && /^e\d*$/i.test(word)) {
      // Of 1.e5
      this.#pop();
      if (word.length === 1) this.#exponent = 'sign';
    } else if (word.length === 4 && /^null$/i.test(word) && !/^(?:is|not)$/i.test(this.#last())) this.#addValue();
    else this.#push(word);
  }

  addLiteral(kind: number, adjoins: boolean): void {
    const isExponent = adjoins && kind === TOKEN.NUMBER && this.#exponent === 'digits';
    this.#exponent = undefined;
    if (isExponent) return;
    if (kind === TOKEN.NUMBER && adjoins && this.#last() === '.') {
      // Of 1.5, or of .5
      this.#pop();
      if (this.#endsWithValue()) return;
    } else if (kind !== TOKEN.NUMBER && adjoins && /^[xbn]$/i.test(this.#last())) {
      // x'1f'
      this.#pop();
    }
    // Of _utf8mb4 'text'
    if (this.#last().startsWith('_')) this.#pop();
    const sign = this.#last();
    if ((sign === '-' || sign === '+') && /^$|[(,=<>*/]$/.test(this.#last(2))) this.#pop();
    this.#addValue();
  }

  addSymbol(symbol: string, adjoins: boolean): void {
    if (this.#exponent === 'sign' && adjoins && (symbol === '-' || symbol === '+')) {
      this.#exponent = 'digits';
      return;
    }
    this.#exponent = undefined;
    const last = this.#last();
    if (symbol === ')') {
      this.#close();
    } else if (adjoins && CONTINUES.has(symbol) && /^[<>=!|&:]+$/.test(last)) {
      this.#pop();
      this.#push(last + symbol);
    } else {
      this.#push(symbol);
    }
  }

  #addValue(): void {
    if (this.#last() === ',' && this.#endsWithValue(2)) {
      this.#pop(2);
      this.#push(LITERALS);
    } else {
      this.#push(LITERAL);
    }
  }

  #close(): void {
    const last = this.#last();
    if (this.#last(2) !== '(' || !this.#endsWithValue()) {
      this.#push(')');
      return;
    }
    this.#pop(2);
    const group = last === LITERAL ? GROUP : GROUPS;
    const before = this.#last(2);
    if (this.#last() === ',' && (before === group || before === group + REPEATED)) {
      this.#pop(2);
      this.#push(group + REPEATED);
    } else {
      this.#push(group);
    }
  }

  #endsWithValue(back = 1): boolean {
    const last = this.#last(back);
    return last === LITERAL || last === LITERALS;
  }

  #last(back = 1): string {
    return this.#tokens[this.#tokens.length - back] ?? '';
  }

  #push(token: string): void {
    this.#tokens.push(token);
    this.#length += token.length + 1;
  }

  #pop(count = 1): void {
    for (let i = 0; i < count; i++) this.#length -= (this.#tokens.pop()?.length ?? 0) + 1;
  }
}
