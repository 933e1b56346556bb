import { typeOf } from '../../netsvc/method-declaration.js';
import { DateTime, Decimal, Double, listItems, type Value } from '../../xmlrpc/value.js';
import { noLiteral } from '../errors/fault-texts.js';

/** Writes a value as an SQL literal. @param backslashEscapes false with the sql_mode NO_BACKSLASH_ESCAPES */
export type Literal = (value: Value, backslashEscapes: boolean) => string;

/** Without the introducer, MySQL reads x'..' as a number in some contexts. */
const BYTES = "_binary x'";
const HEX_TEXT = "_utf8mb4 x'";

/**
 * Writes a value as an SQL literal of MySQL. If `backslashEscapes` is wrong, it is that of another value, but it ends
 * where it should.
 *
 * @throws {ServiceFailure} 56 if SQL has no literal for the value
 */
export function sqlLiteral(value: Value, backslashEscapes = true): string {
  switch (typeof value) {
    case 'string':
      return quote(value, backslashEscapes);
    case 'number':
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? '1' : '0';
  }
  if (value === null) return 'NULL';
  if (value instanceof Double) return doubleLiteral(value.value);
  if (value instanceof Decimal) return value.text;
  if (value instanceof DateTime) return `'${sqlDateTime(value.text)}'`;
  if (value instanceof Uint8Array) return `${BYTES}${Buffer.from(value).toString('hex')}'`;
  const items = listItems(value);
  if (items) return `(${items.map((item) => sqlLiteral(item, backslashEscapes)).join(', ')})`;
  throw noLiteral(`a ${typeOf(value)}`);
}

/**
 * Quotes are doubled, which is valid in every sql_mode, and so are backslashes, if they escape. An even number of them
 * escapes no quote in any sql_mode, so that the literal cannot end elsewhere. If they do not escape, one that makes the
 * number odd in front of a quote, or at the end, is written as an expression: collations are those of a literal.
 */
function quote(text: string, backslashEscapes: boolean): string {
  if (!text.includes('\\')) return text.includes("'") ? `'${doubled(text, "'")}'` : `'${text}'`;
  const parts = backslashEscapes ? [text] : partsOf(text);
  if (parts.length === 1) return `'${doubledMarks(text, backslashEscapes)}'`;
  if (parts.length > MAX_PARTS) return `${HEX_TEXT}${Buffer.from(text).toString('hex')}'`;
  // In MariaDB's EMPTY_STRING_IS_NULL, an empty part would make the whole NULL.
  const written = parts.flatMap((part, i) => [
    ...(i > 0 ? [BACKSLASH] : []),
    ...(part ? [`'${doubled(part, "'")}'`] : []),
  ]);
  return written.length === 1 ? BACKSLASH : `CONCAT(${written.join(', ')})`;
}

/** Returns what is between the backslashes that make their number odd in front of a quote, or at the end. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let start = text.indexOf('\\'), end = 0; start >= 0; start = text.indexOf('\\', end)) {
    end = start;
    while (text[end] === '\\') end++;
    if ((end - start) % 2 === 0 || (end < text.length && text[end] !== "'")) continue;
    parts.push(text.slice(from, end - 1));
    from = end;
  }
  parts.push(text.slice(from));
  return parts;
}

/** The first of two backslashes, or the one that they stand for. */
const BACKSLASH = "LEFT('\\\\', 1)";

/** A text with more parts is written in hexadecimal. */
const MAX_PARTS = 100;

/** Doubles the quotes, and the backslashes if they escape. */
export function doubledMarks(text: string, backslashEscapes: boolean): string {
  const quoted = doubled(text, "'");
  return backslashEscapes ? doubled(quoted, '\\') : quoted;
}

/** `split` is eight times faster than `replaceAll` for a text of many quotes. */
function doubled(text: string, mark: string): string {
  return text.includes(mark) ? text.split(mark).join(mark + mark) : text;
}

/** Looks for an odd number of backslashes in front of a quote, or at the end, in a text that comes in steps. */
export class EscapeSearch {
  #isOdd = false;
  #found = false;

  get mayEscape(): boolean {
    return this.#found || this.#isOdd;
  }

  add(step: string): void {
    // The first one may belong to those at the end of the step before.
    for (let start = 0, end = 0; start >= 0; start = step.indexOf('\\', end)) {
      end = start;
      while (step[end] === '\\') end++;
      if ((end - start) % 2 === 1) this.#isOdd = !this.#isOdd;
      if (end === step.length) return;
      this.#found ||= this.#isOdd && step[end] === "'";
      this.#isOdd = false;
    }
  }
}

/** With an exponent, because MySQL reads a number without one as DECIMAL. */
function doubleLiteral(value: number): string {
  if (!Number.isFinite(value)) throw noLiteral(value);
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('e') ? text : `${text}e0`;
}

function sqlDateTime(text: string): string {
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)} ${text.slice(9)}`;
}
