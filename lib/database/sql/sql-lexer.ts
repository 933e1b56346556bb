/** The kinds of tokens of MySQL's SQL, as far as pinning distinguishes them. */
export const TOKEN = {
  END: 0,
  /** A keyword, an identifier without quotes, or a number with letters in it. */
  WORD: 1,
  /** An identifier in backticks, or text in double quotes, which the sql_mode ANSI_QUOTES makes an identifier. */
  QUOTED: 2,
  STRING: 3,
  /** A user variable `@x`, or a system variable `@@x`. */
  VARIABLE: 4,
  /** Any other character. */
  SYMBOL: 5,
  /** What has different meanings in different versions or sql_modes, or is not complete. */
  UNCLEAR: 6,
  /** Digits. */
  NUMBER: 7,
  /** A part of a long token, or of many blanks. The next call goes on. */
  PART: 8,
} as const;

export type TokenKind = (typeof TOKEN)[keyof typeof TOKEN];

const [TAB, SPACE] = [0x09, 0x20];
const [DOUBLE_QUOTE, HASH, QUOTE, STAR, PLUS, MINUS, POINT, SLASH] = [0x22, 0x23, 0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x2f];
const [AT, BACKSLASH, BACKTICK, EXCLAMATION, BIG_M] = [0x40, 0x5c, 0x60, 0x21, 0x4d];

/** Characters of words. Everything beyond ASCII is one, as in MySQL. */
const IN_WORD = Uint8Array.from({ length: 128 }, (_, code) => (/[\w$]/.test(String.fromCharCode(code)) ? 1 : 0));

/** The characters that are read at once. A token with more comes in parts. */
const MAX_STEP = 64 * 1024;

/**
 * Splits a statement into tokens, in time in proportion to its length: no character is looked at again after its token.
 * Comments are skipped, except those that MySQL or MariaDB executes.
 */
export class SqlLexer {
  readonly #sql: string;
  #start = 0;
  #at = 0;
  /** Where the current step ends. A statement that is not long is read in one. */
  #limit = Number.POSITIVE_INFINITY;
  /** Reads the rest of a token that comes in parts. */
  #rest: (() => TokenKind) | undefined;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** The text of the last token, with the quotes of a quoted one. */
  get text(): string {
    return this.#sql.slice(this.#start, this.#at);
  }

  /** Where the last token begins, and where it ends. */
  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#at;
  }

  /** The first character of the last token. */
  get symbol(): string {
    return this.#sql[this.#start] ?? '';
  }

  /** Returns `TOKEN.PART` if the next token, or what is in front of it, is so long that it takes another call. */
  next(): TokenKind {
    if (this.#sql.length <= MAX_STEP) return this.#token();
    this.#limit = this.#at + MAX_STEP;
    const rest = this.#rest;
    if (rest === undefined) return this.#token();
    this.#rest = undefined;
    return rest();
  }

  #part(rest: () => TokenKind): TokenKind {
    this.#rest = rest;
    return TOKEN.PART;
  }

  #token(): TokenKind {
    const sql = this.#sql;
    const skipped = this.#skipBlanks();
    if (skipped !== undefined) return skipped;
    this.#start = this.#at;
    if (this.#at >= sql.length) return TOKEN.END;
    const code = sql.charCodeAt(this.#at++);
    if (isInWord(code)) return this.#word(isDigit(code));
    switch (code) {
      case QUOTE:
        return this.#quoted("'", TOKEN.STRING);
      case DOUBLE_QUOTE:
        return this.#quoted('"', TOKEN.QUOTED);
      case BACKTICK:
        return this.#quoted('`', TOKEN.QUOTED);
      case BACKSLASH:
        return TOKEN.UNCLEAR;
      case AT:
        if (sql.charCodeAt(this.#at) === AT) this.#at++;
        return this.#variable();
      default:
        return TOKEN.SYMBOL;
    }
  }

  /** Skips blanks and comments. @returns undefined in front of a token, else what `next` returns */
  #skipBlanks(): TokenKind | undefined {
    const sql = this.#sql;
    for (;;) {
      const code = sql.charCodeAt(this.#at);
      if (code <= SPACE) {
        // Of the control characters, only these are blanks.
        if (code !== SPACE && (code < TAB || code > 0x0d)) return TOKEN.UNCLEAR;
        this.#at++;
      } else if (code === HASH || code === MINUS || code === SLASH) {
        const end = this.#commentEnd(code);
        if (end === undefined) return undefined;
        if (end === '' || !this.#skipTo(end)) return end === '' ? TOKEN.UNCLEAR : this.#comment(end);
      } else {
        return undefined;
      }
      if (this.#at > this.#limit) return this.#part(() => this.#token());
    }
  }

  /** @returns how the comment here ends; undefined if there is none; '' if MySQL may execute it */
  #commentEnd(first: number): '\n' | '*/' | '' | undefined {
    const sql = this.#sql;
    const next = sql.charCodeAt(this.#at + 1);
    const third = sql.charCodeAt(this.#at + 2);
    if (first === HASH || (first === MINUS && next === MINUS && !(third > SPACE))) return '\n';
    if (first !== SLASH || next !== STAR) return undefined;
    if (third === EXCLAMATION || third === BIG_M || third === PLUS) return '';
    this.#at += 2;
    return '*/';
  }

  /** Reads the rest of a comment, and the next token. */
  #comment(end: string): TokenKind {
    if (this.#skipTo(end)) return this.#token();
    if (this.#at < this.#sql.length) return this.#part(() => this.#comment(end));
    return end === '\n' ? this.#token() : TOKEN.UNCLEAR;
  }

  /** Moves behind `mark`, or to the end of the step. */
  #skipTo(mark: string): boolean {
    const sql = this.#sql;
    const isLast = sql.length <= this.#limit;
    const from = isLast ? 0 : this.#at;
    const found = (isLast ? sql : sql.slice(from, this.#limit)).indexOf(mark, this.#at - from);
    if (found >= 0) this.#at = from + found + mark.length;
    // The mark may begin at the end of the step.
    else this.#at = isLast ? sql.length : Math.max(this.#at, this.#limit + 1 - mark.length);
    return found >= 0;
  }

  /** @param isNumber it has had digits only */
  #word(isNumber: boolean): TokenKind {
    const sql = this.#sql;
    const limit = this.#limit;
    let digits = isNumber;
    let at = this.#at;
    for (let code = sql.charCodeAt(at); isInWord(code) && at <= limit; code = sql.charCodeAt(++at)) {
      digits &&= isDigit(code);
    }
    this.#at = at;
    if (at > limit) return this.#part(() => this.#word(digits));
    return digits ? TOKEN.NUMBER : TOKEN.WORD;
  }

  /**
   * A quote is doubled inside. An odd number of backslashes in front of one means different things in different
   * sql_modes. With an even number, no sql_mode escapes the quote.
   */
  #quoted(quote: string, kind: TokenKind): TokenKind {
    const sql = this.#sql;
    while (this.#at <= this.#limit) {
      if (!this.#skipTo(quote)) {
        if (this.#at >= sql.length) return TOKEN.UNCLEAR;
        break;
      }
      if (quote !== '`' && this.#hasOddBackslashes()) return TOKEN.UNCLEAR;
      if (sql[this.#at] !== quote) return kind;
      this.#at++;
    }
    return this.#part(() => this.#quoted(quote, kind));
  }

  /** In front of the quote that was found. There are as many steps as backslashes: each is counted for one quote. */
  #hasOddBackslashes(): boolean {
    let start = this.#at - 1;
    while (this.#sql.charCodeAt(start - 1) === BACKSLASH) start--;
    return (this.#at - 1 - start) % 2 === 1;
  }

  #variable(): TokenKind {
    const sql = this.#sql;
    for (let code = sql.charCodeAt(this.#at); isInWord(code) || code === POINT; code = sql.charCodeAt(++this.#at)) {
      if (this.#at > this.#limit) return this.#part(() => this.#variable());
    }
    return TOKEN.VARIABLE;
  }
}

function isInWord(code: number): boolean {
  return code >= 128 || IN_WORD[code] === 1;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const FOLDED = /^[a-z_][ -@[-~]*$/;

/** What stands for all numbers behind a point, and for names that are like numbers: `test.5e10`. */
export const LIKE_NUMBER = '0';

const NUMBER = /^(?:\d+(?:e\d+)?|0x[\da-f]+|0b[01]+)$/;

/** Returns a name in the form in which all names that MySQL may take for the same are equal. */
export function foldName(name: string): string {
  if (FOLDED.test(name)) return name;
  const folded = name.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return isDigit(folded.charCodeAt(0)) && NUMBER.test(folded) ? LIKE_NUMBER : folded;
}
