import { readFileSync } from 'node:fs';
import { orFail } from '../../system/system-error.js';
import { UsageError } from '../client/command-errors.js';
import type { SavedConnection } from './saved-connections.js';

/** Where the name and the password of a user can come from. */
export interface Login {
  /** May contain both. */
  readonly url: URL;
  /** Instead of the one in the URL. */
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  /** RPC_CALL_PASSWORD */
  readonly password: string | undefined;
  /** What the configuration file says. */
  readonly saved?: SavedConnection | undefined;
}

/**
 * Returns the Authorization header; undefined without a user. The password comes from the URL, the file, the
 * environment, the configuration file or the terminal, in this order.
 *
 * @throws {UsageError} if there is no password
 */
export async function authorization({
  url,
  user: given,
  passwordFile,
  password,
  saved,
}: Login): Promise<string | undefined> {
  const user = given ?? saved?.user;
  const name = user ?? decodeURIComponent(url.username);
  if (name === '') {
    if (passwordFile !== undefined) throw new UsageError('--password-file needs --user');
    return undefined;
  }
  if (name.includes(':')) throw new UsageError('a user name cannot contain a colon');
  const inUrl = user === undefined ? decodeURIComponent(url.password) : '';
  // Of the user that belongs to it, and no other.
  const own = given === undefined ? saved?.password : undefined;
  const other = async () => password ?? own?.() ?? (await asked(name));
  const secret = inUrl || (passwordFile === undefined ? await other() : firstLine(passwordFile));
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

function firstLine(file: string): string {
  return orFail(UsageError, file, () => readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '');
}

/** What reads from the terminal is loaded only if it is needed. */
async function asked(user: string): Promise<string> {
  const { askPassword } = await import('./ask-password.js');
  return askPassword(user);
}
