import { incorrect, typeOf } from '../../netsvc/method-declaration.js';
import { DateTime, Double, listItems, type Value } from '../../xmlrpc/value.js';

/** What hexadecimal literals begin with. Without the introducer, MySQL reads x'..' as a number in some contexts. */
export const BYTES = "_binary x'";
export const HEX_TEXT = "_utf8mb4 x'";

/**
 * Writes a value as an SQL literal of MySQL that has the same meaning in every sql_mode and every character set.
 *
 * @throws {ServiceFailure} 56 if SQL has no literal for the value
 */
export function sqlLiteral(value: Value): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? '1' : '0';
  }
  if (value === null) return 'NULL';
  if (value instanceof Double) return doubleLiteral(value.value);
  if (value instanceof DateTime) return quote(sqlDateTime(value.text));
  if (value instanceof Uint8Array) return `${BYTES}${Buffer.from(value).toString('hex')}'`;
  const items = listItems(value);
  if (items) return `(${items.map(sqlLiteral).join(', ')})`;
  throw incorrect(`SQL has no literal for a ${typeOf(value)}.`);
}

/**
 * Quotes are doubled, which is valid in every sql_mode. What a backslash means depends on NO_BACKSLASH_ESCAPES, which
 * MySQL does not report reliably: a procedure can set it unseen.
 */
function quote(text: string): string {
  if (text.includes('\\')) return `${HEX_TEXT}${Buffer.from(text).toString('hex')}'`;
  return text.includes("'") ? `'${doubled(text)}'` : `'${text}'`;
}

/** Doubles the quotes. `split` is eight times faster than `replaceAll` for a text of many quotes. */
export function doubled(text: string): string {
  return text.split("'").join("''");
}

/** With an exponent, because MySQL reads a number without one as DECIMAL. */
function doubleLiteral(value: number): string {
  if (!Number.isFinite(value)) throw incorrect(`SQL has no literal for ${value}.`);
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('e') ? text : `${text}e0`;
}

function sqlDateTime(text: string): string {
  return `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)} ${text.slice(9)}`;
}
