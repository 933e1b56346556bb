import { readFileSync } from 'node:fs';
import { PasswordFileError, type Passwords, parsePasswords } from '../../access/password-file.js';
import { orFail } from '../../system/system-error.js';
import { UsageError } from './problems.js';

/** Reads the file of `--users`. @throws {UsageError} also if it has no users; without any secret */
export function readUsersFile(path: string): Passwords {
  const what = `users file ${path}`;
  const text = orFail(UsageError, what, () => readFileSync(path, 'utf8'));
  try {
    const passwords = parsePasswords(text);
    if (passwords.size === 0) throw new PasswordFileError('there are no users');
    return passwords;
  } catch (error) {
    if (!(error instanceof PasswordFileError)) throw error;
    throw new UsageError(`${what}: ${error.message}`);
  }
}
