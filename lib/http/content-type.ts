/**
 * The charset parameter of a Content-Type (RFC 9110, section 8.3), as its sender spelt it.
 *
 * @returns undefined if there is none
 */
export function charsetOf(contentType: string): string | undefined {
  const [, quoted, token] = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType) ?? [];
  return quoted ?? token;
}
