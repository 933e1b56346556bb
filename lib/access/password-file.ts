/** The users and the bcrypt hashes of their passwords, as `htpasswd -B` writes them: `name:$2y$10$...`, a line each. */
export type Passwords = ReadonlyMap<string, string>;

/** What a line says that cannot be used. */
export class PasswordFileError extends Error {}

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** Each step doubles the time; at 15 a check takes seconds. */
const MOST_ROUNDS = 15;

/**
 * Reads a file's text. Empty lines and those that begin with # are comments.
 *
 * @throws {PasswordFileError} with the number of the line, and nothing of any hash
 */
export function parsePasswords(text: string): Passwords {
  const passwords = new Map<string, string>();
  text.split('\n').forEach((given, index) => {
    const line = given.trim();
    if (line === '' || line.startsWith('#')) return;
    const fail = (what: string): never => {
      throw new PasswordFileError(`line ${index + 1}: ${what}`);
    };
    const colon = line.indexOf(':');
    if (colon <= 0) fail('it is not a name, a colon and a bcrypt hash');
    const user = line.slice(0, colon);
    const hash = line.slice(colon + 1);
    const rounds = Number(BCRYPT.exec(hash)?.[1]);
    if (!(rounds >= 4))
      fail(`the password of "${user}" is not hashed with bcrypt: set it with htpasswd -B or netsvc passwd`);
    if (rounds > MOST_ROUNDS) fail(`to check the password of "${user}" takes too long: a cost of 10 is usual`);
    if (passwords.has(user)) fail(`"${user}" has been given a password before`);
    passwords.set(user, hash);
  });
  return passwords;
}

/** The text of a file in which `user` has the password of `hash`; everything else stays as it is. */
export function withPassword(text: string, user: string, hash: string): string {
  const line = `${user}:${hash}`;
  const lines = text.split('\n');
  const at = lines.findIndex((before) => before.trimStart().startsWith(`${user}:`));
  if (at >= 0) lines[at] = line;
  else lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, line);
  return lines.at(-1) === '' ? lines.join('\n') : `${lines.join('\n')}\n`;
}
