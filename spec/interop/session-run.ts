import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hashSync } from 'bcryptjs';
import { projectFile } from '../support/project-file.js';
import { findPython } from '../support/python.js';
import type { SessionProgram } from './session-programs.js';

/** Writes the file of the user of the programs. */
export async function writeUsers(folder: string): Promise<string> {
  const users = join(folder, 'users');
  await writeFile(users, `grace:${hashSync('secret', 4)}\n`);
  return users;
}

/** Returns the version of an installed client. */
export async function versionOf({ version }: SessionProgram): Promise<string | undefined> {
  const output = await shell(version, projectFile('.')).catch(() => '');
  return /\d+(\.\d+)+|\d+/.exec(output)?.[0];
}

/** Runs a program of docs/clients.md with a database service and returns what it prints.
 * @param change of its source */
export async function runSession(
  program: SessionProgram,
  { url, change = (source) => source }: { url: string; change?: (source: string) => string },
): Promise<string> {
  const { port, pathname } = new URL(url);
  const source = change(await sourceOf(program))
    .replaceAll('8000', port)
    .replaceAll('/database', pathname);
  const folder = await mkdtemp(join(tmpdir(), 'netsvc-session-'));
  try {
    await symlink(projectFile('node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, program.file), source);
    return await shell(program.run, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a program prints if all of it works. */
export function expectedOutput({ printed, ended }: SessionProgram): RegExp {
  const values =
    printed ?? /^1 Grün\n.*\b1\b.*db -- Programming Error\n\n\(1146, "Table '\w+\.missing' doesn't exist"\).*\n/;
  return new RegExp(`${values.source}.*${ended.source}$`, 's');
}

/** The code blocks of a program. */
async function sourceOf({ heading, language }: SessionProgram): Promise<string> {
  const page = await readFile(projectFile('docs/clients.md'), 'utf8');
  const section = page.split(/^(?=#{2,3} )/m).find((text) => text.startsWith(`### ${heading}\n`)) ?? '';
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```/gms)].filter(([, name]) => name === language);
  if (blocks.length === 0) throw new Error(`docs/clients.md has no program for ${heading}`);
  return blocks.map(([, , block]) => block).join('\n');
}

async function shell(command: string, cwd: string): Promise<string> {
  const env = { ...process.env, PYTHON2: findPython('2.7')?.command, LC_ALL: 'C.UTF-8', PYTHONIOENCODING: 'utf-8' };
  const options = { cwd, env, timeout: 120_000, maxBuffer: 2 ** 24 };
  const { stdout } = await promisify(execFile)('sh', ['-ec', command], options);
  return stdout;
}
