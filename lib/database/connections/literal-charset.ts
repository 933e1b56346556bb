import type { SqlText } from './sql-text.js';

/** The character sets with all characters. In `binary`, a literal keeps its bytes. */
const UNIVERSAL = new Set(['utf8mb4', 'utf16', 'utf16le', 'utf32', 'gb18030', 'binary']);

/**
 * Characters that are missing in a character set. The sets that are not here have ASCII at least, where a literal in
 * ASCII is not converted. utf8mb3, which older versions call utf8, and ucs2 have the Basic Multilingual Plane. MySQL's
 * latin1 is windows-1252. In swe7, letters take the places of brackets.
 */
const MISSING: ReadonlyMap<string, RegExp> = new Map([
  ['utf8', /[\ud800-\udfff]/],
  ['utf8mb3', /[\ud800-\udfff]/],
  ['ucs2', /[\ud800-\udfff]/],
  ['latin1', /[^\0-\x7f\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/],
  ['swe7', /[^\0-?A-Z_a-z\x7f]/],
]);

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Collations of character sets with the same names in utf8mb4. */
const WITH_COUNTERPART = new Set(['utf8', 'utf8mb3', 'ucs2']);

/** Exist in one of them only. */
const WITHOUT_COUNTERPART = /_(?:general_mysql500_ci|tolower_ci)$/;

/** A collation of utf8mb4, whatever it is, in which literals lose nothing. */
export const SOME_UTF8 = 'utf8mb4_general_ci';

/**
 * Whether a statement is in ASCII, in which quotes and operators are the same in every character set that a client can
 * use. Long statements are not read.
 */
export function isAscii(sql: SqlText): boolean {
  return !sql.isLong && !BEYOND_ASCII.test(sql.text);
}

/**
 * Whether all characters of a statement exist in the character set of a collation. Long statements are not read.
 *
 * @param collation '' if it is not known
 */
export function fits(sql: SqlText, collation: string): boolean {
  const charset = charsetOf(collation);
  return UNIVERSAL.has(charset) || (!sql.isLong && !(MISSING.get(charset) ?? BEYOND_ASCII).test(sql.text));
}

/** Returns the collation of utf8mb4 that is the most similar to one of another character set. */
export function utf8Counterpart(collation: string): string {
  const charset = charsetOf(collation);
  if (WITH_COUNTERPART.has(charset) && !WITHOUT_COUNTERPART.test(collation)) {
    return `utf8mb4${collation.slice(charset.length)}`;
  }
  return /_(?:bin|cs)$/.test(collation) ? 'utf8mb4_bin' : SOME_UTF8;
}

function charsetOf(collation: string): string {
  return collation.split('_', 1)[0] ?? '';
}
