/** A string, a quoted name or a comment in SQL. */
export interface StringOrComment {
  readonly start: number;
  readonly end: number;
  /** The first character. */
  readonly quote: string;
  readonly comment: boolean;
}

/** What can begin one. A comment with code that is executed is code. */
const BEGIN = /['"`#]|\/\*(?!!|M!)|--(?=[ \t\n\v\f\r]|$)/g;

/** Yields the strings, quoted names and comments of a statement, in linear time. */
export function* stringsAndComments(sql: string): Generator<StringOrComment, void, void> {
  const strings = new StringEnds(sql);
  let at = 0;
  for (;;) {
    BEGIN.lastIndex = at;
    const found = BEGIN.exec(sql);
    if (found === null) return;
    const { 0: begin, index: start } = found;
    const comment = begin.length > 1 || begin === '#';
    if (comment) at = endOf(sql, begin === '/*' ? '*/' : '\n', start + begin.length);
    else at = strings.endOf(start, begin);
    yield { start, end: at, quote: begin.charAt(0), comment };
  }
}

/** Finds the ends of strings. */
class StringEnds {
  readonly #sql: string;
  /** The next backslash. It is kept, because there can be few of them, and many strings. */
  #backslash = -1;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** @returns the length if nothing ends it */
  endOf(start: number, quote: string): number {
    let at = start + 1;
    for (;;) {
      const end = endOf(this.#sql, quote, at);
      if (quote === '`') return end;
      const backslash = this.#backslashFrom(at);
      if (backslash < end - 1) at = backslash + 2;
      // A doubled quote goes on.
      else if (this.#sql[end] === quote) at = end + 1;
      else return end;
    }
  }

  #backslashFrom(at: number): number {
    if (this.#backslash < at) {
      const found = this.#sql.indexOf('\\', at);
      this.#backslash = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return this.#backslash;
  }
}

/** Returns the position behind `text`, or the length. */
function endOf(sql: string, text: string, from: number): number {
  const found = sql.indexOf(text, from);
  return found < 0 ? sql.length : found + text.length;
}
