// Runs suites of Python libraries with MySQLdb and with netsvc_dbapi on one server, and compares the outcomes of their
// tests: npm run suites -- --suite sqlalchemy-2. With --write, it updates docs/operations.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { projectFile } from '../support/project-file.js';
import { debianLibraries, type Libraries, PYTHON, pipLibraries, pythonPath, versionOf } from './libraries.js';
import { differences, type Outcomes, runPytest, type SuiteRun, table } from './suite-run.js';

/** The clients of one server. */
interface Clients {
  readonly gateway: DatabaseGateway;
  readonly socket: string;
  readonly mariadb: boolean;
  /** For the reports of the suites. */
  readonly folder: string;
}

const SUITES: Readonly<Record<string, (clients: Clients) => Promise<SuiteRun | undefined>>> = {
  'sqlalchemy-1': async (clients) => sqlalchemy(clients, debianLibraries('sqlalchemy', 'pytest')),
  'sqlalchemy-2.0': async (clients) =>
    sqlalchemy(clients, await pipLibraries('sqlalchemy-2.0', 'sqlalchemy==2.0.*', 'pytest')),
  'sqlalchemy-2': async (clients) => sqlalchemy(clients, await pipLibraries('sqlalchemy', 'sqlalchemy>=2.1', 'pytest')),
  'django-3': async (clients) => django(clients, debianLibraries('django')),
  'django-5': async (clients) => django(clients, await pipLibraries('django', 'django')),
};

const { values: flags } = parseArgs({
  options: {
    suite: { type: 'string', multiple: true, default: Object.keys(SUITES) },
    write: { type: 'boolean', default: false },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'netsvc-suites-'));
const server = await PrivateServer.start(folder, []);
const { socketPath: socket = '' } = server.options;
const gateway = await DatabaseGateway.start(`mysql://root@localhost/test?socket=${encodeURIComponent(socket)}`);
try {
  const runs = await runAll({ gateway, socket, mariadb: server.name.startsWith('MariaDB'), folder });
  const text = report(runs);
  console.log(text);
  if (flags.write) await writePage(`${new Date().toISOString().slice(0, 10)}, ${server.name}:\n\n${text}`);
} finally {
  await gateway.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function runAll(clients: Clients): Promise<SuiteRun[]> {
  const runs: SuiteRun[] = [];
  for (const name of flags.suite) {
    const run = SUITES[name];
    if (run === undefined) throw new Error(`--suite must be one of ${Object.keys(SUITES).join(', ')}`);
    process.stderr.write(`${name} ...\n`);
    const done = await run(clients);
    if (done === undefined) console.error(`${name}: its libraries are not installed`);
    else runs.push(done);
  }
  return runs;
}

/** The suite that SQLAlchemy installs for dialects. */
async function sqlalchemy(clients: Clients, libraries: Libraries | undefined): Promise<SuiteRun | undefined> {
  if (libraries === undefined) return undefined;
  const dialect = clients.mariadb ? 'mariadb' : 'mysql';
  const urls = [
    `${dialect}+mysqldb://root@localhost/test?unix_socket=${encodeURIComponent(clients.socket)}&charset=utf8mb4`,
    clients.gateway.url.replace('http:', `${dialect}+netsvc:`),
  ];
  const suite = projectFile('spec/suites/sqlalchemy');
  const env = { ...process.env, PYTHONPATH: pythonPath(libraries, projectFile('clients/python'), suite) };
  const outcomes: Outcomes[] = [];
  for (const [i, url] of urls.entries()) {
    await recreate(clients, 'test_schema', 'test_schema_2');
    const report = join(clients.folder, `sqlalchemy-${i}.xml`);
    outcomes.push(await runPytest(PYTHON, ['--dropfirst', '--dburi', url], { report, folder: suite, env }));
  }
  return { suite: `SQLAlchemy ${versionOf(libraries, 'sqlalchemy')}, dialect suite`, outcomes };
}

/** Each line that a Django project prints is a test, which passes with netsvc if it is equal. */
async function django(clients: Clients, libraries: Libraries | undefined): Promise<SuiteRun | undefined> {
  if (libraries === undefined) return undefined;
  const mysql = { ENGINE: 'django.db.backends.mysql', USER: 'root', HOST: clients.socket };
  const settings = [
    { ...mysql, NAME: 'project', OPTIONS: { charset: 'utf8mb4' } },
    { ENGINE: 'netsvc_django', HOST: clients.gateway.url, NAME: 'project' },
  ];
  const printed: string[][] = [];
  for (const setting of settings) {
    await recreate(clients, 'project');
    const program = projectFile('spec/clients/python/libraries/django_project.py');
    printed.push(await linesOf(libraries, program, JSON.stringify({ default: setting })));
  }
  const [real = [], module = []] = printed;
  const outcomes: Outcomes[] = [
    new Map(real.map((line, i) => [`line ${i}: ${line}`, 'passed'])),
    new Map(real.map((line, i) => [`line ${i}: ${line}`, module[i] === line ? 'passed' : 'failed'])),
  ];
  return { suite: `Django ${versionOf(libraries, 'django')}, lines of a project`, outcomes };
}

async function linesOf(libraries: Libraries, program: string, ...args: string[]): Promise<string[]> {
  const PYTHONPATH = pythonPath(libraries, projectFile('clients/python'));
  const env = { ...process.env, PYTHONPATH, PYTHONIOENCODING: 'utf-8' };
  const child = spawn(PYTHON, ['-B', '-W', 'ignore', program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  // If it fails, it prints its traceback, and lines are missing.
  await once(child, 'close');
  return output.trimEnd().split('\n');
}

async function recreate({ gateway }: Clients, ...schemas: string[]): Promise<void> {
  for (const schema of schemas) {
    await gateway.execute(`drop database if exists ${schema}`);
    await gateway.execute(`create database ${schema} character set utf8mb4`);
  }
}

function report(runs: readonly SuiteRun[]): string {
  const different = runs.flatMap((run) => differences(run).map((text) => `- ${run.suite}: ${text}`));
  return [table(runs), ...(different.length > 0 ? ['', ...different] : [])].join('\n');
}

/** Replaces what is between the markers in docs/operations.md. */
async function writePage(text: string): Promise<void> {
  const path = projectFile('docs/operations.md');
  const page = await readFile(path, 'utf8');
  const [before, , after] = page.split(/(?<=<!-- suites -->\n)([\s\S]*?)(?=<!-- end of suites -->)/);
  if (before === undefined || after === undefined) throw new Error(`${path} has no markers`);
  await writeFile(path, `${before}\n${text}\n\n${after}`);
}
