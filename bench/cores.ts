// Measures one netsvc, and one and two of them behind HAProxy with the configuration of deploy/: calls and sessions per
// second, and the processor time of netsvc, HAProxy and MySQL for each. From this, it computes what more cores would
// serve. With --write, the table becomes a section of docs/performance.md. npm run bench:cores -- --rounds 5
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { freePort } from '../spec/support/free-port.js';
import { Haproxy, hasHaproxy } from '../spec/support/haproxy.js';
import { Instance } from '../spec/support/instances.js';
import { runWorkload, warmUp } from './bench-server.js';
import { processorTimes } from './processor-time.js';
import { median } from './samples.js';
import { measuredIn, writeSection } from './sections.js';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, write: { type: 'boolean', default: false } },
});
const SECONDS = 1.5;
const ROWS = 10_000;
/** To MySQL, of all instances together. */
const CONNECTIONS = 48;

const WORKLOADS = [
  { title: 'small call', workload: 'trivialCalls', args: [SECONDS] },
  { title: 'whole session', workload: 'wholeSessions', args: [ROWS, SECONDS] },
  { title: 'session in one call', workload: 'sessionsInOneCall', args: [ROWS, SECONDS] },
  { title: 'session, a connection for each call', workload: 'reconnectingSessions', args: [ROWS, SECONDS] },
] as const;

/** netsvc alone, or several behind HAProxy. */
interface SetUp {
  readonly title: string;
  readonly instances: readonly Instance[];
  readonly haproxy: Haproxy | undefined;
  readonly url: string;
}

/** Of one call or session; times are microseconds. */
interface Measured {
  readonly rate: number;
  readonly netsvc: number;
  readonly haproxy: number;
  readonly mysql: number;
}

if (!hasHaproxy) throw new Error('HAProxy is not installed');
const folder = await mkdtemp(join(tmpdir(), 'netsvc-bench-'));
const mysql = await PrivateServer.start(folder);
const setUps: SetUp[] = [];
let lines: readonly (readonly string[])[] = [];
try {
  await fill();
  setUps.push(await setUp('one process', 1, false));
  setUps.push(await setUp('HAProxy and one', 1, true));
  setUps.push(await setUp('HAProxy and two', 2, true));
  lines = await report();
} finally {
  await Promise.all(setUps.map(({ haproxy }) => haproxy?.stop()));
  await Promise.all(setUps.flatMap(({ instances }) => instances.map((instance) => instance.kill())));
  await mysql.stop();
  await rm(folder, { recursive: true });
}
console.log(section(lines.flat()));
// The page has what users compare: one process, and the most.
if (flags.write) await writeSection('Cores', section(lines.flatMap((all) => [all.at(0) ?? '', all.at(-1) ?? ''])));
process.exit(0);

async function setUp(title: string, count: number, balanced: boolean): Promise<SetUp> {
  const database = `mysql://root@localhost/test?socket=${encodeURIComponent(mysql.options.socketPath ?? '')}`;
  const args = ['--database', database, '--trusted-proxies', '127.0.0.1', '--connections', String(CONNECTIONS / count)];
  const instances = await Promise.all(Array.from({ length: count }, (_, i) => Instance.start(`n${i + 1}`, args)));
  const haproxy = balanced ? await Haproxy.start(await freePort(), instances) : undefined;
  const url = `http://127.0.0.1:${haproxy?.port ?? instances[0]?.port}/database`;
  await warmUp({ url }, ROWS, count * 10_000);
  await runWorkload('sessionsInOneCall', { url }, ROWS, 2);
  return { title, instances, haproxy, url };
}

/** Returns the lines of the table, by workload and set-up. */
async function report(): Promise<string[][]> {
  const samples = WORKLOADS.map(() => setUps.map(() => [] as Measured[]));
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [i, { title, workload, args }] of WORKLOADS.entries()) {
      const order = [...setUps.entries()];
      for (const [j, setUp] of round % 2 === 0 ? order : order.reverse()) {
        process.stderr.write(`round ${round + 1} of ${flags.rounds}: ${title}, ${setUp.title}\n`);
        samples[i]?.[j]?.push(await measure(setUp, workload, args));
      }
    }
  }
  return WORKLOADS.map(({ title }, i) => setUps.map((setUp, j) => line(title, setUp, samples[i]?.[j] ?? [])));
}

function section(lines: readonly string[]): string {
  return `\
Processor time of one call or session, also [behind HAProxy](operations.md#run-several-processes). Measured rates are
low, because the load runs on the same two cores. What 4 and 8 cores serve, and by how many processes, is computed from
the processor time, for cores that do nothing else.

${measuredIn(Number(flags.rounds))}.

| what | by | netsvc, µs | HAProxy, µs | MySQL, µs | measured/s | 4 cores/s | 8 cores/s |
| --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}
`;
}

function line(title: string, { title: served, instances, haproxy }: SetUp, measured: readonly Measured[]): string {
  const of = (figure: keyof Measured) => median(measured.map((sample) => sample[figure]));
  const [netsvc, balancer, database] = [of('netsvc'), of('haproxy'), of('mysql')];
  const on = (cores: number) => {
    // One process uses one core, and MySQL has the others.
    if (haproxy === undefined) return 1e6 / Math.max(netsvc, database / (cores - 1));
    return instances.length > 1 ? (cores * 1e6) / (netsvc + balancer + database) : Number.NaN;
  };
  const processes = (cores: number) => Math.ceil((cores * netsvc) / (netsvc + balancer + database));
  const computed = (cores: number) => {
    if (Number.isNaN(on(cores))) return '';
    return `${Number(on(cores).toPrecision(2))}${haproxy === undefined ? '' : ` by ${processes(cores)}`}`;
  };
  const microseconds = [netsvc, haproxy === undefined ? undefined : balancer, database].map((time) =>
    time === undefined ? '' : time.toFixed(0),
  );
  return `| ${[title, served, ...microseconds, of('rate').toFixed(0), computed(4), computed(8)].join(' | ')} |`;
}

async function measure(setUp: SetUp, workload: string, args: readonly number[]): Promise<Measured> {
  const servers = setUp.instances.map((instance) => instance.process.child.pid);
  const pids = [mysql.pid, ...(setUp.haproxy === undefined ? [] : [setUp.haproxy.pid]), ...servers];
  const { result, used } = await processorTimes(pids, () =>
    runWorkload<{ rate: number; count: number }>(workload, { url: setUp.url }, ...args),
  );
  const [database = 0, ...others] = used.map((time) => time / result.count);
  const balancer = setUp.haproxy === undefined ? 0 : (others.shift() ?? 0);
  return { rate: result.rate, netsvc: others.reduce((sum, time) => sum + time, 0), haproxy: balancer, mysql: database };
}

async function fill(): Promise<void> {
  const connection = await createConnection(mysql.options);
  await connection.query('create table t (id int primary key, name varchar(40), amount decimal(12,2))');
  await connection.query(`insert into t select seq, concat('name-', seq), seq * 1.37 from seq_1_to_${ROWS}`);
  await connection.end();
}
