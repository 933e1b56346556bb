/** The bcrypt hashes of passwords by user, as in a file of `htpasswd -B`: one line `name:$2y$10$...` for each user. */
export type Passwords = ReadonlyMap<string, string>;

/** A line of a password file is invalid. */
export class PasswordFileError extends Error {}

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** The maximum bcrypt cost. Each step doubles the time of a check, which is seconds at 15. */
const MAX_COST = 15;

/**
 * Parses a password file. Empty lines and lines that start with # are ignored.
 *
 * @throws {PasswordFileError} with the line number, and without any hash
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
    if (colon <= 0) fail('expected a name, a colon and a bcrypt hash');
    const user = line.slice(0, colon);
    const hash = line.slice(colon + 1);
    const cost = Number(BCRYPT.exec(hash)?.[1]);
    if (!(cost >= 4)) fail(`the hash of user "${user}" is not bcrypt (use htpasswd -B or netsvc passwd)`);
    if (cost > MAX_COST) fail(`the bcrypt cost of user "${user}" is greater than ${MAX_COST} (10 is usual)`);
    if (passwords.has(user)) fail(`duplicate user "${user}"`);
    passwords.set(user, hash);
  });
  return passwords;
}

/** Returns the text of a password file with the hash of `user` set. All other lines are kept. */
export function withPassword(text: string, user: string, hash: string): string {
  const line = `${user}:${hash}`;
  const lines = text.split('\n');
  const at = lines.findIndex((before) => before.trimStart().startsWith(`${user}:`));
  if (at >= 0) lines[at] = line;
  else lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, line);
  return lines.at(-1) === '' ? lines.join('\n') : `${lines.join('\n')}\n`;
}
