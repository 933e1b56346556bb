import { hashSync } from 'bcryptjs';

/** A password file in which each password is the name of its user. */
export function passwordsOf(...users: readonly string[]): string {
  return users.map((user) => `${user}:${hashSync(user, 4)}\n`).join('');
}

/** A URL with a login: `user:password`, or the name of a user whose password it is, too. */
export function as(login: string, url: string): string {
  return url.replace('//', `//${login.includes(':') ? login : `${login}:${login}`}@`);
}

/** The header of a login. */
export function basic(login: string): { readonly Authorization: string } {
  const credentials = login.includes(':') ? login : `${login}:${login}`;
  return { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}
