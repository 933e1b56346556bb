import { Ascii, type BytesDecoder, Latin1, Utf8, Utf16, Windows1252 } from './bytes-decoders.js';
import { DecodingError } from './codec-error.js';

/** What is not a declaration to the letter is left to the XML parser to find. */
const DECLARED = /^<\?xml\s+version\s*=\s*(?:"1\.\d+"|'1\.\d+')\s+encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']/;

/** More than any XML declaration needs. */
const LONGEST_DECLARATION = 1024;

/**
 * Says how a document is encoded, in the order of RFC 7303 section 3: a byte order mark, the charset parameter of the
 * Content-Type, the XML declaration; without any of them it is UTF-8, or UTF-16 if it looks so (XML 1.0, appendix F).
 *
 * @param head the first bytes
 * @param whole whether there are no more
 * @returns undefined if more must be seen to tell
 * @throws {DecodingError} for an encoding that is not supported
 */
export function documentEncoding(head: Buffer, whole: boolean, charset: string | undefined): BytesDecoder | undefined {
  if (head.length < BEGINNING.length && !whole) return undefined;
  const marked = byteOrderMark(head);
  if (marked !== undefined) return bytesDecoder(marked);
  if (charset !== undefined) return bytesDecoder(charset, head);
  // Mostly it begins with `<`, but a line end may stand before that.
  if (head[0] === 0 && head[1] !== 0 && head[2] === 0) return bytesDecoder('utf-16be');
  if (head[0] !== 0 && head[1] === 0 && head[3] === 0) return bytesDecoder('utf-16le');
  const start = head.toString('latin1', 0, LONGEST_DECLARATION);
  if (start.startsWith(BEGINNING) && !start.includes('?>') && !whole && head.length < LONGEST_DECLARATION)
    return undefined;
  const declared = DECLARED.exec(start)?.[1] ?? 'utf-8';
  if (/^utf-?16/i.test(declared)) throw new DecodingError(`the document says ${declared.slice(0, 40)}, and is not`);
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
      // RFC 2781 has it big-endian where there is no mark, which not everybody knows.
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
      throw new DecodingError(`encoding ${encoding.slice(0, 40)} is not supported`);
  }
}
