/** XML's own entities. A document without a DOCTYPE has no others. */
export const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The most characters of a reference, without zeros in front of a number: more than any entity of HTML has. */
export const MAX_REFERENCE = 40;

/** What a reference can begin with: a name, or the number of a character. */
const BEGINNING = /^(?:#[A-Za-z0-9]*|[A-Za-z_:\u0080-\uffff][A-Za-z0-9_:.\u0080-\uffff-]*)?$/;

const ZEROS = /^(?:(#)0+(?=\d)|(#x)0+(?=[0-9a-fA-F]))/;

/** Returns what has been read of a reference without zeros that do not count; undefined if it is none. */
export function beginningOfReference(text: string): string | undefined {
  const reference = text.startsWith('#') ? text.replace(ZEROS, '$1$2') : text;
  return reference.length <= MAX_REFERENCE && BEGINNING.test(reference) ? reference : undefined;
}

/**
 * Returns the text of a reference that is none of XML's own entities, such as `&#13;`.
 *
 * References to characters that XML does not allow are accepted, since their meaning is clear: Apache's and PHP's
 * clients send control characters so, Apache's and Python 3's the halves of surrogate pairs.
 *
 * @param reference without the ampersand and semicolon
 * @throws {Error} for unknown entities, and for numbers beyond Unicode
 */
export function resolveReference(reference: string): string {
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]+)|(\d+))$/.exec(reference) ?? [];
  const code = hexadecimal === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hexadecimal, 16);
  if (code <= 0x10ffff) return code < 0x10000 ? String.fromCharCode(code) : String.fromCodePoint(code);
  if (code > 0x10ffff) throw new Error(`malformed character entity &${reference};: Unicode has no such character`);
  if (reference.startsWith('#')) throw new Error(`malformed character entity &${reference};: write &#N; or &#xN;`);
  throw new Error(`undefined entity &${reference};: XML has only &amp; &lt; &gt; &quot; and &apos;`);
}

/** The number of a character, but for those that are not in Unicode. */
const NUMBER = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/;

/**
 * Resolves the references in a text, unless there is an unusual one: one that is an error, that has zeros in front, or
 * that is half of a surrogate pair.
 */
export function withoutReferences(text: string): string | undefined {
  let plain = '';
  let from = 0;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', from)) {
    const end = text.indexOf(';', at);
    if (end < 0 || end - at > MAX_PLAIN) return undefined;
    const reference = text.slice(at + 1, end);
    const character = ENTITIES.get(reference) ?? numbered(reference);
    if (character === undefined) return undefined;
    plain += text.slice(from, at) + character;
    from = end + 1;
  }
  return plain + text.slice(from);
}

/** The longest plain reference without its semicolon. */
const MAX_PLAIN = '&#x10FFFF'.length;

function numbered(reference: string): string | undefined {
  const [, hexadecimal, decimal] = NUMBER.exec(reference) ?? [];
  const code = hexadecimal === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hexadecimal, 16);
  const isCharacter = code < 0xd800 || (code > 0xdfff && code <= 0x10ffff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}
