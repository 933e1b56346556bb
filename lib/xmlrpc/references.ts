/** XML's own entities. A document without a DOCTYPE has no others. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/**
 * Returns the text of a reference, such as `&lt;` or `&#13;`.
 *
 * References to characters that XML does not allow are accepted, since their meaning is clear: Apache's and PHP's
 * clients send control characters so, Apache's and Python 3's the halves of surrogate pairs.
 *
 * @param reference without the ampersand and semicolon
 * @throws {Error} for unknown entities, and for numbers beyond Unicode
 */
export function resolveReference(reference: string): string {
  const entity = ENTITIES.get(reference);
  if (entity !== undefined) return entity;
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]+)|(\d+))$/.exec(reference) ?? [];
  const code = hexadecimal === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hexadecimal, 16);
  if (code <= 0x10ffff) return code < 0x10000 ? String.fromCharCode(code) : String.fromCodePoint(code);
  throw new Error(reference.startsWith('#') ? 'malformed character entity.' : 'undefined entity.');
}
