import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { projectFile } from './project-file.js';

/** The folders in node_modules that `npm ci --omit=dev` installs. */
export async function productionPackages(): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(projectFile('package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev && existsSync(projectFile(path)))
    .map(([path]) => path);
}
