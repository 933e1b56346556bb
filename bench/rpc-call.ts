// Measures `rpc-call --sql` beside the client of MariaDB: the same rows from the same server, alternately, in rounds.
// After `npx tsc -p spec`: `node build/bench/rpc-call.js`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { ROOT } from './bench-server.js';
import { type CommandTime, commandTime } from './command-time.js';
import { median, summary } from './samples.js';
import { ServerProcess } from './server-process.js';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });

const ROUNDS = Number(flags.rounds);

const WORKLOADS = [
  { title: 'one row', rows: 1, rounds: ROUNDS, clients: ['mariadb', 'rpc-call --sql'] },
  { title: '100,000 rows', rows: 100_000, rounds: ROUNDS, clients: ['mariadb', 'rpc-call --sql'] },
  { title: '100,000 rows', rows: 100_000, rounds: 1, clients: ['mariadb', 'rpc-call execute'] },
  { title: '1,000,000 rows', rows: 1_000_000, rounds: Math.ceil(ROUNDS / 2), clients: ['mariadb', 'rpc-call --sql'] },
] as const;

const folder = await mkdtemp(join(tmpdir(), 'netsvc-bench-'));
const mariadb = await PrivateServer.start(folder, ['--innodb-buffer-pool-size=512M']);
const socket = mariadb.options.socketPath ?? '';
const database = `mysql://root@localhost/test?socket=${encodeURIComponent(socket)}`;
const server = await ServerProcess.start(join(ROOT, 'bin/netsvc'), ['--port', '0', '--database', database]);

const CLIENTS = {
  mariadb: (sql: string) => [
    'mariadb',
    '--no-defaults',
    '-uroot',
    '-S',
    socket,
    '--batch',
    '--quick',
    '-e',
    sql,
    'test',
  ],
  'rpc-call --sql': (sql: string) => [join(ROOT, 'bin/rpc-call'), server.url, '--csv', '--sql', sql],
  'rpc-call execute': (sql: string) => [join(ROOT, 'bin/rpc-call'), server.url, '--csv', 'execute', sql],
};
type Client = keyof typeof CLIENTS;

try {
  await fill();
  console.log('| result | client | seconds | of processor time | peak MB | times mariadb |');
  for (const workload of WORKLOADS) await compare(workload);
} finally {
  await server.stop();
  await mariadb.stop();
  await rm(folder, { recursive: true });
}

/** Creates the rows that `npm run bench` has too. */
async function fill(): Promise<void> {
  const connection = await createConnection(mariadb.options);
  await connection.query(
    'create table t (id int auto_increment primary key, name varchar(40), amount decimal(12,2), score double, ' +
      'created datetime, note text, big bigint)',
  );
  await connection.query(
    "insert into t select seq, concat('name-', seq), seq * 1.37, seq / 7, '2020-01-01' + interval seq second, " +
      "concat('note ', seq, ': what people write beside things & forget'), seq * 1000003 from seq_1_to_1000000",
  );
  await connection.end();
}

function measure(client: Client, rows: number): Promise<CommandTime> {
  return commandTime(CLIENTS[client](`select * from t limit ${rows}`), { output: join(folder, 'rows') });
}

/** Prints a row of a table for each client. */
async function compare({ title, rows, rounds, clients }: (typeof WORKLOADS)[number]): Promise<void> {
  const samples = new Map<Client, CommandTime[]>(clients.map((client) => [client, []]));
  for (let round = 0; round < rounds; round++) {
    for (const client of round % 2 === 0 ? clients : clients.toReversed()) {
      samples.get(client)?.push(await measure(client, rows));
    }
  }
  const [first = []] = samples.values();
  for (const [client, measured] of samples) {
    const of = (figure: keyof CommandTime, digits: number) =>
      summary(
        measured.map((sample) => sample[figure]),
        digits,
      );
    const ratio = median(measured.map(({ seconds }, i) => seconds / (first[i]?.seconds ?? Number.NaN)));
    const cells = [title, client, of('seconds', 2), of('processor', 2), of('megabytes', 0), ratio.toFixed(1)];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
