import { chmodSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { hashSync, truncates } from 'bcryptjs';
import { parsePasswords, withPassword } from '../access/password-file.js';
import { UsageError } from './usage-error.js';

/** Twice as slow with each step; 10 is what OWASP asks for at least. */
const COST = 10;

/**
 * `netsvc passwd FILE USER`: sets the password of a user, who is added if need be. The password is asked for, or is the
 * first line of the standard input.
 *
 * @throws {UsageError}
 */
export async function passwd(args: readonly string[]): Promise<void> {
  const [file, user, ...more] = args;
  if (file === '--help') {
    console.log('Usage: netsvc passwd <file> <user>\n\nSets the password of a user, who is added if need be.');
    return;
  }
  if (file === undefined || user === undefined || more.length > 0 || file.startsWith('-')) {
    throw new UsageError('it is: netsvc passwd <file> <user>');
  }
  if (user === '' || user !== user.trim() || /^#|[:\p{Cc}]/u.test(user))
    throw new UsageError(`"${user}" cannot be the name of a user`);
  const hash = hashSync(await askPassword(), COST);
  const after = withPassword(existsSync(file) ? readFileSync(file, 'utf8') : '', user, hash);
  try {
    parsePasswords(after);
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  replace(file, after);
}

async function askPassword(): Promise<string> {
  const { stdin } = process;
  const password = stdin.isTTY ? await askTwice() : ((await text(stdin)).split(/\r?\n/)[0] ?? '');
  if (password === '') throw new UsageError('a password has at least one character');
  if (truncates(password)) throw new UsageError('a password has at most 72 bytes: bcrypt does not look at more');
  return password;
}

/** Asks at the terminal, which does not show what is typed. */
async function askTwice(): Promise<string> {
  const input = createInterface({ input: process.stdin, terminal: true });
  input.on('SIGINT', () => input.close());
  const lines = input[Symbol.asyncIterator]();
  const ask = async (question: string) => {
    process.stderr.write(question);
    const { value, done } = await lines.next();
    process.stderr.write('\n');
    if (done) throw new UsageError('no password was given');
    return value;
  };
  try {
    const password = await ask('Password: ');
    if (password !== (await ask('Again: '))) throw new UsageError('these are two passwords');
    return password;
  } finally {
    input.close();
  }
}

/** At once, so that a server that reads the file sees all of it; only its owner may read a new one. */
function replace(file: string, text: string): void {
  const unfinished = `${file}.new`;
  const mode = existsSync(file) ? statSync(file).mode & 0o777 : 0o600;
  try {
    writeFileSync(unfinished, text, { mode });
    chmodSync(unfinished, mode);
    renameSync(unfinished, file);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
