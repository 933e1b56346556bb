import { isUtf8 } from 'node:buffer';
import { type Enclosed, enclosedParts } from './enclosed-parts.js';

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
  const parts = [...enclosedParts(bytes)].filter(
    ({ start, end }) => BEYOND_ASCII.test(bytes.slice(start, end)) && !isUtf8(all.subarray(start, end)),
  );
  const isLong = (part: Enclosed) => !part.comment && part.end - part.start > MAX_DIGITS;
  const asArguments = parts.some(isLong);
  const literals: Buffer[] = [];
  const pieces: string[] = [];
  let plain = 0;
  const addPlain = (end: number) => {
    const piece = all.subarray(plain, end);
    if (!isUtf8(piece)) throw new UnsendableBytes(plain + invalidLine(piece));
    pieces.push(asArguments ? piece.toString().replaceAll('%', '%%') : piece.toString());
  };
  for (const part of parts) {
    const { start, end, quote, comment } = part;
    addPlain(start);
    plain = end;
    if (comment) {
      // Without the bytes that are not UTF-8.
      pieces.push(all.toString('utf8', start, end).replaceAll('%', asArguments ? '%%' : '%'));
      continue;
    }
    const introduced = INTRODUCER.test(bytes.slice(Math.max(0, start - MAX_INTRODUCER), start));
    if (quote === '`' || !(mayBeBytes || introduced)) throw new UnsendableBytes(start);
    const value = unescaped(bytes.slice(start + 1, end - 1), quote);
    if (isLong(part)) literals.push(value);
    pieces.push(isLong(part) ? ' %s' : ` x'${value.toString('hex')}'`);
  }
  addPlain(all.length);
  return asArguments ? { sql: pieces.join(''), literals } : { sql: pieces.join('') };
}

/** The escapes of strings; `\%` and `\_` keep their backslash. */
const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\u001a',
  '%': '\\%',
  _: '\\_',
};

/** Returns the bytes of a string. */
function unescaped(text: string, quote: string): Buffer {
  const plain = text.replace(quote === "'" ? /\\(.)|''/gs : /\\(.)|""/gs, (_, letter: string | undefined) =>
    letter === undefined ? quote : (ESCAPES[letter] ?? letter),
  );
  return Buffer.from(plain, 'latin1');
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
