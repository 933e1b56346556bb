// The sections of docs/performance.md that programs write.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './bench-server.js';

/** Writes a section in place of the one that has the heading. */
export async function writeSection(heading: string, section: string): Promise<void> {
  const file = join(ROOT, 'docs/performance.md');
  await writeFile(file, withSection(await readFile(file, 'utf8'), heading, section));
}

/** Returns a page with a section in place of the one that has the heading, or at its end if there is none. */
function withSection(page: string, heading: string, section: string): string {
  const [before = '', ...behind] = page.split(`\n## ${heading}\n`);
  const at = behind.join('').search(/^## /m);
  const rest = at < 0 ? '' : `\n${behind.join('').slice(at)}`;
  return `${before}\n## ${heading}\n\n${section}${rest}`;
}

/** Says of how many rounds the figures of a section are, and when they were measured. */
export function measuredIn(rounds: number): string {
  const of = rounds === 1 ? 'One round' : `Medians of ${rounds} rounds`;
  return `${of} on ${new Date().toISOString().slice(0, 10)}`;
}
