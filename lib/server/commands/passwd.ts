import { chmodSync, chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { hashSync, truncates } from 'bcryptjs';
import { parsePasswords, withPassword } from '../../access/password-file.js';
import type { StandardStreams } from '../../system/standard-streams.js';
import { orFail, systemErrorText } from '../../system/system-error.js';
import { UsageError } from '../configuration/problems.js';

/** The cost of bcrypt. Each step doubles the time; OWASP recommends at least 10. */
const COST = 10;

/**
 * Runs `netsvc passwd FILE USER`, which sets the password of a user, or adds the user. The password is read from the
 * terminal, or from the first line of standard input.
 *
 * @throws {UsageError}
 */
export async function passwd(args: readonly string[], streams: StandardStreams = process): Promise<void> {
  const [file, user, ...more] = args;
  if (file === '--help') {
    streams.stdout.write('Usage: netsvc passwd <file> <user>\n\nSets the password of a user, or adds the user.\n');
    return;
  }
  if (file === undefined || user === undefined || more.length > 0 || file.startsWith('-')) {
    throw new UsageError('usage: netsvc passwd <file> <user>');
  }
  if (user === '' || user !== user.trim() || /^#|[:\p{Cc}]/u.test(user))
    throw new UsageError(`invalid user name "${user}"`);
  const before = orFail(UsageError, file, () => (existsSync(file) ? readFileSync(file, 'utf8') : ''));
  const hash = hashSync(await askPassword(streams), COST);
  const after = withPassword(before, user, hash);
  orFail(UsageError, file, () => parsePasswords(after));
  replace(file, after);
}

async function askPassword({ stdin, stderr }: StandardStreams): Promise<string> {
  const password = stdin.isTTY ? await askTwice(stdin, stderr) : ((await text(stdin)).split(/\r?\n/)[0] ?? '');
  if (password === '') throw new UsageError('password must not be empty');
  if (truncates(password)) throw new UsageError('password must not be longer than 72 bytes, the maximum of bcrypt');
  return password;
}

/** Reads the password from the terminal, without echo. */
async function askTwice(stdin: Readable, stderr: Writable): Promise<string> {
  const input = createInterface({ input: stdin, terminal: true });
  input.on('SIGINT', () => input.close());
  const lines = input[Symbol.asyncIterator]();
  const ask = async (question: string) => {
    stderr.write(question);
    const { value, done } = await lines.next();
    stderr.write('\n');
    if (done) throw new UsageError('no password given');
    return value;
  };
  try {
    const password = await ask('Password: ');
    if (password !== (await ask('Again: '))) throw new UsageError('the passwords do not match');
    return password;
  } finally {
    input.close();
  }
}

/**
 * Replaces the file atomically. It keeps its owner, group and mode, by which netsvc may read it as another user; a new
 * file can be read by its owner only.
 */
function replace(file: string, text: string): void {
  const unfinished = `${file}.new`;
  try {
    const before = existsSync(file) ? statSync(file) : undefined;
    writeFileSync(unfinished, text, { mode: 0o600 });
    if (before !== undefined) chownSync(unfinished, before.uid, before.gid);
    chmodSync(unfinished, before === undefined ? 0o600 : before.mode & 0o777);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageError(`cannot write ${file}: ${isMissing ? 'no such folder' : systemErrorText(error)}`);
  }
}
