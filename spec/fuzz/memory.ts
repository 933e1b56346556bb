import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { COSTLY_BODIES } from './costly-bodies.js';

const SIZE = 16_000_000;
/** An array of one item takes ten times what its tags do, and garbage is measured too. */
const MOST = 12;

/**
 * Decodes each expensive body in a separate process, and prints those that use the most memory.
 *
 * @returns those that use more than twelve times their size
 */
export function measureMemory(): string[] {
  const measured = Object.keys(COSTLY_BODIES).map((name) => {
    // The median of three, because memory that is not yet collected is counted too.
    const [, middle] = [measure(name), measure(name), measure(name)].sort((a, b) => a.memory - b.memory);
    return { name, took: middle?.took ?? 0, memory: middle?.memory ?? Number.POSITIVE_INFINITY };
  });
  measured.sort((a, b) => b.memory - a.memory);
  console.log(`Bodies of ${SIZE / 1e6} MB that take the most memory for each of their bytes:`);
  for (const { name, took, memory } of measured.slice(0, 8)) {
    console.log(`  ${memory.toFixed(1).padStart(5)} bytes, ${(took / 1000).toFixed(1)} s  ${name}`);
  }
  return measured
    .filter(({ memory }) => memory > MOST)
    .map(({ name, memory }) => `${name}: ${memory.toFixed(1)} times its size`);
}

function measure(name: string): { took: number; memory: number } {
  const output = execFileSync(process.execPath, [
    '--expose-gc',
    join(import.meta.dirname, 'cost.js'),
    name,
    String(SIZE),
  ]);
  return JSON.parse(output.toString());
}
