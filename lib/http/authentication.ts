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
  const [, encoded = ''] = BASIC.exec(authorization) ?? [];
  const [, login, password = ''] = /^([^:]*):(.*)$/.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return login === undefined ? undefined : { login, password };
}

const BASIC = /^ *Basic +([A-Za-z0-9._~+/-]+=*) *$/i;
