import { Ascii, type BytesDecoder, LATIN1, Utf8, Utf16, WINDOWS_1252 } from './bytes-decoders.js';
import { DecodingError } from './codec-error.js';

/** A declaration in any other form is left to the XML parser. */
const DECLARED = /^<\?xml\s+version\s*=\s*(?:"1\.\d+"|'1\.\d+')\s+encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/;

/** Bytes, more than any XML declaration has. */
const MAX_DECLARATION = 1024;

/**
 * Determines the encoding of a document, in the order of RFC 7303, section 3: a byte order mark, the charset parameter
 * of the Content-Type, the XML declaration. The default is UTF-8, or UTF-16 if the first bytes look like it (XML 1.0,
 * appendix F).
 *
 * @param head the first bytes
 * @param whole whether the document has no more bytes
 * @returns undefined if more bytes are needed
 * @throws {DecodingError} if the encoding is not supported
 */
export function documentEncoding(head: Buffer, whole: boolean, charset: string | undefined): BytesDecoder | undefined {
  if (head.length < BEGINNING.length && !whole) return undefined;
  const marked = byteOrderMark(head);
  if (marked !== undefined) return bytesDecoder(marked);
  if (charset !== undefined) return bytesDecoder(charset, head);
  // The document usually begins with `<`, but can begin with a line end.
  if (head[0] === 0 && head[1] !== 0 && head[2] === 0) return bytesDecoder('utf-16be');
  if (head[0] !== 0 && head[1] === 0 && head[3] === 0) return bytesDecoder('utf-16le');
  const start = head.toString('latin1', 0, MAX_DECLARATION);
  if (start.startsWith(BEGINNING) && !start.includes('?>') && !whole && head.length < MAX_DECLARATION) return undefined;
  const declared = DECLARED.exec(start)?.[1] ?? 'utf-8';
  if (/^utf-?16/i.test(declared)) throw new DecodingError(`the document declares ${declared.slice(0, 40)}, but is not`);
  return bytesDecoder(declared);
}

const BEGINNING = '<?xml';
const LESS_THAN = 0x3c;

function byteOrderMark(head: Buffer): string | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return undefined;
}

/** By the names of encodings in lower case. @param head the first bytes, if they tell the order of the others */
const DECODERS: ReadonlyMap<string, (head?: Buffer) => BytesDecoder> = new Map([
  ...named(['utf-8', 'utf8'], () => new Utf8()),
  // The default is big-endian in RFC 2781, but not in all clients.
  ...named(['utf-16', 'utf16'], (head) => new Utf16(head?.[0] === LESS_THAN ? 'utf-16le' : 'utf-16be')),
  ...named(['utf-16be'], () => new Utf16('utf-16be')),
  ...named(['utf-16le'], () => new Utf16('utf-16le')),
  ...named(['iso-8859-1', 'iso8859-1', 'latin1', 'latin-1'], () => LATIN1),
  ...named(['us-ascii', 'ascii'], () => new Ascii()),
  ...named(['windows-1252', 'cp1252'], () => WINDOWS_1252),
]);

function named(names: readonly string[], create: (head?: Buffer) => BytesDecoder) {
  return names.map((name) => [name, create] as const);
}

function bytesDecoder(encoding: string, head?: Buffer): BytesDecoder {
  const create = DECODERS.get(encoding.toLowerCase());
  if (create === undefined) throw new DecodingError(`unsupported encoding ${encoding.slice(0, 40)}`);
  return create(head);
}
