// Measures netsvc_dbapi beside MySQLdb in Debian's Python, alternately on one MariaDB, with a process for each
// measurement. Ratios are computed within a round, because other work on the machine affects both. With --write, the
// table becomes a section of docs/performance.md. npm run bench:python -- --rounds 7
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { BenchServer, PYTHON_MODULES, PYTHON_OF_DEBIAN, ROOT } from './bench-server.js';
import { median } from './samples.js';
import { measuredIn, writeSection } from './sections.js';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
});
const HEADING = 'netsvc_dbapi beside MySQLdb';

interface Workload {
  readonly title: string;
  readonly name: string;
  readonly count: number;
  /** What the time is divided by, for the column in ms. */
  readonly parts: number;
}

const WORKLOADS: readonly Workload[] = [
  { title: 'row by its key', name: 'statement', count: 1000, parts: 1000 },
  { title: 'transaction of ten statements', name: 'transaction', count: 100, parts: 100 },
  { title: '100,000 rows, Cursor', name: 'rows', count: 100_000, parts: 1 },
  { title: '1,000,000 rows, SSCursor', name: 'stream', count: 1_000_000, parts: 1 },
];

interface Measured {
  readonly seconds: number;
  /** Of the processor, in the client. */
  readonly processor: number;
  /** Until the first row. */
  readonly first: number | null;
  /** The most megabytes of memory. */
  readonly memory: number;
}

const folder = await mkdtemp(join(tmpdir(), 'netsvc-bench-'));
const mysql = await PrivateServer.start(folder, ['--innodb-flush-log-at-trx-commit=2']);
const socket = mysql.options.socketPath ?? '';
const server = await BenchServer.start('netsvc', socket);

const MODULES = [
  { module: 'MySQLdb', options: { unix_socket: socket, user: 'root', db: 'test' } },
  { module: 'netsvc_dbapi', options: { url: server.target.url } },
] as const;

let table = '';
try {
  const version = await fill();
  table = await report(version);
} finally {
  await server.process.stop();
  await mysql.stop();
  await rm(folder, { recursive: true });
}
console.log(table);
if (flags.write) await writeSection(HEADING, table);

async function report(version: string): Promise<string> {
  const samples = WORKLOADS.map(() => MODULES.map(() => [] as Measured[]));
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [i, { name, count }] of WORKLOADS.entries()) {
      const order = [...MODULES.entries()];
      for (const [j, { module, options }] of round % 2 === 0 ? order : order.reverse()) {
        process.stderr.write(`round ${round + 1} of ${flags.rounds}: ${name}, ${module}\n`);
        samples[i]?.[j]?.push(await measure(module, options, name, count));
      }
    }
  }
  const lines = WORKLOADS.map((workload, i) => line(workload, samples[i] ?? []));
  return [
    '[netsvc_dbapi](getting-started.md) sends statements over HTTP, MySQLdb to MySQL itself: on one machine, in',
    'Python 3. Processor time is that of the client.',
    '',
    `${measuredIn(Number(flags.rounds))}; MariaDB ${version}.`,
    '',
    '| work | MySQLdb, ms | netsvc_dbapi, ms | time, ratio | processor, ratio | first row, ms | memory, MB |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}

/** Returns the median. */
function figure(samples: readonly number[], digits: number): string {
  return median(samples).toFixed(digits);
}

function line({ title, parts }: Workload, [mysqldb = [], module = []]: readonly Measured[][]): string {
  const milliseconds = (measured: readonly Measured[]) =>
    figure(
      measured.map(({ seconds }) => (seconds * 1000) / parts),
      parts === 1 ? 0 : 2,
    );
  const ratio = (of: (measured: Measured) => number) =>
    figure(
      module.map((measured, round) => of(measured) / of(mysqldb[round] ?? measured)),
      1,
    );
  const both = (of: (measured: Measured) => number | null, digits: number) =>
    [mysqldb, module]
      .map((measured) =>
        figure(
          measured.map((one) => of(one) ?? 0),
          digits,
        ),
      )
      .join(' and ');
  const first = module.some((measured) => measured.first !== null) ? both(({ first }) => first && first * 1000, 0) : '';
  return `| ${[
    title,
    milliseconds(mysqldb),
    milliseconds(module),
    ratio(({ seconds }) => seconds),
    ratio(({ processor }) => processor),
    first,
    both(({ memory }) => memory, 0),
  ].join(' | ')} |`;
}

async function measure(module: string, options: object, name: string, count: number): Promise<Measured> {
  const program = join(ROOT, 'bench/peers/module_costs.py');
  const args = ['-B', program, module, JSON.stringify(options), name, String(count)];
  const env = { ...process.env, PYTHONPATH: PYTHON_MODULES };
  const { stdout } = await promisify(execFile)(PYTHON_OF_DEBIAN, args, { env });
  return JSON.parse(stdout) as Measured;
}

/** @returns the version of MariaDB */
async function fill(): Promise<string> {
  const connection = await createConnection(mysql.options);
  await connection.query(
    'create table big (id int primary key, name varchar(40), price decimal(10,2), qty int, at datetime, ' +
      'ratio double, note varchar(80))',
  );
  await connection.query(
    "insert into big select seq, concat('name ', seq), seq / 7, seq % 100, '2020-01-01' + interval seq second, " +
      "seq / 3, repeat('n', seq % 40) from seq_1_to_1000000",
  );
  await connection.query('create table small (id int primary key, v int not null)');
  await connection.query('insert into small select seq, 0 from seq_0_to_9');
  const [rows] = await connection.query('select version() as version');
  await connection.end();
  return String((rows as { version: string }[])[0]?.version);
}
