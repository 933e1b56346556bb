import { singleBytes } from '../rows/text-decoder.js';
import type { SqlText } from '../sql/sql-text.js';

/** The character sets with all characters. In `binary`, a literal keeps its bytes. */
const UNIVERSAL = new Set(['utf8mb4', 'utf16', 'utf16le', 'utf32', 'gb18030', 'binary']);

/** utf8mb3, which older versions call utf8, and ucs2 have the Basic Multilingual Plane. */
const SURROGATE = /[\ud800-\udfff]/;

const BEYOND_ASCII = /[^\0-\x7f]/;

/** mysql2's names of character sets that MySQL names otherwise. */
const ENCODINGS: Readonly<Record<string, string>> = { macce: 'macintosh', ujis: 'eucjp' };

/** What finds a character that is missing in a character set. */
const MISSING = new Map<string, RegExp>([
  ['utf8', SURROGATE],
  ['utf8mb3', SURROGATE],
  ['ucs2', SURROGATE],
]);

/** Of statements whose text, or whose arguments, are in variables, which MySQL converts as it does literals. */
const FROM_VARIABLES = /\b(?:prepare|execute)\b/i;

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

/** Whether the character set of a collation has all characters. */
export function isUniversal(collation: string): boolean {
  return UNIVERSAL.has(charsetOf(collation));
}

/**
 * Whether all characters of a statement surely exist in the character set of a collation. Long text is not read.
 *
 * @param collation '' if it is not known
 */
export function fits(sql: SqlText, collation: string): boolean {
  if (isUniversal(collation)) return true;
  const charset = charsetOf(collation);
  return !sql.hasLongText && !FROM_VARIABLES.test(sql.text) && !missingIn(charset).test(sql.text);
}

/** Returns the collation of utf8mb4 that is the most similar to one of another character set. */
export function utf8Counterpart(collation: string): string {
  const charset = charsetOf(collation);
  if (WITH_COUNTERPART.has(charset) && !WITHOUT_COUNTERPART.test(collation)) {
    return `utf8mb4${collation.slice(charset.length)}`;
  }
  return /_(?:bin|cs)$/.test(collation) ? 'utf8mb4_bin' : SOME_UTF8;
}

/** Of the others, only characters of one byte are known to be there, which are all of ASCII but in swe7. */
function missingIn(charset: string): RegExp {
  const known = MISSING.get(charset);
  if (known !== undefined) return known;
  const characters = singleBytes(ENCODINGS[charset] ?? charset);
  const codes = [...characters].map((character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  const missing = codes.length > 0 ? new RegExp(`[^${codes.join('')}]`, 'u') : BEYOND_ASCII;
  MISSING.set(charset, missing);
  return missing;
}

function charsetOf(collation: string): string {
  return collation.split('_', 1)[0] ?? '';
}
