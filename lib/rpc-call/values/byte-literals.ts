import { isUtf8 } from 'node:buffer';
import { STRING_ESCAPES } from './sql-syntax.js';
import { type StringOrComment, stringsAndComments } from './strings-and-comments.js';

/** A statement that can be sent as text. */
export interface TextStatement {
  readonly sql: string;
  /** What replaces `%s`; undefined if percent signs are not doubled. */
  readonly literals?: readonly Buffer[];
}

/** Bytes that are not UTF-8, where only text can be. */
export class UnsendableBytes extends Error {
  /** @param at the position in the statement */
  constructor(readonly at: number) {
    super('not UTF-8');
  }
}

/** Longer literals are arguments, which are sent as fewer bytes than digits. */
const MAX_DIGITS = 1024;

/** The introducer of a string, which tells its character set. */
const INTRODUCER = /\b_\w+[ \t\r\n]*$/;
const MAX_INTRODUCER = 64;

const BEYOND_ASCII = /[\u0080-\u00ff]/;

/**
 * Converts a statement to text. The strings of a dump can be bytes: those that are not UTF-8 become hexadecimal digits,
 * or arguments if they are long.
 *
 * @param bytes a character for each byte
 * @param mayBeBytes whether a string without an introducer can be bytes, and not text in another character set
 * @throws {UnsendableBytes}
 */
export function textStatement(bytes: string, mayBeBytes: boolean): TextStatement {
  const all = Buffer.from(bytes, 'latin1');
  if (isUtf8(all)) return { sql: all.toString() };
  const text = new TextBuilder(bytes, all);
  for (const part of stringsAndComments(bytes)) {
    const { start, end, quote, comment } = part;
    if (!BEYOND_ASCII.test(bytes.slice(start, end)) || isUtf8(all.subarray(start, end))) continue;
    // Without the bytes that are not UTF-8.
    if (comment) {
      text.add(start, end, all.toString('utf8', start, end));
      continue;
    }
    const introduced = INTRODUCER.test(bytes.slice(Math.max(0, start - MAX_INTRODUCER), start));
    if (quote === '`' || !(mayBeBytes || introduced)) throw new UnsendableBytes(start);
    text.addLiteral(part);
  }
  return text.end();
}

/** Collects the parts of a statement. */
class TextBuilder {
  readonly #bytes: string;
  readonly #all: Buffer;
  /** Text and, in every other place, what is in place of a literal. */
  readonly #pieces: string[] = [];
  #text = '';
  /** The end of what has been added. */
  #end = 0;
  readonly #literals: Buffer[] = [];

  constructor(bytes: string, all: Buffer) {
    this.#bytes = bytes;
    this.#all = all;
  }

  /** Adds the text in front of a part, and `text` in place of the part. */
  add(start: number, end: number, text: string): void {
    this.#text += this.#plain(start) + text;
    this.#end = end;
  }

  addLiteral({ start, end, quote }: StringOrComment): void {
    this.#pieces.push(this.#text + this.#plain(start));
    this.#text = '';
    this.#end = end;
    const content = this.#bytes.slice(start + 1, end - 1);
    if (end - start > MAX_DIGITS) {
      this.#literals.push(Buffer.from(unescaped(content, quote), 'latin1'));
      this.#pieces.push(' %s');
    } else if (content.includes('\\') || content.includes(quote)) {
      this.#pieces.push(` x'${Buffer.from(unescaped(content, quote), 'latin1').toString('hex')}'`);
    } else {
      this.#pieces.push(` x'${this.#all.toString('hex', start + 1, end - 1)}'`);
    }
  }

  end(): TextStatement {
    const pieces = [...this.#pieces, this.#text + this.#plain(this.#all.length)];
    if (this.#literals.length === 0) return { sql: pieces.join('') };
    const sql = pieces.map((piece, i) => (i % 2 === 0 ? piece.replaceAll('%', '%%') : piece)).join('');
    return { sql, literals: this.#literals };
  }

  /** Returns the text from the end of what has been added. */
  #plain(end: number): string {
    const bytes = this.#bytes.slice(this.#end, end);
    // Mostly a comma.
    if (!BEYOND_ASCII.test(bytes)) return bytes;
    const piece = this.#all.subarray(this.#end, end);
    if (!isUtf8(piece)) throw new UnsendableBytes(this.#end + invalidLine(piece));
    return piece.toString();
  }
}

/** The escapes of strings; `\%` and `\_` keep their backslash. */
const ESCAPES: Readonly<Record<string, string>> = { ...STRING_ESCAPES, '%': '\\%', _: '\\_' };

/** Returns the content of a string, a character for each byte. */
function unescaped(text: string, quote: string): string {
  return text.replace(quote === "'" ? /\\(.)|''/gs : /\\(.)|""/gs, (_, letter: string | undefined) =>
    letter === undefined ? quote : (ESCAPES[letter] ?? letter),
  );
}

/** Returns the beginning of the first line that is not UTF-8. */
function invalidLine(bytes: Buffer): number {
  let start = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
  }
  return start;
}
