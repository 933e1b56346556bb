/** What is said of a URL whose password contains a character that ends the part of the URL that it is in. */
export const PASSWORD_ESCAPES = 'in a password, escape # as %23, / as %2F, ? as %3F and % as %25';

/**
 * Whether a URL of HTTP without credentials looks like one with them, whose password contains such a character: then
 * its user would be the host. A fragment has no meaning for a server.
 */
export function isCutByPassword(url: string): boolean {
  return /^[^/]*\/\/[^/?#@]*[/?#].*@|#/s.test(url);
}
