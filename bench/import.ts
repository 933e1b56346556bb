// Measures `rpc-call --import` beside LOAD DATA LOCAL of MariaDB's client, and `rpc-call --file` beside a dump that the
// client reads: into the same server over TCP, alternately, in rounds. After `npx tsc -p spec`: `node
// build/bench/import.js`.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { ROOT } from './bench-server.js';
import { type CommandTime, commandTime } from './command-time.js';
import { processorTime } from './processor-time.js';
import { median, summary } from './samples.js';
import { ServerProcess } from './server-process.js';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const COLUMNS =
  'id int auto_increment primary key, name varchar(40), amount decimal(12,2), score double, created datetime, ' +
  'note text, big bigint';
const ROWS = 100_000;
/** The dump has 50 MB with so many of these rows. */
const DUMPED = 450_000;

const folder = await mkdtemp(join(tmpdir(), 'netsvc-bench-'));
const port = await freePort();
const mariadb = await PrivateServer.start(folder, [
  '--skip-networking=0',
  '--bind-address=127.0.0.1',
  `--port=${port}`,
  '--local-infile=1',
  '--innodb-buffer-pool-size=512M',
]);
const database = `mysql://root@127.0.0.1:${port}/test`;
const server = await ServerProcess.start(join(ROOT, 'bin/netsvc'), ['--port', '0', '--database', database]);
const client = ['mariadb', '--no-defaults', '-uroot', '-h127.0.0.1', `-P${port}`, '--local-infile=1', 'test'];
const rpcCall = join(ROOT, 'bin/rpc-call');
const csv = join(folder, 'rows.csv');
const dump = join(folder, 'dump.sql');

/** What is measured: two commands that do the same. */
const WORKLOADS = [
  {
    title: '100,000 rows of CSV',
    reset: `create or replace table imported (${COLUMNS})`,
    commands: {
      'LOAD DATA LOCAL': [
        ...client,
        '-e',
        `load data local infile '${csv}' into table imported fields terminated by ',' optionally enclosed by '"' ` +
          'ignore 1 lines',
      ],
      'rpc-call --import': [rpcCall, server.url, '--import', csv, '--table', 'imported'],
    },
  },
  {
    title: 'a dump of 50 MB',
    reset: 'drop table if exists dumped',
    input: dump,
    commands: { mariadb: client, 'rpc-call --file': [rpcCall, server.url, '--file', dump] },
  },
];

try {
  await writeFiles();
  console.log('| work | client | seconds | of processor time: client | netsvc | times the first |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const workload of WORKLOADS) await compare(workload);
} finally {
  await server.stop();
  await mariadb.stop();
  await rm(folder, { recursive: true });
}

async function sql(text: string): Promise<void> {
  await promisify(execFile)('mariadb', [...client.slice(1), '-e', text]);
}

/** Writes the CSV file, and a dump as `mysqldump` writes it by default. */
async function writeFiles(): Promise<void> {
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const note = i % 10 === 0 ? '' : `"note ${i}, what people write & forget"`;
    return `${i + 1},name-${i},${(i * 1.37).toFixed(2)},${i / 7},2020-01-01 10:20:31,${note},${i * 1000003}\n`;
  });
  await writeFile(csv, `id,name,amount,score,created,note,big\n${rows.join('')}`);
  await sql(
    `create table dumped (${COLUMNS}); insert into dumped select seq, concat('name-', seq), seq * 1.37, seq / 7, ` +
      "'2020-01-01' + interval seq second, concat('note ', seq, ': what people write beside things & forget'), " +
      `seq * 1000003 from seq_1_to_${DUMPED}`,
  );
  const connection = client.slice(2).filter((option) => !['--local-infile=1', 'test'].includes(option));
  await promisify(execFile)('mysqldump', ['--no-defaults', ...connection, `--result-file=${dump}`, 'test', 'dumped']);
}

/** Prints a row of a table for each of two commands. */
async function compare({ title, reset, input, commands }: (typeof WORKLOADS)[number]): Promise<void> {
  const names = Object.keys(commands);
  const samples = new Map<string, (CommandTime & { readonly netsvc: number })[]>(names.map((name) => [name, []]));
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      await sql(reset);
      const before = await processorTime(server.child.pid);
      const time = await commandTime(
        Object.entries(commands).find(([is]) => is === name)?.[1] ?? [],
        input === undefined ? {} : { input },
      );
      samples.get(name)?.push({ ...time, netsvc: ((await processorTime(server.child.pid)) - before) / 1e6 });
    }
  }
  const [first = []] = samples.values();
  for (const [name, measured] of samples) {
    const of = (figure: 'seconds' | 'processor' | 'netsvc') =>
      summary(
        measured.map((sample) => sample[figure]),
        2,
      );
    const ratios = measured.map(({ seconds }, i) => seconds / (first[i]?.seconds ?? Number.NaN));
    const ratio = `${median(ratios).toFixed(1)} [${Math.min(...ratios).toFixed(1)}-${Math.max(...ratios).toFixed(1)}]`;
    console.log(`| ${[title, name, of('seconds'), of('processor'), of('netsvc'), ratio].join(' | ')} |`);
  }
}

/** Returns a port that no program uses at the moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
