import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../client/command-errors.js';

/**
 * Lets the user edit a text with VISUAL or EDITOR, or with `vi`.
 *
 * @returns the text, without its last end of line
 */
export async function editText(text: string, { VISUAL, EDITOR }: NodeJS.ProcessEnv): Promise<string> {
  const editor = VISUAL || EDITOR || 'vi';
  const folder = await mkdtemp(join(tmpdir(), 'rpc-call-'));
  const file = join(folder, 'statement.sql');
  try {
    await writeFile(file, `${text}\n`, { mode: 0o600 });
    // As others do: the variable can contain arguments.
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    const [status] = (await once(child, 'exit')) as [number | null];
    if (status !== 0) throw new UsageError(`${editor} ended with status ${status}`);
    return (await readFile(file, 'utf8')).replace(/\n$/, '');
  } finally {
    await rm(folder, { recursive: true });
  }
}
