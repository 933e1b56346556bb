/** What a client says it is: both empty when it says nothing. */
export interface Credentials {
  readonly login: string;
  readonly password: string;
}

/** What a client says that sends no credentials. */
export const ANONYMOUS: Credentials = { login: '', password: '' };

/**
 * Reads an Authorization header of the Basic scheme (RFC 7617).
 *
 * @returns undefined for another scheme, or for one that is malformed
 */
export function parseCredentials(authorization: string): Credentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { login: text.slice(0, colon), password: text.slice(colon + 1) };
}
