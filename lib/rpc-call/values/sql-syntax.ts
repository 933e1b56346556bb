/** Returns a name of SQL between backticks. */
export function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** What a character behind a backslash stands for, in strings of MySQL and in the files of LOAD DATA. */
export const STRING_ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\u001a',
};

/** Blanks, comments, and the beginnings of comments with code, which are not the first word of a statement. */
const NO_CODE = /^(?:\s|\/\*M?!\d*|\/\*.*?\*\/|--\s[^\n]*|#[^\n]*)+/s;

/** Returns a statement without what stands before its first word. */
export function codeOf(sql: string): string {
  return sql.replace(NO_CODE, '');
}
