/** Blanks, comments, and the beginnings of comments with code, which are not the first word of a statement. */
const NO_CODE = /^(?:\s|\/\*M?!\d*|\/\*.*?\*\/|--\s[^\n]*|#[^\n]*)+/s;

/** Returns a statement without what stands before its first word. */
export function codeOf(sql: string): string {
  return sql.replace(NO_CODE, '');
}
