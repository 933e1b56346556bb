// Measures how long sessions and transactions of one client take with a delay between client and server: call by call,
// with several things in one call, and with netsvc_dbapi. The delay is that of a proxy, which holds back each response
// for a round trip. With --write, the table becomes a section of docs/performance.md. npm run bench:network
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { TcpProxy } from '../spec/support/tcp-proxy.js';
import { BenchServer, PYTHON_MODULES, PYTHON_OF_DEBIAN, ROOT, warmUp } from './bench-server.js';
import { array, callIn, callOf, idIn, int, RpcConnection, text } from './rpc-connection.js';
import { median } from './samples.js';
import { measuredIn, writeSection } from './sections.js';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, write: { type: 'boolean', default: false } },
});
/** Milliseconds of a round trip. */
const DELAYS = [0, 1, 10, 50] as const;
const ROWS = 10_000;
const STATEMENTS = 10;

const SELECT = 'select id, name, amount from t where id = %s';
const UPDATE = 'update small set v = v + 1 where id = %s';
const keys = Array.from({ length: STATEMENTS }, (_, key) => key);

type Work = (connection: RpcConnection, path: string, session: string, key: number) => Promise<unknown>;

const sessionByCalls: Work = async (connection, path, _, key) => {
  const own = `${path}/${idIn(await connection.call(path, callOf('cursor', int(60))))}`;
  await connection.call(own, callOf('execute', text(SELECT), array(int(key))));
  await connection.call(own, callOf('fetchall'));
  await connection.call(own, callOf('close'));
};

const sessionInOneCall: Work = (connection, path, _, key) =>
  connection.call(path, callOf('session', array(callIn('execute', text(SELECT), array(int(key))), callIn('fetchall'))));

const query: Work = (connection, path, _, key) => connection.call(path, callOf('query', text(SELECT), array(int(key))));

const transactionByCalls: Work = async (connection, _, session) => {
  await connection.call(session, callOf('begin'));
  for (const key of keys) await connection.call(session, callOf('execute', text(UPDATE), array(int(key))));
  await connection.call(session, callOf('commit'));
};

const transactionInBatch: Work = (connection, _, session) => {
  const updates = keys.map((key) => callIn('execute', text(UPDATE), array(int(key))));
  return connection.call(session, callOf('batch', array(callIn('begin'), ...updates, callIn('commit'))));
};

interface Workload {
  readonly title: string;
  /** Measures one in milliseconds. */
  readonly measure: (url: string, delay: number) => Promise<number>;
}

const WORKLOADS: readonly Workload[] = [
  { title: 'whole session', measure: (url) => timesOf(url, sessionByCalls) },
  { title: 'in one call of `session`', measure: (url) => timesOf(url, sessionInOneCall) },
  { title: 'its statement by `query`', measure: (url) => timesOf(url, query) },
  { title: 'transaction of ten statements', measure: (url) => timesOf(url, transactionByCalls) },
  { title: 'in one call of `batch`', measure: (url) => timesOf(url, transactionInBatch) },
  {
    title: 'netsvc_dbapi: connect, execute, fetchone, close',
    measure: (url, delay) => timeOfModule(url, 'session', delay < 10 ? 30 : 4),
  },
  {
    title: 'netsvc_dbapi: execute, fetchone',
    measure: (url, delay) => timeOfModule(url, 'statement', delay < 10 ? 100 : 10),
  },
  {
    title: 'netsvc_dbapi: ten statements, commit',
    measure: (url, delay) => timeOfModule(url, 'transaction', delay < 10 ? 20 : 2),
  },
];

const folder = await mkdtemp(join(tmpdir(), 'netsvc-bench-'));
const mysql = await PrivateServer.start(folder, ['--innodb-flush-log-at-trx-commit=2']);
const server = await BenchServer.start('netsvc', mysql.options.socketPath ?? '');
const { port } = new URL(server.target.url);
const proxy = await TcpProxy.start({ port: Number(port) });
let table = '';
try {
  await fill();
  await warmUp(server.target, ROWS);
  table = await report();
} finally {
  await proxy.stop();
  await server.process.stop();
  await mysql.stop();
  await rm(folder, { recursive: true });
}
console.log(table);
if (flags.write) await writeSection('Round-trip time', table);
process.exit(0);

async function report(): Promise<string> {
  const url = server.target.url.replace(`:${port}`, `:${proxy.port}`);
  const samples = WORKLOADS.map(() => DELAYS.map(() => [] as number[]));
  for (const { measure } of WORKLOADS) await measure(url, 0); // warms up
  for (let round = 1; round <= Number(flags.rounds); round++) {
    for (const [j, delay] of DELAYS.entries()) {
      process.stderr.write(`round ${round} of ${flags.rounds}: ${delay} ms\n`);
      if (delay === 0) proxy.heal();
      else proxy.delay(delay);
      for (const [i, { measure }] of WORKLOADS.entries()) samples[i]?.[j]?.push(await measure(url, delay));
    }
  }
  const lines = WORKLOADS.map(({ title }, i) => {
    const times = (samples[i] ?? []).map(median);
    const [slow = Number.NaN, slowest = Number.NaN] = times.slice(-2);
    const trips = (slowest - slow) / (DELAYS[3] - DELAYS[2]);
    return `| ${[title, trips.toFixed(0), ...times.map((time) => time.toFixed(time < 10 ? 1 : 0))].join(' | ')} |`;
  });
  return `Milliseconds of one client at several round-trip times, on an open connection.

${measuredIn(Number(flags.rounds))}.

| work | round trips | ${DELAYS.map((delay) => `${delay} ms`).join(' | ')} |
| --- | ---${' | ---'.repeat(DELAYS.length)} |
${lines.join('\n')}
`;
}

/** Returns the median of the times of a work, each after the other. */
async function timesOf(url: string, work: Work): Promise<number> {
  const connection = await RpcConnection.open(url);
  const { pathname } = new URL(url);
  const session = `${pathname}/${idIn(await connection.call(pathname, callOf('cursor', int(60))))}`;
  const times: number[] = [];
  const end = performance.now() + 300;
  for (let key = 1; performance.now() < end || times.length < 3; key++) {
    const before = performance.now();
    await work(connection, pathname, session, (key % ROWS) + 1);
    times.push(performance.now() - before);
  }
  await connection.call(session, callOf('close'));
  connection.close();
  return median(times);
}

/** Returns the mean of the times of a work of netsvc_dbapi. */
async function timeOfModule(url: string, workload: string, count: number): Promise<number> {
  const args = ['-B', join(ROOT, 'bench/peers/module_costs.py'), 'netsvc_dbapi', JSON.stringify({ url }), workload];
  const env = { ...process.env, PYTHONPATH: PYTHON_MODULES };
  const { stdout } = await promisify(execFile)(PYTHON_OF_DEBIAN, [...args, String(count)], { env });
  return ((JSON.parse(stdout) as { seconds: number }).seconds * 1000) / count;
}

async function fill(): Promise<void> {
  const connection = await createConnection(mysql.options);
  for (const table of ['t', 'big']) {
    await connection.query(`create table ${table} (id int primary key, name varchar(40), amount decimal(12,2))`);
    const name = table === 't' ? "concat('name-', seq)" : "concat('name ', seq)";
    await connection.query(`insert into ${table} select seq, ${name}, seq * 1.37 from seq_1_to_${ROWS}`);
  }
  await connection.query('create table small (id int primary key, v int not null)');
  await connection.query(`insert into small select seq, 0 from seq_0_to_${STATEMENTS - 1}`);
  await connection.end();
}
