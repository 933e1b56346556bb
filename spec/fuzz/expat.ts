import type { Python } from '../support/python.js';
import { ENCODINGS } from './mutations.js';
import { PythonProgram } from './python-program.js';

/** Python's XML parser in a separate process. */
export class Expat extends PythonProgram<boolean> {
  constructor(python: Python) {
    super(python, 'expat.py');
  }

  protected override answersIn(verdicts: Buffer): boolean[] {
    return Array.from(verdicts, (verdict) => verdict === '1'.charCodeAt(0));
  }

  isWellFormed(document: Buffer): Promise<boolean> {
    return this.ask(document);
  }
}

/**
 * A document with what the decoder takes on purpose, and Python's parser does not, put in a form that both take:
 *
 * - references to characters that XML leaves out, which clients send for want of any other way;
 * - `utf8`, which expat does not know for an encoding's name, and UTF-16 that is only declared;
 * - a declared encoding that the byte order mark contradicts, or the looks of UTF-16: by RFC 7303 the mark counts.
 */
export function forExpat(document: Buffer): Buffer {
  const marked = withoutMark(document);
  const text = marked ?? document.toString('latin1');
  if (marked === undefined && !text.includes('&#') && !/utf(?:8|-16)/i.test(text)) return document;
  const replaced = text
    .replace(/&#(?:x([0-9a-fA-F]+)|(\d+));/g, (reference, hexadecimal: string, decimal: string) => {
      const code = hexadecimal === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hexadecimal, 16);
      return code <= 0x10ffff && !isXmlCharacter(code) ? '&#32;' : reference;
    })
    .replace(/^(<\?xml[^>]*)utf(?:8|-16)/i, '$1utf-8');
  return Buffer.from(replaced, marked === undefined ? 'latin1' : 'utf8');
}

/**
 * Returns the text of a document whose first bytes identify its encoding, without its declared encoding, unless there
 * are two, which is malformed.
 */
function withoutMark(document: Buffer): string | undefined {
  const head = document.toString('latin1', 0, 4);
  const [, name] =
    (
      [
        [/^\xef\xbb\xbf/, 'utf-8'],
        [/^\xfe\xff|^\0<\0/, 'utf-16be'],
        [/^\xff\xfe|^<\0.\0/s, 'utf-16le'],
      ] as const
    ).find(([pattern]) => pattern.test(head)) ?? [];
  if (name === undefined) return undefined;
  try {
    const text = new TextDecoder(name, { fatal: true }).decode(document);
    return text.replace(
      /^(<\?xml\s+version\s*=\s*["'][^"']*["'])\s+encoding\s*=\s*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*')(?!\s+encoding)/,
      '$1',
    );
  } catch {
    return undefined;
  }
}

/**
 * Whether a difference has been decided on:
 *
 * - US-ASCII with bytes that it does not have is taken as Perl's clients mean it;
 * - expat does not look at the version, which XML 1.0 has begin with `1.`;
 * - the decoder takes the names of encodings without their punctuation, such as `koi8-`;
 * - expat knows the names of the fourth edition of XML 1.0, the decoder those of the fifth, which has more letters.
 */
export function isDecided(document: Buffer, verdict: string): boolean {
  if (verdict.includes('version number must match')) return true;
  const text = withoutMark(document) ?? document.toString('latin1');
  const [, encoding] = /^<\?xml[^>]*encoding\s*=\s*["']([^"']*)/.exec(text) ?? [];
  if (verdict === 'call' && encoding !== undefined && !ENCODINGS.includes(encoding)) return true;
  if (verdict === 'call' && /<[?\w][^<>]*[\u0080-\uffff]/.test(text)) return true;
  return /^<\?xml[^>]*ascii/i.test(text) && document.some((byte) => byte >= 0x80);
}

function isXmlCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    code >= 0x10000
  );
}
