import { SqlLexer, TOKEN } from './sql-lexer.js';

/** Characters of a digest. The rest is left out. */
const MAX_LENGTH = 1000;

/** Stands for what is left out, while there are other points in the text. */
const REST = '\u2026';

/**
 * Returns a statement without its values, so that equal statements with other values have the same digest: literals are
 * `?`, lists of them `(...)`, and comments are left out, as in MySQL's DIGEST_TEXT. What the lexer cannot read for
 * certain is left out, because it may contain values.
 */
export function statementDigest(sql: string): string {
  const lexer = new SqlLexer(sql);
  const parts: string[] = [];
  for (let length = 0; ; ) {
    const kind = lexer.next();
    if (kind === TOKEN.END) break;
    // Twice the length, because lists become shorter.
    if (kind === TOKEN.UNCLEAR || length > 2 * MAX_LENGTH) {
      parts.push(REST);
      break;
    }
    const part = kind === TOKEN.STRING || kind === TOKEN.NUMBER || isValue(lexer.symbol, kind) ? '?' : lexer.text;
    parts.push(part);
    length += part.length + 1;
  }
  const digest = parts
    .join(' ')
    .replaceAll('? . ?', '?')
    .replace(/\( \?(?: , \?)+ \)/g, `(${REST})`)
    .replace(/(\(\u2026\))(?: , \1)+/g, `$1 , ${REST}`)
    .replaceAll(' . ', '.')
    .replaceAll(/ ([,;)])/g, '$1')
    .replaceAll('( ', '(');
  const shortened = digest.length > MAX_LENGTH ? digest.slice(0, MAX_LENGTH) + REST : digest;
  return shortened.replaceAll(REST, '...');
}

/** A number with letters, such as 0x1F, or text in double quotes. */
function isValue(symbol: string, kind: number): boolean {
  return kind === TOKEN.WORD ? symbol >= '0' && symbol <= '9' : kind === TOKEN.QUOTED && symbol === '"';
}
