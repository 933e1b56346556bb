import type { IncomingHttpHeaders } from 'node:http';

const TOKEN = "[!#$%&'*+.^_`|~\\w-]+";
const WORD = `${TOKEN}|"(?:[^"\\\\]|\\\\.)*"`;

/** An element of a Prefer header up to its comma: RFC 7240, section 2. An element can be empty. */
const PREFERENCE = new RegExp(
  `[ \\t]*(?:(${TOKEN})[ \\t]*(?:=[ \\t]*(${WORD})?[ \\t]*)?` +
    `(?:;[ \\t]*(?:${TOKEN}[ \\t]*(?:=[ \\t]*(?:${WORD})?[ \\t]*)?)?)*)?(?:,|$)`,
  'y',
);

/**
 * Whether a client asks for responses with a Content-Length, by the preference `answers=whole`. Other preferences, and
 * what is malformed, are ignored, as the RFC requires.
 */
export function prefersWhole({ prefer }: IncomingHttpHeaders): boolean {
  if (prefer === undefined) return false;
  const text = String(prefer);
  for (PREFERENCE.lastIndex = 0; PREFERENCE.lastIndex < text.length; ) {
    const found = PREFERENCE.exec(text);
    if (found === null) return false;
    const [, name = '', value = ''] = found;
    // Only the first one of each name counts.
    if (name.toLowerCase() === 'answers') return value.replace(/^"(.*)"$/s, '$1').toLowerCase() === 'whole';
  }
  return false;
}
