import { printable } from '../values/printable.js';
import { looksLikeBytes } from '../values/scalar-text.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal does not print
const SPECIAL = /[\u0000-\u001f\u007f-\u009f]|^\\|\\[nrtx\\]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above, without tab and line feed
const SPECIAL_IN_LINES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|^\\|\\[nrtx\\]/;

/**
 * Returns text for people, without characters that would change the terminal. Different texts look different, and none
 * looks like NULL or bytes: a backslash is doubled where it could be part of an escape.
 *
 * @param nil the text of NULL
 * @param lines keep tabs and line feeds
 */
export function cellText(text: string, nil: string, { lines }: { readonly lines: boolean } = { lines: false }): string {
  if (text === nil || looksLikeBytes(text)) return `\\${text}`;
  if (!(lines ? SPECIAL_IN_LINES : SPECIAL).test(text)) return text;
  const escaped = text.replaceAll('\\', '\\\\');
  return lines ? escaped.replace(/[^\P{Cc}\n\t]/gu, printable) : printable(escaped);
}
