import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A Python on this machine. */
export interface Python {
  readonly command: string;
  /** Such as 2.7.18. */
  readonly version: string;
}

/** The Python of a version that runs here: from the PATH, else from pyenv's folder. */
export function findPython(major: '2.7' | '3'): Python | undefined {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const installed = existsSync(versions) ? readdirSync(versions).filter((name) => name.startsWith(`${major}.`)) : [];
  const candidates = [`python${major}`, ...installed.map((name) => join(versions, name, 'bin', 'python'))];
  for (const command of candidates) {
    // A name on the PATH may be a stub for a version that is not there, so each is asked.
    const { status, stdout } = spawnSync(command, ['-c', 'import sys; print(sys.version.split()[0])'], {
      encoding: 'utf8',
    });
    if (status === 0 && stdout.startsWith(`${major}.`)) return { command, version: stdout.trim() };
  }
  return undefined;
}

/** Runs Python and returns what it printed; fails with its traceback. */
export async function runPython({ command }: Python, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { timeout: 60_000 });
  return stdout;
}
