import {
  commandName,
  firstWord,
  helpStatement,
  LETTERS_WITH_ARGUMENT,
  parseCommand,
  trimmed,
  useStatement,
} from '../command/client-command.js';

/** A statement of a script. */
export interface Statement {
  readonly sql: string;
  /** The line on which its code begins, from 1. */
  readonly line: number;
  /** The line on which its text begins, which can be a comment. */
  readonly textLine: number;
  /** It ends with `\G`, which asks for one value a line. */
  readonly vertical: boolean;
  /** Bytes that are sent in place of `%s` in it. */
  readonly literals?: readonly Buffer[];
  /** It is a command to the client. */
  readonly command?: true;
}

/** What can contain a delimiter that ends no statement. */
type Enclosure = "'" | '"' | '`' | '/*';

/** What ends an enclosure, or hides its end. */
const CLOSING: Readonly<Record<Enclosure, RegExp>> = {
  "'": /\\.|'/gs,
  '"': /\\.|"/gs,
  '`': /`/g,
  '/*': /\*\//g,
};

/** Blanks are those of ASCII, because a script can be bytes, of which others are parts of characters. */
const DELIMITER_COMMAND = /[ \t]*delimiter[ \t]+([^ \t\n\v\f\r]+)[^\n]*(\n|$)/iy;
const CODE = /[^ \t\n\v\f\r]/;
const LEADING_BLANKS = /^[ \t\n\v\f\r]+/;

/**
 * The beginnings of comments with code that MySQL or MariaDB executes. It is read as code: it contains strings and
 * comments, and a delimiter ends it. The one that does not count is a command to the client at the beginning of a dump.
 */
const CODE_COMMENT = /^\/\*(!|M!(?!\d*\\-))/;

/** The beginning of a hint. */
const HINT = '/*+';

/**
 * Splits a script into statements as `mysql` does: at `;`, or at what a line `delimiter //` sets, and at `\g` and `\G`.
 * Strings, quoted names and comments may contain delimiters. Comments alone are no statement. A backslash in a string
 * escapes the next character, whatever the sql_mode is.
 */
export class StatementSplitter {
  #delimiter = ';';
  #special = specialsFor(';');
  #enclosure: Enclosure | undefined;
  /** The text of the current statement that has been read. */
  #text = '';
  /** The line on which that begins. */
  #textLine = 1;
  /** The line of the next character. */
  #line = 1;
  /** The line on which the code of the current statement begins; undefined if it has none yet. */
  #start: number | undefined;

  /**
   * Reads whole lines, or the last one without its end.
   *
   * @returns the statements that end in them
   */
  write(lines: string): Statement[] {
    const statements: Statement[] = [];
    let at = 0;
    while (at < lines.length) at = this.#enclosure ? this.#skip(lines, at) : this.#plain(lines, at, statements);
    return statements;
  }

  /** Returns the last statement, if it has no delimiter. */
  end(): Statement | undefined {
    return this.#finish(false);
  }

  /** Forgets the current statement. */
  discard(): void {
    this.#enclosure = undefined;
    this.#text = '';
    this.#start = undefined;
  }

  /** The current statement. */
  get text(): string {
    return this.#text.trim();
  }

  /** What the current statement is in: '' for none, '-' for a statement, else a quote or a comment. */
  get state(): '' | '-' | Enclosure {
    return this.#enclosure ?? (this.#start === undefined ? '' : '-');
  }

  /** Reads up to the next special character, and that. Returns the end of what was read. */
  #plain(lines: string, start: number, statements: Statement[]): number {
    const command = this.#delimiterCommand(lines, start);
    if (command > start) return command;
    const named = this.#namedCommand(lines, start, statements);
    if (named > start) return named;
    this.#special.lastIndex = start;
    const found = this.#special.exec(lines);
    const at = found?.index ?? lines.length;
    this.#take(lines.slice(start, at));
    if (found === null) return at;
    const [token] = found;
    if (lines.startsWith(this.#delimiter, at)) return this.#end(at + this.#delimiter.length, false, statements);
    if (/^\\g/i.test(token)) return this.#end(at + token.length, token === '\\G', statements);
    if (token.startsWith('\\')) return this.#letterCommand(lines, at, token.slice(1), statements);
    return this.#token(lines, at, token);
  }

  /** Reads a token that ends no statement. */
  #token(lines: string, at: number, token: string): number {
    const end = at + token.length;
    switch (token) {
      case '\n':
        this.#append('\n');
        return end;
      case "'":
      case '"':
      case '`':
      case '/*':
        if (token === '/*' && CODE_COMMENT.test(lines.slice(at, at + 16))) {
          this.#take(token);
          return end;
        }
        if (token !== '/*' || lines.startsWith(HINT, at)) this.#start ??= this.#line;
        this.#enclosure = token;
        this.#append(token);
        return end;
      default: {
        // A comment up to the end of the line, which is read next.
        const lineEnd = lines.indexOf('\n', at);
        const stop = lineEnd < 0 ? lines.length : lineEnd;
        this.#append(lines.slice(at, stop));
        return stop;
      }
    }
  }

  /** Reads up to the end of a string, a name or a comment. */
  #skip(lines: string, start: number): number {
    const closing = this.#enclosure ? CLOSING[this.#enclosure] : /$/g;
    closing.lastIndex = start;
    let found = closing.exec(lines);
    while (found?.[0].startsWith('\\')) found = closing.exec(lines);
    const end = found ? found.index + found[0].length : lines.length;
    if (found) this.#enclosure = undefined;
    this.#append(lines.slice(start, end));
    return end;
  }

  /** Reads a line that sets the delimiter. Returns its end, or `start` if there is none. */
  #delimiterCommand(lines: string, start: number): number {
    if (this.#start !== undefined || (start > 0 && lines[start - 1] !== '\n')) return start;
    DELIMITER_COMMAND.lastIndex = start;
    const [line = '', delimiter = ''] = DELIMITER_COMMAND.exec(lines) ?? [];
    if (delimiter === '') return start;
    this.discard();
    this.#line += line.endsWith('\n') ? 1 : 0;
    this.#setDelimiter(delimiter);
    return start + line.length;
  }

  /** Reads a command by its name, where a statement can begin. Returns its end, or `start` if there is none. */
  #namedCommand(lines: string, start: number, statements: Statement[]): number {
    if (this.#start !== undefined) return start;
    const name = commandName(lines, start, this.#delimiter);
    if (name === undefined) return start;
    const end = this.#commandEnd(lines, start);
    const text = trimmed(lines.slice(start, end));
    // Names of SQL, whose rest can be on the next line.
    if (/^use$/i.test(text) || name === 'delimiter') return start;
    this.discard();
    this.#command(text, statements);
    if (lines.startsWith(this.#delimiter, end)) return end + this.#delimiter.length;
    return lines.startsWith('\\', end) ? end + 2 : end;
  }

  /** Reads a command by its letter, which can be anywhere. Returns its end. */
  #letterCommand(lines: string, at: number, letter: string, statements: Statement[]): number {
    const end = LETTERS_WITH_ARGUMENT.has(letter) ? this.#commandEnd(lines, at + 2) : at + 2;
    this.#command(lines.slice(at, end), statements);
    return end;
  }

  /** Returns where the argument of a command ends: at the end of the line, or before. */
  #commandEnd(lines: string, start: number): number {
    const [end = lines.length] = ['\n', '\\g', '\\G', this.#delimiter]
      .map((ending) => lines.indexOf(ending, start))
      .filter((at) => at >= 0)
      .sort((a, b) => a - b);
    return end;
  }

  #command(text: string, statements: Statement[]): void {
    const { name, argument } = parseCommand(text);
    if (name === 'clear') this.discard();
    else if (name === 'delimiter' && argument !== '') this.#setDelimiter(firstWord(argument));
    else if (name === 'use' && argument !== '') statements.push(this.#whole(useStatement(argument)));
    else if (name === 'help' && argument !== '') statements.push(this.#whole(helpStatement(argument)));
    else if (name !== 'go' && name !== 'ego') statements.push({ ...this.#whole(trimmed(text)), command: true });
  }

  #whole(sql: string): Statement {
    return { sql, line: this.#line, textLine: this.#line, vertical: false };
  }

  #setDelimiter(delimiter: string): void {
    this.#delimiter = delimiter;
    this.#special = specialsFor(delimiter);
  }

  #end(end: number, vertical: boolean, statements: Statement[]): number {
    const statement = this.#finish(vertical);
    if (statement) statements.push(statement);
    return end;
  }

  #finish(vertical: boolean): Statement | undefined {
    const [text, line, textLine] = [this.#text, this.#start, this.#textLine];
    this.discard();
    if (line === undefined) return undefined;
    const [blanks = ''] = LEADING_BLANKS.exec(text) ?? [];
    const sql = trimmedEnd(text.slice(blanks.length));
    return { sql, line, textLine: textLine + lineEnds(blanks), vertical };
  }

  /** Reads code, or blanks. */
  #take(text: string): void {
    if (this.#start === undefined && CODE.test(text)) this.#start = this.#line;
    this.#append(text);
  }

  #append(text: string): void {
    if (this.#text === '') this.#textLine = this.#line;
    this.#text += text;
    this.#line += lineEnds(text);
  }
}

function lineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** The expression alone would begin at each of the blanks of a long text. */
function trimmedEnd(text: string): string {
  let end = text.length;
  while (end > 0 && !CODE.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/**
 * Matches what is not part of ordinary code: the delimiter, commands, quotes, and the beginnings of comments. Line
 * ends are matched because a delimiter command can follow. `\\N` is NULL.
 */
function specialsFor(delimiter: string): RegExp {
  const literal = delimiter.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`${literal}|\\\\[a-zA-MO-Z.?!#-]|['"\`\\n]|/\\*|#|--(?=[ \\t\\n\\v\\f\\r]|$)`, 'g');
}
