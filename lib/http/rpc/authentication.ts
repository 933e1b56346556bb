import { isUtf8 } from 'node:buffer';

/** What a client sends in the Authorization header; both are empty if it sends none. */
export interface Credentials {
  readonly login: string;
  readonly password: string;
}

export const ANONYMOUS: Credentials = { login: '', password: '' };

/**
 * Parses an Authorization header of the Basic scheme (RFC 7617). The credentials are in UTF-8; if they are not valid in
 * it, in ISO-8859-1, which many libraries still send.
 *
 * @returns undefined for another scheme, or if the header is malformed: see `whyMalformed`
 */
export function parseCredentials(authorization: string): Credentials | undefined {
  const bytes = basicBytes(authorization);
  if (bytes === undefined) return undefined;
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  const [, login, password = ''] = CREDENTIALS.exec(text) ?? [];
  return login === undefined ? undefined : { login, password };
}

/** Says why a header has no credentials, without any of its text. */
export function whyMalformed(authorization: string): string {
  const bytes = basicBytes(authorization);
  if (bytes === undefined) return /^ *Basic\b/i.test(authorization) ? 'no base64' : 'another scheme than Basic';
  return bytes.includes(':') ? 'a line end in the credentials' : 'no colon in the credentials';
}

/** Whether credentials are read as ISO-8859-1. */
export function isLatin1(authorization: string): boolean {
  const bytes = basicBytes(authorization);
  return bytes !== undefined && !isUtf8(bytes);
}

function basicBytes(authorization: string): Buffer | undefined {
  const encoded = BASIC.exec(authorization)?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
}

const BASIC = /^ *Basic +([A-Za-z0-9._~+/-]+=*) *$/i;
const CREDENTIALS = /^([^:]*):(.*)$/;
