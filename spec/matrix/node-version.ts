import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from './cache.js';

/** A version of Node. */
export interface NodeVersion {
  /** Such as `24.1.0`. */
  readonly version: string;
  readonly path: string;
}

/** Returns this Node if it has the major version, or fetches the latest with it from npm. */
export async function nodeVersion(major: string): Promise<NodeVersion> {
  if (process.versions.node.startsWith(`${major}.`)) return { version: process.versions.node, path: process.execPath };
  // These are the packages whose program the package `node` installs.
  const name = `node-${process.platform}-${process.arch}`;
  const folder = await cached(`node-${major}`, async (unfinished) => {
    const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', unfinished];
    await promisify(execFile)('npm', [...args, `${name}@${major}`]);
  });
  const path = join(folder, 'node_modules', name, 'bin/node');
  const { stdout } = await promisify(execFile)(path, ['--version']);
  return { version: stdout.trim().replace(/^v/, ''), path };
}

/** Returns a folder in which the program is named `node`. */
export function folderOf({ path }: NodeVersion): string {
  return dirname(path);
}
