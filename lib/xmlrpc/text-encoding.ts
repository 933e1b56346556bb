import { EncodingError } from './codec-error.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 leaves out
export const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const NOT_PLAIN = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

export function encodeString(text: string): string {
  if (!NOT_PLAIN.test(text)) return `<value><string>${text}</string></value>`;
  if (!text.isWellFormed()) throw new EncodingError('a string contains half a surrogate pair');
  if (NOT_XML.test(text)) return encodeBytes(Buffer.from(text));
  return `<value><string>${escapeText(text)}</string></value>`;
}

/** The length of a string that is encoded in parts, and of the parts, in characters. */
export const TEXT_STEP = 64 * 1024;

/** Encodes a long string in parts. */
export function* textParts(text: string): Generator<string, void> {
  if (NOT_PLAIN.test(text)) {
    if (!text.isWellFormed()) throw new EncodingError('a string contains half a surrogate pair');
    if (NOT_XML.test(text)) {
      yield* base64Parts(Buffer.from(text));
      return;
    }
  }
  yield '<value><string>';
  for (let at = 0; at < text.length; ) {
    const end = at + TEXT_STEP;
    // A part must not end within a surrogate pair.
    const next = isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
    yield escapeText(text.slice(at, next));
    at = next;
  }
  yield '</string></value>';
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

/** A parser converts a literal CR to LF, so it is written as a reference. `>` is escaped because of `]]>`. */
export function escapeText(text: string): string {
  if (!/[&<>\r]/.test(text)) return text;
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

export function encodeBytes(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return `<value><base64>${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}</base64></value>`;
}

/** The same for bytes, of which base64 makes text without padding. */
export const BASE64_STEP = 48 * 1024;

/** Encodes many bytes in parts. */
export function* base64Parts(bytes: Uint8Array): Generator<string, void> {
  const { buffer, byteOffset, byteLength } = bytes;
  const all = Buffer.from(buffer, byteOffset, byteLength);
  yield '<value><base64>';
  for (let at = 0; at < all.length; at += BASE64_STEP) yield all.toString('base64', at, at + BASE64_STEP);
  yield '</base64></value>';
}
