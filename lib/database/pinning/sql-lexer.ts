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
} as const;

export type TokenKind = (typeof TOKEN)[keyof typeof TOKEN];

const [TAB, SPACE] = [0x09, 0x20];
const [DOUBLE_QUOTE, HASH, QUOTE, STAR, PLUS, MINUS, POINT, SLASH] = [0x22, 0x23, 0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x2f];
const [AT, BACKSLASH, BACKTICK, EXCLAMATION, BIG_M] = [0x40, 0x5c, 0x60, 0x21, 0x4d];

/** Characters of words. Everything beyond ASCII is one, as in MySQL. */
const IN_WORD = Uint8Array.from({ length: 128 }, (_, code) => (/[\w$]/.test(String.fromCharCode(code)) ? 1 : 0));

/**
 * Splits a statement into tokens, in time in proportion to its length: no character is looked at again after its token.
 * Comments are skipped, except those that MySQL or MariaDB executes.
 */
export class SqlLexer {
  readonly #sql: string;
  #start = 0;
  #at = 0;

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

  next(): TokenKind {
    const sql = this.#sql;
    if (!this.#skipBlanks()) return TOKEN.UNCLEAR;
    this.#start = this.#at;
    if (this.#at >= sql.length) return TOKEN.END;
    const code = sql.charCodeAt(this.#at++);
    if (isInWord(code)) {
      return this.#skipWord(isDigit(code)) ? TOKEN.NUMBER : TOKEN.WORD;
    }
    switch (code) {
      case QUOTE:
        return this.#skipQuoted("'", true) ? TOKEN.STRING : TOKEN.UNCLEAR;
      case DOUBLE_QUOTE:
        return this.#skipQuoted('"', true) ? TOKEN.QUOTED : TOKEN.UNCLEAR;
      case BACKTICK:
        return this.#skipQuoted('`', false) ? TOKEN.QUOTED : TOKEN.UNCLEAR;
      case BACKSLASH:
        return TOKEN.UNCLEAR;
      case AT:
        return this.#variable();
      default:
        return TOKEN.SYMBOL;
    }
  }

  /** Skips blanks and comments; false if MySQL may execute the comment, or if it is not complete. */
  #skipBlanks(): boolean {
    const sql = this.#sql;
    for (;;) {
      const code = sql.charCodeAt(this.#at);
      const next = sql.charCodeAt(this.#at + 1);
      if (code <= SPACE) {
        // Of the control characters, only these are blanks.
        if (code !== SPACE && (code < TAB || code > 0x0d)) return false;
        this.#at++;
      } else if (code === HASH || (code === MINUS && next === MINUS && !(sql.charCodeAt(this.#at + 2) > SPACE))) {
        const end = sql.indexOf('\n', this.#at);
        this.#at = end < 0 ? sql.length : end + 1;
      } else if (code === SLASH && next === STAR) {
        const mark = sql.charCodeAt(this.#at + 2);
        const end = sql.indexOf('*/', this.#at + 2);
        if (end < 0 || mark === EXCLAMATION || mark === BIG_M || mark === PLUS) return false;
        this.#at = end + 2;
      } else {
        return true;
      }
    }
  }

  /** Returns whether it consists of digits. */
  #skipWord(beginsWithDigit: boolean): boolean {
    const sql = this.#sql;
    let digits = beginsWithDigit;
    for (let code = sql.charCodeAt(this.#at); isInWord(code); code = sql.charCodeAt(++this.#at)) {
      digits &&= isDigit(code);
    }
    return digits;
  }

  /** A quote is doubled inside. A backslash in front of one means different things in different sql_modes. */
  #skipQuoted(quote: string, escapes: boolean): boolean {
    const sql = this.#sql;
    for (;;) {
      const end = sql.indexOf(quote, this.#at);
      if (end < 0) return false;
      if (escapes && sql.charCodeAt(end - 1) === BACKSLASH) return false;
      this.#at = end + 1;
      if (sql[this.#at] !== quote) return true;
      this.#at++;
    }
  }

  #variable(): TokenKind {
    const sql = this.#sql;
    if (sql.charCodeAt(this.#at) === AT) this.#at++;
    for (let code = sql.charCodeAt(this.#at); isInWord(code) || code === POINT; code = sql.charCodeAt(this.#at)) {
      this.#at++;
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
