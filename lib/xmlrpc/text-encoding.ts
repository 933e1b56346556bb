import { STEP, stepsOf } from '../turns/text-steps.js';
import { EncodingError } from './codec-error.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 leaves out
export const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const NOT_PLAIN = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

/** White space in base64 has no meaning. A line feed at its beginning says that it is text. */
export const TEXT_MARK = '\n';
export const TEXT_BASE64 = `<value><base64>${TEXT_MARK}`;
const BASE64 = '<value><base64>';

export function encodeString(text: string): string {
  if (!NOT_PLAIN.test(text)) return `<value><string>${text}</string></value>`;
  if (!isXml(text)) return `${TEXT_BASE64}${Buffer.from(text).toString('base64')}</base64></value>`;
  return `<value><string>${escapeText(text)}</string></value>`;
}

/** Encodes a long string in pieces, of which some are empty: all of it is read before. */
export function* longString(text: string): Generator<string, void> {
  let xml = true;
  for (const step of stepsOf(text)) {
    if (NOT_PLAIN.test(step) && !isXml(step)) xml = false;
    yield '';
  }
  if (!xml) {
    yield* base64Of(bytesOf(text), TEXT_BASE64);
    return;
  }
  yield '<value><string>';
  for (const step of stepsOf(text)) yield escapeText(step);
  yield '</string></value>';
}

/** @throws {EncodingError} if neither XML nor UTF-8 can represent the text */
export function checkString(text: string): void {
  if (!text.isWellFormed()) throw new EncodingError('a string contains half a surrogate pair');
}

/** Whether XML can represent the text. @throws {EncodingError} if nothing can */
function isXml(text: string): boolean {
  checkString(text);
  return !NOT_XML.test(text);
}

/** A parser converts a literal CR to LF, so it is written as a reference. `>` is escaped because of `]]>`. */
export function escapeText(text: string): string {
  if (!/[&<>\r]/.test(text)) return text;
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

export function encodeBytes({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return `${BASE64}${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}</base64></value>`;
}

export function* longBytes({ buffer, byteOffset, byteLength }: Uint8Array): Generator<string, void> {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  yield* base64Of(slicesOf(bytes));
}

function* slicesOf(bytes: Buffer): Generator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += STEP) yield bytes.subarray(at, at + STEP);
}

function* bytesOf(text: string): Generator<Buffer, void> {
  for (const step of stepsOf(text)) yield Buffer.from(step);
}

/** Encodes bytes that are in pieces. @param open what they begin with */
export function* base64Of(pieces: Iterable<Buffer>, open = BASE64): Generator<string, void> {
  let rest = Buffer.alloc(0);
  yield open;
  for (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    // Complete groups of three.
    const end = bytes.length - (bytes.length % 3);
    yield bytes.toString('base64', 0, end);
    rest = bytes.subarray(end);
  }
  yield `${rest.toString('base64')}</base64></value>`;
}

/**
 * Encodes the beginning of a struct's member, before its value.
 *
 * @throws {EncodingError} if XML cannot represent the name
 */
export function encodeMemberOpen(name: string): string {
  if (NOT_XML.test(name) || !name.isWellFormed()) {
    throw new EncodingError('a member name contains a character that XML cannot represent');
  }
  return `<member><name>${escapeText(name)}</name>`;
}
