import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Context } from 'mocha';
import { CACHE } from '../matrix/cache.js';
import { pend } from './test-server.js';

/** Returns the folder of `promtool`. Where there is none, the specs are pending, or fail in CI. */
export function prometheusFolder(context: Context): string {
  // bin/setup unpacks the program if it is not installed.
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(CACHE, 'prometheus')];
  const found = folders.find((folder) => existsSync(join(folder, 'promtool')));
  if (found !== undefined) return found;
  if (process.env.CI) throw new Error('there is no promtool: run bin/setup --test');
  pend(context, 'there is no promtool');
}

/** Runs promtool. @param input its standard input */
export function promtool(folder: string, args: readonly string[], input = ''): Promise<PromtoolResult> {
  return new Promise((resolve) => {
    const child = execFile(join(folder, 'promtool'), args, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

export interface PromtoolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}
