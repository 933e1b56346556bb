// Runs the specs on each supported server under each supported version of Node, and prints a table: npm run matrix --
// --server mysql --node 24 --spec 'http/**/*.spec.js'. With --write, it updates docs/operations.md.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MysqldProgram } from '#lib/server/private/mysqld-program.js';
import { projectFile } from '../support/project-file.js';
import { DEBIAN_SERVERS, debianServer } from './debian-server.js';
import { type NodeVersion, nodeVersion } from './node-version.js';
import { failures, pendingSpecs, table, totals } from './report.js';
import { runSuite, type SuiteRun, type TestedServer } from './suite-run.js';

const NODES = ['20', '22', '24'];
/** On the first server only. */
const NEWEST_NODE = '26';

const SERVERS: Readonly<Record<string, () => Promise<TestedServer>>> = {
  mysql: () => fetched('mysql'),
  mariadb: () => fetched('mariadb'),
  machine: installed,
};

const { values: flags } = parseArgs({
  options: {
    server: { type: 'string', multiple: true, default: Object.keys(SERVERS) },
    node: { type: 'string', multiple: true },
    spec: { type: 'string', multiple: true, default: ['**/*.spec.js'] },
    write: { type: 'boolean', default: false },
  },
});
const specs = flags.spec.map((glob) => join('build/spec', glob.replace(/\.ts$/, '.js')));

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());

try {
  const runs = await runAll();
  report(runs);
  if (flags.write) await writePage(runs);
  process.exitCode = runs.some(({ results }) => results.some(({ outcome }) => outcome === 'failed')) ? 1 : 0;
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  process.exitCode = 130;
}

async function runAll(): Promise<SuiteRun[]> {
  const runs: SuiteRun[] = [];
  for (const name of flags.server) {
    const start = SERVERS[name];
    if (start === undefined) throw new Error(`--server must be one of ${Object.keys(SERVERS).join(', ')}`);
    const server = await start();
    const nodes = flags.node ?? (name === flags.server[0] ? [...NODES, NEWEST_NODE] : NODES);
    for (const major of nodes) {
      interruption.signal.throwIfAborted();
      runs.push(await runOne(server, await nodeVersion(major)));
    }
  }
  return runs;
}

async function runOne(server: TestedServer, node: NodeVersion): Promise<SuiteRun> {
  process.stderr.write(`${server.name}, Node ${node.version} ...`);
  const run = await runSuite(server, node, specs, interruption.signal);
  const failed = run.results.filter(({ outcome }) => outcome === 'failed').length;
  process.stderr.write(` ${run.seconds} s, ${failed} failed\n`);
  return run;
}

async function fetched(name: keyof typeof DEBIAN_SERVERS): Promise<TestedServer> {
  const programs = await debianServer(name);
  const { name: version } = await MysqldProgram.at(join(programs, DEBIAN_SERVERS[name].server));
  return { name: version, programs };
}

async function installed(): Promise<TestedServer> {
  const program = await MysqldProgram.find();
  if (program === undefined) throw new Error('no MySQL or MariaDB server is installed');
  return { name: program.name };
}

function report(runs: readonly SuiteRun[]): void {
  console.log(`passed, or passed/failed/pending:\n\n${table(runs)}`);
  const [pending, failed] = [pendingSpecs(runs), failures(runs)];
  if (pending !== '') console.log(`\nPending:\n\n${pending}`);
  if (failed !== '') console.log(`\nFailed:\n\n${failed}`);
}

/** Replaces what is between the markers in docs/operations.md. */
async function writePage(runs: readonly SuiteRun[]): Promise<void> {
  const path = projectFile('docs/operations.md');
  const page = await readFile(path, 'utf8');
  const [before, , after] = page.split(/(?<=<!-- matrix -->\n)([\s\S]*?)(?=<!-- end of matrix -->)/);
  if (before === undefined || after === undefined) throw new Error(`${path} has no markers`);
  const date = new Date().toISOString().slice(0, 10);
  await writeFile(
    path,
    `${before}\n${date}, specs that passed, failed and are pending:\n\n${totals(runs)}\n\n${after}`,
  );
}
