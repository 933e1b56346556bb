import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = dirname(createRequire(import.meta.url).resolve('netsvc/package.json'));

/** The path of a file of the project; the specs run from where they were built. */
export function projectFile(path: string): string {
  return join(root, path);
}
