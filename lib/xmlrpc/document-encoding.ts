import { type BytesDecoder, LATIN1, Utf8, Utf8Or, Utf16 } from './bytes-decoders.js';
import { DecodingError } from './codec-error.js';
import {
  ASCII_NAMES,
  encodingKey,
  LATIN1_NAMES,
  SINGLE_BYTE_NAMES,
  UTF8_NAMES,
  UTF16_NAMES,
} from './encoding-names.js';
import { SingleByte } from './single-byte.js';

/** A declaration in any other form is left to the XML parser. */
const DECLARED = /^<\?xml\s+version\s*=\s*(?:"1\.\d+"|'1\.\d+')\s+encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/;

/** Bytes, more than any XML declaration has. */
const MAX_DECLARATION = 1024;

/**
 * Determines the encoding of a document: by a byte order mark; by the zeros of UTF-16 (XML 1.0, appendix F); by the
 * charset parameter of the Content-Type; by the XML declaration. It is UTF-8 if nothing else is said.
 *
 * Libraries send a charset of their own, and programs copy declarations, so that the two can differ. If one of them is
 * UTF-8, the document is in UTF-8 if its bytes are valid in it: text in another encoding hardly ever is. Else it is in
 * that of the charset (RFC 7303, section 3).
 *
 * @param head the first bytes
 * @param whole whether the document has no more bytes
 * @returns undefined if more bytes are needed
 * @throws {DecodingError} if the encoding is not supported
 */
export function documentEncoding(head: Buffer, whole: boolean, charset: string | undefined): BytesDecoder | undefined {
  if (head.length < BEGINNING.length && !whole) return undefined;
  const seen = byteOrderMark(head) ?? zeros(head);
  if (seen !== undefined) return seen === 'utf-8' ? new Utf8() : new Utf16(seen);
  const named = charset === undefined ? undefined : encodingOf(charset);
  if (named === UTF8) return new Utf8(', as its Content-Type says');
  const declaration = declarationIn(head, whole);
  if (declaration === undefined) return undefined;
  // Without zeros, it cannot be UTF-16.
  if (charset === undefined || named === UTF16) return declaredDecoder(declaration, charset ?? declaration);
  const declared = encodingOf(declaration);
  if (named === ASCII) return new Utf8Or((offset) => (declared ?? LATIN).singleByte?.(offset) ?? LATIN1);
  if (declared !== UTF8) return supported(named, charset).create();
  const other = named?.singleByte;
  return other === undefined ? new Utf8(`, nor is ${printable(charset)} supported`) : new Utf8Or(other);
}

/** @param misnamed what says UTF-16, if something does */
function declaredDecoder(declaration: string, misnamed: string): BytesDecoder {
  const declared = declaration === '' ? UTF8 : supported(encodingOf(declaration), declaration);
  // .NET's StringWriter declares UTF-16, whatever the text becomes afterwards.
  return declared === UTF16 ? new Utf8(`, nor ${printable(misnamed)}`) : declared.create();
}

const BEGINNING = '<?xml';

/** Returns the encoding in the XML declaration, '' if there is none, and undefined if more bytes are needed. */
function declarationIn(head: Buffer, whole: boolean): string | undefined {
  const start = head.toString('latin1', 0, MAX_DECLARATION);
  if (start.startsWith(BEGINNING) && !start.includes('?>') && !whole && head.length < MAX_DECLARATION) return undefined;
  return DECLARED.exec(start)?.[1] ?? '';
}

function byteOrderMark(head: Buffer): 'utf-8' | 'utf-16be' | 'utf-16le' | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return undefined;
}

/** A document begins with `<` or white space, of which one byte is 0 in UTF-16, and in no other encoding. */
function zeros(head: Buffer): 'utf-16be' | 'utf-16le' | undefined {
  if (head[0] === 0 && head[1] !== 0 && head[2] === 0) return 'utf-16be';
  if (head[0] !== 0 && head[1] === 0 && head[3] === 0) return 'utf-16le';
  return undefined;
}

interface Encoding {
  create(): BytesDecoder;
  /** If each byte is one character. @param offset the number of bytes before the first one */
  readonly singleByte?: (offset: number) => BytesDecoder;
}

const UTF8: Encoding = { create: () => new Utf8() };
const UTF16: Encoding = { create: () => new Utf16('utf-16be') };
/** As Perl's clients send it, with bytes above 127. */
const ASCII: Encoding = { create: () => new Utf8Or(() => LATIN1) };
const LATIN: Encoding = { create: () => LATIN1, singleByte: () => LATIN1 };

function singleByte(name: string): Encoding {
  return { create: () => new SingleByte(name), singleByte: (offset) => new SingleByte(name, offset) };
}

const ENCODINGS: ReadonlyMap<string, Encoding> = new Map([
  ...named(UTF8_NAMES, UTF8),
  ...named(UTF16_NAMES, UTF16),
  ...named(ASCII_NAMES, ASCII),
  ...named(LATIN1_NAMES, LATIN),
  ...SINGLE_BYTE_NAMES.flatMap(([name, others]) => named(`${name} ${others}`, singleByte(name))),
]);

function named(names: string, encoding: Encoding): [string, Encoding][] {
  return names.split(' ').map((name) => [encodingKey(name), encoding]);
}

/** The maximum length of a name that is looked up, and in an error. */
const MAX_NAME = 40;

function encodingOf(name: string): Encoding | undefined {
  return name.length > MAX_NAME ? undefined : ENCODINGS.get(encodingKey(name));
}

/** Whether documents can be in the encoding of this name. */
export function isEncodingName(name: string): boolean {
  return encodingOf(name) !== undefined;
}

function supported(encoding: Encoding | undefined, name: string): Encoding {
  if (encoding === undefined)
    throw new DecodingError(`unsupported encoding ${printable(name)}; supported are ${SUPPORTED}`);
  return encoding;
}

const SUPPORTED =
  'UTF-8, UTF-16, US-ASCII and those with one byte for a character: ISO-8859-1 to 16, windows-1250 to ' +
  '1258 and 874, cp437 to cp869, KOI8 and those of the Macintosh';

/** A charset can be any text. */
function printable(name: string): string {
  return name.slice(0, MAX_NAME).replace(/[^\x21-\x7e]/g, '?');
}
