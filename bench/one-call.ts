// Measures a session in four calls, in one call, and a query without a session, with and without delay in the network,
// beside the gateway in Python: alternately, in short rounds, so that other work on the machine affects all alike. The
// CPU time of a session, in the gateway, depends least on it. npm run bench:calls -- --rounds 30
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { PrivateServer } from '#lib/server/private-server.js';
import { TcpProxy } from '../spec/support/tcp-proxy.js';
import { BenchServer } from './bench-server.js';
import { callOf, idIn, int, RpcConnection, text } from './rpc-connection.js';
import { median, quartiles } from './samples.js';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '30' } } });
const CLIENTS = 16;
const SECONDS = 0.4;
/** Rounds in which the compilers of the servers do their work. */
const WARM_UP = 8;
const ROWS = 10_000;

const QUERY = 'select id, name, amount from t where id = %s';
const argument = (key: number) => `<array><data><value>${int(key)}</value></data></array>`;
const call = (method: string, ...params: string[]) =>
  `<value><struct><member><name>methodName</name><value>${text(method)}</value></member><member><name>params</name>` +
  `<value><array><data>${params.map((param) => `<value>${param}</value>`).join('')}</data></array></value></member>` +
  '</struct></value>';

/** What reads one row. */
type Workload = (connection: RpcConnection, path: string, key: number) => Promise<string>;

const fourCalls: Workload = async (connection, path, key) => {
  const session = `${path}/${idIn(await connection.call(path, callOf('cursor', int(60))))}`;
  await connection.call(session, callOf('execute', text(QUERY), argument(key)));
  const row = await connection.call(session, callOf('fetchall'));
  await connection.call(session, callOf('close'));
  return row.text;
};

const oneCall: Workload = async (connection, path, key) => {
  const calls = `${call('execute', text(QUERY), argument(key))}${call('fetchall')}`;
  return (await connection.call(path, callOf('session', `<array><data>${calls}</data></array>`))).text;
};

const oneShot: Workload = async (connection, path, key) =>
  (await connection.call(path, callOf('query', text(QUERY), argument(key)))).text;

const COMPETITORS = [
  { title: 'netsvc, session in four calls', server: 'netsvc', workload: fourCalls },
  { title: 'netsvc, session in one call', server: 'netsvc', workload: oneCall },
  { title: 'netsvc, query', server: 'netsvc', workload: oneShot },
  { title: 'Python, session in four calls', server: 'Python', workload: fourCalls },
] as const;

const folder = await mkdtemp(join(tmpdir(), 'netsvc-bench-'));
const mysql = await PrivateServer.start(folder);
const socket = mysql.options.socketPath ?? '';
const [netsvc, python] = [await BenchServer.start('netsvc', socket), await BenchServer.start('Python', socket)];
const servers = { netsvc, Python: python };

try {
  await fill();
  console.log('| delay, ms | work | sessions/s | times four calls of netsvc | CPU time, us |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const delay of [0, 20]) await compare(delay);
} finally {
  await Promise.all(Object.values(servers).map(({ process }) => process.stop()));
  await mysql.stop();
  await rm(folder, { recursive: true });
}
process.exit(0);

/** @param delay milliseconds of each response in the network */
async function compare(delay: number): Promise<void> {
  const rates = COMPETITORS.map(() => [] as number[]);
  const used = COMPETITORS.map(() => ({ time: 0, sessions: 0 }));
  for (let round = -WARM_UP; round < Number(flags.rounds); round++) {
    const order = [...COMPETITORS.entries()];
    for (const [i, { server, workload }] of round % 2 === 0 ? order : order.reverse()) {
      const { target, process } = servers[server];
      const before = await cpuTime(process.child.pid);
      const rate = await measure(target.url, delay, workload);
      const use = used[i];
      if (round < 0 || use === undefined) continue;
      rates[i]?.push(rate);
      use.time += (await cpuTime(process.child.pid)) - before;
      use.sessions += rate * SECONDS;
    }
  }
  const [base = []] = rates;
  for (const [i, { title }] of COMPETITORS.entries()) {
    const own = rates[i] ?? [];
    const ratios = own.map((rate, round) => rate / (base[round] ?? Number.NaN));
    const { time = 0, sessions = 1 } = used[i] ?? {};
    const columns = [delay, title, quartiles(own, 0), quartiles(ratios, 2), (time / sessions).toFixed(0)];
    console.log(`| ${columns.join(' | ')} |`);
  }
  if (median(base) === 0) throw new Error('nothing was measured');
}

/** Microseconds of processor time that a process has used. The kernel counts them in hundredths of a second. */
async function cpuTime(pid: number | undefined): Promise<number> {
  const [, text = ''] = /.*\) (.*)/s.exec(await readFile(`/proc/${pid}/stat`, 'utf8')) ?? [];
  const fields = text.split(' ').map(Number);
  return ((fields[11] ?? 0) + (fields[12] ?? 0)) * 10_000;
}

async function measure(url: string, delay: number, workload: Workload): Promise<number> {
  const { port, pathname } = new URL(url);
  const proxy = delay > 0 ? await TcpProxy.start({ port: Number(port) }) : undefined;
  proxy?.delay(delay);
  const target = proxy === undefined ? url : url.replace(`:${port}`, `:${proxy.port}`);
  const end = performance.now() + SECONDS * 1000;
  let count = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      const connection = await RpcConnection.open(target);
      for (let key = client + 1; performance.now() < end; key = (key % (ROWS - CLIENTS)) + CLIENTS) {
        const answer = await workload(connection, pathname, key);
        if (!answer.includes(`name-${key}<`)) throw new Error(`not row ${key}: ${answer}`);
        count++;
      }
      connection.close();
    }),
  );
  await proxy?.stop();
  return count / SECONDS;
}

async function fill(): Promise<void> {
  const connection = await createConnection(mysql.options);
  await connection.query('create table t (id int primary key, name varchar(40), amount decimal(12,2))');
  await connection.query(`insert into t select seq, concat('name-', seq), seq * 1.37 from seq_1_to_${ROWS}`);
  await connection.end();
}
