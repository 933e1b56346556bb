import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseGateway } from '../support/database-gateway.js';
import { startPrivateServer, urlOf } from '../support/mariadb.js';
import { findPython } from '../support/python.js';
import { compareWithPython } from './compare.js';
import { Expat } from './expat.js';
import { fuzz } from './fuzz.js';
import { startTarget } from './fuzz-target.js';
import { measureMemory } from './memory.js';
import { PythonDecoder } from './python-decoder.js';

// npm run fuzz [-- COUNT [SEED]]
const [count = 100_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);

const python = findPython('3');
if (python === undefined) console.warn('There is no Python 3: nobody says what is well-formed.');
const expat = python && new Expat(python);
/** Requests that are decoded here and by each Python. */
const COMPARED = 10_000;
const wrong: string[] = [];
for (const version of ['2.7', '3'] as const) {
  const installed = findPython(version);
  if (installed === undefined) continue;
  const decoder = new PythonDecoder(installed);
  const { counts, failures } = await compareWithPython({ count: COMPARED, seed, python: decoder });
  decoder.stop();
  console.log(`${COMPARED} requests, seed ${seed}, in the decoder and in that of Python ${installed.version}:`);
  for (const [what, times] of [...counts].sort(([, a], [, b]) => b - a))
    console.log(`${String(times).padStart(8)}  ${what}`);
  wrong.push(...failures);
}

const folder = await mkdtemp(join(tmpdir(), 'netsvc-fuzz-'));
const server = await startPrivateServer(folder);
const { daemon, url } = await startTarget();
const gateway = await DatabaseGateway.start(urlOf(server));

console.log(`${count} requests, seed ${seed}`);
const before = process.memoryUsage().rss;
const started = performance.now();
// A part goes to a database, to show that nothing undecodable reaches it.
const { answers, slowest, failures } = await fuzz({ count, seed, urls: [url, url, url, gateway.url], expat });
const seconds = (performance.now() - started) / 1000;
const sessions = [...gateway.registry.sessions].length;
expat?.stop();
await gateway.stop();
await daemon.stop();
await server.stop();
await rm(folder, { recursive: true });

for (const [answer, times] of [...answers].sort(([, a], [, b]) => b - a))
  console.log(`${String(times).padStart(8)}  ${answer}`);
const grown = (process.memoryUsage().rss - before) / 2 ** 20;
console.log(
  `${seconds.toFixed(0)} s, the slowest answer after ${slowest.toFixed(0)} ms, ${sessions} sessions left, ` +
    `${grown.toFixed(0)} MB more memory`,
);
wrong.push(...failures, ...measureMemory());
for (const failure of wrong) console.error(failure);
if (wrong.length > 0) process.exitCode = 1;
