import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MysqldProgram } from '#lib/server/private/mysqld-program.js';

/** Creates the data of a new server, which `copyNewData` copies: creating it takes ten times as long. */
export async function createNewData(): Promise<void> {
  const program = await MysqldProgram.find();
  if (program === undefined) return;
  const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-new-'));
  const temporary = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
  const name = program.kind.toLowerCase();
  await program.createData(join(temporary, name), temporary);
  await copyFolder(join(temporary, name), folder);
  await rm(temporary, { recursive: true });
  process.env.NETSVC_TEST_DATA = folder;
}

/** Puts it where a private server looks for its data, unless there is some or none has been created. */
export async function copyNewData(home: string): Promise<void> {
  const folder = process.env.NETSVC_TEST_DATA;
  const [name = ''] = folder === undefined ? [] : await readdir(folder);
  if (folder === undefined || existsSync(join(home, name))) return;
  await mkdir(home, { recursive: true, mode: 0o700 });
  await copyFolder(join(folder, name), home);
}

/** Most of it is zeros, which are left out of the copy, and not read to copy that. */
async function copyFolder(folder: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-r', '--sparse=always', folder, to]);
}

export async function removeNewData(): Promise<void> {
  const { NETSVC_TEST_DATA: folder } = process.env;
  if (folder !== undefined) await rm(folder, { recursive: true });
}
