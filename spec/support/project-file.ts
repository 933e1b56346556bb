import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = dirname(createRequire(import.meta.url).resolve('netsvc/package.json'));

/** Returns the path of a file of the project. The specs run from the build folder. */
export function projectFile(path: string): string {
  return join(root, path);
}
