import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** An installed Python. */
export interface Python {
  /** The path of the interpreter itself: each start by a shim of pyenv runs a dozen shells first. */
  readonly command: string;
  /** Such as 2.7.18. */
  readonly version: string;
}

/** Finds a Python of a version, in the PATH or in pyenv's folder. */
export function findPython(major: '2.7' | '3'): Python | undefined {
  const isOfMajor = ({ version }: Python) => version.startsWith(`${major}.`);
  const inPath = askVersion(`python${major}`);
  return inPath && isOfMajor(inPath) ? inPath : pyenvPythons().find(isOfMajor);
}

/** Finds a Python of each minor version, 2.7 and 3.6 or later. */
export function findPythons(): Python[] {
  const found = new Map<string, Python>();
  for (const python of [askVersion('python2.7'), askVersion('python3'), ...pyenvPythons()]) {
    const [, minor = '', number] = /^(2\.7|3\.(\d+))\./.exec(python?.version ?? '') ?? [];
    if (python && minor !== '' && (number === undefined || Number(number) >= 6))
      found.set(minor, found.get(minor) ?? python);
  }
  return [...found.values()].sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

/** Their folders are named for their versions. */
function pyenvPythons(): Python[] {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const installed = existsSync(versions) ? readdirSync(versions) : [];
  return installed
    .map((version) => ({ version, command: join(versions, version, 'bin', 'python') }))
    .filter(({ command }) => existsSync(command));
}

const asked = new Map<string, Python | undefined>();

/** Each command is run once, because many spec files that share a process ask for the same ones. */
function askVersion(command: string): Python | undefined {
  if (!asked.has(command)) asked.set(command, runForVersion(command));
  return asked.get(command);
}

/** A name in the PATH may be a shim for a version that is not installed, so each is run. */
function runForVersion(command: string): Python | undefined {
  const { status, stdout } = spawnSync(
    command,
    ['-c', 'import sys; print(sys.version.split()[0]); print(sys.executable)'],
    {
      encoding: 'utf8',
    },
  );
  const [version = '', interpreter = ''] = status === 0 ? stdout.trim().split('\n') : [];
  return version === '' ? undefined : { command: interpreter || command, version };
}

/** Runs Python and returns its output; fails with its traceback. */
export async function runPython({ command }: Python, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { timeout: 60_000 });
  return stdout;
}
