import { Ascii, type BytesDecoder, Latin1, Utf8, Utf16, Windows1252 } from './bytes-decoders.js';
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

function bytesDecoder(encoding: string, head?: Buffer): BytesDecoder {
  switch (encoding.toLowerCase()) {
    case 'utf-8':
    case 'utf8':
      return new Utf8();
    case 'utf-16':
    case 'utf16':
      // The default is big-endian in RFC 2781, but not in all clients.
      return new Utf16(head?.[0] === LESS_THAN ? 'utf-16le' : 'utf-16be');
    case 'utf-16be':
      return new Utf16('utf-16be');
    case 'utf-16le':
      return new Utf16('utf-16le');
    case 'iso-8859-1':
    case 'iso8859-1':
    case 'latin1':
    case 'latin-1':
      return new Latin1();
    case 'us-ascii':
    case 'ascii':
      return new Ascii();
    case 'windows-1252':
    case 'cp1252':
      return new Windows1252();
    default:
      throw new DecodingError(`unsupported encoding ${encoding.slice(0, 40)}`);
  }
}
