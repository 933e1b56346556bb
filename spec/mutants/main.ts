// Changes built files in one place at a time, and reports the changes that the specs of the file do not notice: npm run
// mutants -- --file wait-queue --count 50 --seed 7. Without --count, all changes are tried. Some that survive change
// nothing that can be seen. (Stryker requires Node.js 22, brings a compiler and 200 packages, and would run the specs of
// everything, of which most wait for servers.)
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPrivateServer, urlOf } from '../support/mariadb.js';
import { type Mutation, mutationsOf } from './mutations.js';
import { Sandbox, type Verdict } from './sandbox.js';
import { sourceLine } from './source-lines.js';
import { UNITS, WITH_SERVER } from './targets.js';

const { values: flags } = parseArgs({
  options: {
    file: { type: 'string', multiple: true, default: [] },
    count: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});

const sandbox = await Sandbox.create();
try {
  console.log(`seed ${flags.seed}`);
  let survivors = 0;
  const named = ([file]: readonly [string, unknown]) => flags.file.some((part) => file.includes(part));
  const units = Object.entries(UNITS);
  for (const [file, specs] of flags.file.length > 0 ? units.filter(named) : units) {
    survivors += await tryFile(file, specs);
  }
  const withServer = Object.entries(WITH_SERVER).filter(named);
  if (withServer.length > 0) survivors += await withDatabase(withServer);
  process.exitCode = survivors > 0 ? 1 : 0;
} finally {
  await sandbox.remove();
}

async function withDatabase(targets: readonly (readonly [file: string, specs: readonly string[]])[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'netsvc-mutants-'));
  const server = await startPrivateServer(folder);
  try {
    process.env.NETSVC_TEST_DATABASE = urlOf(server);
    let survivors = 0;
    for (const [file, specs] of targets) survivors += await tryFile(file, specs);
    return survivors;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

/** @returns how many changes survive */
async function tryFile(file: string, specs: readonly string[]): Promise<number> {
  const built = await sandbox.read(`${file}.js`);
  const map = await sandbox.read(`${file}.js.map`);
  const scripts = specs.map((spec) => `${spec}.spec.js`);
  const seconds = await sandbox.measure(scripts);
  const counts: Record<Verdict, number> = { noticed: 0, hangs: 0, survives: 0 };
  console.log(`lib/${file}.ts`);
  for (const mutation of chosenOf(mutationsOf(built))) {
    const { start, end, replacement } = mutation;
    await sandbox.write(`${file}.js`, built.slice(0, start) + replacement + built.slice(end));
    const verdict = await sandbox.judge(scripts, seconds);
    counts[verdict]++;
    if (verdict === 'survives') console.log(`  line ${sourceLine(built, map, start)}: ${shown(built, mutation)}`);
  }
  await sandbox.write(`${file}.js`, built);
  const { noticed, hangs, survives } = counts;
  console.log(`  ${noticed} noticed, ${hangs} hang, ${survives} survive`);
  return survives;
}

/** Returns as many as are wanted, chosen by the seed. */
function chosenOf(all: Mutation[]): Mutation[] {
  let state = Number(flags.seed);
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state;
  };
  return all
    .map((mutation) => ({ mutation, order: random() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, flags.count === undefined ? all.length : Number(flags.count))
    .map(({ mutation }) => mutation)
    .sort((a, b) => a.start - b.start);
}

/** The line of a change, with what is replaced and by what. */
function shown(built: string, { start, end, replacement }: Mutation): string {
  const brief = (text: string) => text.replaceAll(/\s+/g, ' ');
  const line = built.slice(built.lastIndexOf('\n', start) + 1, built.indexOf('\n', end));
  return `${brief(line).trim()}: ${brief(built.slice(start, end))} -> ${brief(replacement)}`;
}
