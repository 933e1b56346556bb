import { DateTime } from '../../xmlrpc/value.js';
import { Numeral } from './response-value.js';
import { dateText, numeralText } from './scalar-text.js';

/**
 * Returns a value as JSON. Integers have all their digits. Bytes are `{"base64": "..."}`; a struct that would look like
 * them is in `{"struct": ...}`.
 *
 * @param indent what begins each line of an array or struct after a line feed; undefined for one line
 */
export function jsonText(value: unknown, indent?: string): string {
  if (typeof value === 'string') return jsonString(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof Numeral) return numberText(value);
  if (value instanceof DateTime) return `"${dateText(value)}"`;
  if (value instanceof Uint8Array) return members([['base64', Buffer.from(value).toString('base64')]], indent);
  const inner = indent === undefined ? undefined : `${indent}  `;
  if (Array.isArray(value)) {
    return enclosed(
      '[]',
      value.map((item) => jsonText(item, inner)),
      indent,
    );
  }
  const entries = Object.entries(value);
  return members(isReserved(entries) ? [['struct', value, entries]] : entries, indent);
}

/** JSON has no infinite numbers. */
function numberText(value: Numeral): string {
  const text = numeralText(value);
  return /\d$/.test(text) ? text : `"${text}"`;
}

/** Whether a struct looks like bytes, or like the struct around one that does. */
function isReserved(entries: readonly (readonly [string, unknown])[]): boolean {
  const [name] = entries[0] ?? [];
  return entries.length === 1 && (name === 'base64' || name === 'struct');
}

type Entry = readonly [name: string, value: unknown, struct?: readonly (readonly [string, unknown])[]];

function members(entries: readonly Entry[], indent: string | undefined): string {
  const inner = indent === undefined ? undefined : `${indent}  `;
  const colon = indent === undefined ? ':' : ': ';
  const texts = entries.map(([name, value, struct]) => {
    const text = struct === undefined ? jsonText(value, inner) : members(struct, inner);
    return `${jsonString(name)}${colon}${text}`;
  });
  return enclosed('{}', texts, indent);
}

function enclosed(brackets: '[]' | '{}', texts: readonly string[], indent: string | undefined): string {
  const [open, close] = brackets;
  if (indent === undefined || texts.length === 0) return `${open}${texts.join(',')}${close}`;
  return `${open}\n${texts.map((text) => `${indent}  ${text}`).join(',\n')}\n${indent}${close}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes, and the others of terminals
const ESCAPED = /[\u0000-\u001f"\\\u007f-\u009f\ud800-\udfff]/;

/** Returns a string of JSON without characters that would change a terminal. */
export function jsonString(text: string): string {
  // Most have nothing to escape, which is found faster than it is written.
  if (!ESCAPED.test(text)) return `"${text}"`;
  const json = JSON.stringify(text);
  return json.replace(/[\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
