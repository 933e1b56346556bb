import { readFileSync } from 'node:fs';

/**
 * Returns the text of a file of the package, such as `package.json`. This module and the bundles of `dist/programs` are
 * equally deep in the package.
 */
export function packageFile(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** Returns the version of the package. */
export function packageVersion(): string {
  return (JSON.parse(packageFile('package.json')) as { version: string }).version;
}
