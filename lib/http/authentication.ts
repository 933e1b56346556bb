import { parse } from 'basic-auth';

/** What a client sends in the Authorization header; both are empty if it sends none. */
export interface Credentials {
  readonly login: string;
  readonly password: string;
}

export const ANONYMOUS: Credentials = { login: '', password: '' };

/**
 * Parses an Authorization header of the Basic scheme (RFC 7617), in UTF-8.
 *
 * @returns undefined for another scheme, or if the header is malformed
 */
export function parseCredentials(authorization: string): Credentials | undefined {
  const credentials = parse(authorization);
  return credentials && { login: credentials.name, password: credentials.pass };
}
