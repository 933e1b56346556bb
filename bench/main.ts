// Measures netsvc beside other gateways and the limits of its components: all servers alternately, in five rounds.
// Prints a table, and with --write writes bench/figures.md, and the tables and the chart of docs/performance.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { hashSync } from 'bcryptjs';
import { createConnection } from 'mysql2/promise';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { BenchServer, CREDENTIALS, drain, NAMES, type Name, ROOT, warmUp } from './bench-server.js';
import { buildCGateway } from './c-gateway.js';
import { FIGURES, type FigureName, Samples } from './figures.js';
import { processorTimes } from './processor-time.js';
import { chart, figuresPage, pageSections, table } from './report.js';
import { median } from './samples.js';
import { writeSection } from './sections.js';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
});
const ROUNDS = Number(flags.rounds);
const SECONDS = 1.5;
const ROWS = 100_000;
const MANY_ROWS = 1_000_000;
const INSERTED = 10_000;
const IDLE = 50_000;

const folder = await mkdtemp(join(tmpdir(), 'netsvc-bench-'));
const server = await PrivateServer.start(folder, [
  '--innodb-flush-log-at-trx-commit=2',
  '--innodb-buffer-pool-size=512M',
]);
const socket = server.options.socketPath ?? '';
const samples = Object.fromEntries(Object.keys(FIGURES).map((name) => [name, new Samples()])) as Record<
  FigureName,
  Samples
>;
const version = await fill();
const users = join(folder, 'users');
const [login, password = ''] = CREDENTIALS.split(':');
await writeFile(users, `${login}:${hashSync(password)}\n`);

/** Sessions until the compiler of Node.js has done its work. */
const COMPILED_AFTER: Readonly<Partial<Record<Name, number>>> = { netsvc: 8000, Node: 3000 };

const say = (what: string) => process.stderr.write(`${what}\n`);
const withoutC = await buildCGateway();
if (withoutC !== undefined) say(`the gateway in C cannot be built, and is left out: ${withoutC}`);
const names = NAMES.filter((name) => withoutC === undefined || !name.startsWith('C'));
const gateways = names.filter((name) => name !== 'bare node:http');
/** Those that take long for many rows are measured once, the others three times. */
const slow: readonly Name[] = ['Python', 'Node'];

const servers = new Map<Name, BenchServer>();
try {
  for (let round = 1; round <= ROUNDS; round++) await compete(round);
} finally {
  await Promise.all([...servers.values()].map((server) => server.process.stop()));
  await server.stop();
  await rm(folder, { recursive: true });
}

const circumstances =
  `${ROUNDS} rounds on ${new Date().toISOString().slice(0, 10)}; Node ${process.version}, MariaDB ${version}` +
  (withoutC === undefined ? '' : '; without the gateway in C, which could not be built');
console.log(table(samples, circumstances));
if (flags.write) {
  await writeFile(join(ROOT, 'docs/performance.svg'), chart(samples));
  const sections = Object.entries(pageSections(samples, circumstances));
  for (const [heading, section] of sections) await writeSection(heading, section);
  await writeFile(join(ROOT, 'bench/figures.md'), figuresPage(samples, circumstances));
}

/** Runs all workloads on newly started servers. */
async function compete(round: number): Promise<void> {
  for (const name of names) servers.set(name, await BenchServer.start(name, socket));
  /** Measures all servers in turn, another one first in each round. */
  const each = async (what: string, those: readonly Name[], measure: (server: BenchServer) => Promise<void>) => {
    for (let i = 0; i < those.length; i++) {
      const server = servers.get(those[(i + round) % those.length] ?? 'netsvc');
      if (server === undefined) continue;
      say(`round ${round} of ${ROUNDS}: ${what}, ${server.name}`);
      await measure(server);
    }
  };
  await each('trivial calls', names, smallCalls);
  await usersCost(round);
  await each('whole sessions', gateways, wholeSessions);
  await each('connections and sessions', ['netsvc'], growth);
  // Slow peers need most of the time, so they are not in each round.
  const those = gateways.filter((name) => round <= 3 || !slow.includes(name));
  await each('fetchall', those, fetches);
  const rate = await drain(socket, `select * from t limit ${ROWS}`);
  samples.rows.add('mysql2 alone', rate);
  samples.streamedRows.add('mysql2 alone', rate);
  await each('executemany', gateways, async (server) => {
    const inserted = await medianOf(3, () => server.run<{ rate: number }>('executeMany', INSERTED));
    samples.inserted.add(server.name, inserted.rate);
  });
  await each('trivial calls during a fetchall', those, bystander);
  // The peers only once, because they need minutes to open so many.
  await each('idle sessions', round === 1 ? gateways : ['netsvc'], idleSessions);
  await Promise.all([...servers.values()].map((server) => server.process.stop()));
}

/** Creates the rows, which have seven columns of different types. Returns MariaDB's version. */
async function fill(): Promise<string> {
  const connection = await createConnection(server.options);
  await connection.query(
    'create or replace table t (id int auto_increment primary key, name varchar(40), amount decimal(12,2), ' +
      'score double, ' +
      'created datetime, note text, big bigint)',
  );
  await connection.query(
    "insert into t select seq, concat('name-', seq), seq * 1.37, seq / 7, '2020-01-01' + interval seq second, " +
      `concat('note ', seq, ': what people write beside things & forget'), seq * 1000003 from seq_1_to_${MANY_ROWS}`,
  );
  const [[row] = []] = (await connection.query('select version() as version')) as unknown as [{ version: string }[]];
  await connection.end();
  return row?.version ?? '';
}

/** Measures what authentication costs a small call. */
async function usersCost(round: number): Promise<void> {
  say(`round ${round} of ${ROUNDS}: trivial calls of a user, netsvc`);
  const [guarded, open] = [await BenchServer.startGuarded(socket, users), await BenchServer.start('netsvc', socket)];
  const rates = async (server: BenchServer) => (await server.run<{ rate: number }>('trivialCalls', 0.5)).rate;
  for (const server of [guarded, open]) await rates(server); // warms up
  const ratios: number[] = [];
  // In short alternating measurements, because the speed of the machine varies more within seconds than the measured
  // difference.
  for (let turn = 0; turn < 5; turn++) {
    const first = await rates(turn % 2 === 0 ? guarded : open);
    const second = await rates(turn % 2 === 0 ? open : guarded);
    ratios.push(turn % 2 === 0 ? first / second : second / first);
  }
  samples.loggedIn.add('netsvc', median(ratios));
  await Promise.all([guarded.process.stop(), open.process.stop()]);
}

/** Measures the memory of idle sessions, and their effect on small calls. */
async function idleSessions({ name }: BenchServer): Promise<void> {
  const fresh = await BenchServer.start(name, socket);
  // Opens the first sessions in advance, so that the initial growth of the heap is not counted.
  await fresh.run('openSessions', 1000);
  const alone = await fresh.run<{ p99: number }>('trivialCalls', SECONDS);
  const before = await fresh.memory();
  await fresh.run('openSessions', IDLE);
  const after = await fresh.memory();
  samples.idle.add(name, ((after.now - before.now) * 1024) / IDLE);
  const beside = await fresh.run<{ p99: number }>('trivialCalls', SECONDS);
  samples.idleP99.add(name, beside.p99 / alone.p99);
  await fresh.process.stop();
}

interface Counted {
  readonly rate: number;
  readonly count: number;
}

async function smallCalls(server: BenchServer): Promise<void> {
  await server.run('trivialCalls', 0.7); // warms up
  const { result, used } = await processorTimes([server.process.child.pid], () =>
    server.run<Counted>('trivialCalls', SECONDS),
  );
  samples.calls.add(server.name, result.rate);
  samples.callProcessor.add(server.name, (used[0] ?? Number.NaN) / result.count);
}

async function wholeSessions(gateway: BenchServer): Promise<void> {
  const { name, process } = gateway;
  await warmUp(gateway.target, ROWS, COMPILED_AFTER[name] ?? 1);
  const { result, used } = await processorTimes([process.child.pid, server.pid], () =>
    gateway.run<Counted>('wholeSessions', ROWS, SECONDS),
  );
  samples.sessions.add(name, result.rate);
  samples.sessionProcessor.add(name, (used[0] ?? Number.NaN) / result.count);
  samples.sessionMysql.add(name, (used[1] ?? Number.NaN) / result.count);
}

/** Measures netsvc with one client, and with many. */
async function growth(netsvc: BenchServer): Promise<void> {
  const calls = async (connections: number) => (await netsvc.run<Counted>('trivialCalls', 0.6, connections)).rate;
  const sessions = async (clients: number) => (await netsvc.run<Counted>('wholeSessions', ROWS, 0.6, clients)).rate;
  samples.callAlone.add('netsvc', 1000 / (await calls(1)));
  samples.sessionAlone.add('netsvc', 1000 / (await sessions(1)));
  samples.manyConnections.add('netsvc', (1 / (await calls(16))) * (await calls(256)));
  samples.manySessions.add('netsvc', (1 / (await sessions(16))) * (await sessions(128)));
}

interface Fetched {
  readonly rate: number;
  readonly firstByte: number;
}

async function fetches(server: BenchServer): Promise<void> {
  const fresh = await BenchServer.start(server.name, socket);
  const idle = (await fresh.memory()).now;
  await fresh.run('fetchAll', 5000);
  await fresh.resetPeak();
  const runs = slow.includes(server.name) ? 1 : 3;
  const { result: fetched, used } = await processorTimes([fresh.process.child.pid], () =>
    medianOf(runs, () => fresh.run<Fetched>('fetchAll', ROWS)),
  );
  // The gateway in C that stores no rows is compared with SSCursor.
  const streams = server.name === 'C, streaming';
  samples[streams ? 'streamedRows' : 'rows'].add(server.name, fetched.rate);
  samples[streams ? 'streamedFirstByte' : 'firstByte'].add(server.name, fetched.firstByte);
  samples[streams ? 'streamedPeak' : 'peak'].add(server.name, (await fresh.memory()).peak - idle);
  if (!streams) samples.rowProcessor.add(server.name, (used[0] ?? Number.NaN) / runs / ROWS);
  if (server.name === 'netsvc') await fetchesOfNetsvc(fresh, fetched, idle);
  await fresh.process.stop();
}

/** @param stored a fetchall of the class Cursor @param idle megabytes of the idle server */
async function fetchesOfNetsvc(fresh: BenchServer, stored: Fetched, idle: number): Promise<void> {
  await fresh.resetPeak();
  const streamed = await medianOf(3, () => fresh.run<Fetched>('fetchAll', ROWS, 'SSCursor'));
  samples.streamedRows.add('netsvc', streamed.rate);
  samples.streamedFirstByte.add('netsvc', streamed.firstByte);
  samples.streamedPeak.add('netsvc', (await fresh.memory()).peak - idle);
  await fresh.resetPeak();
  const many = await fresh.run<Fetched>('fetchAll', MANY_ROWS);
  const manyStreamed = await fresh.run<Fetched>('fetchAll', MANY_ROWS, 'SSCursor');
  samples.millionRows.add('netsvc', many.rate / stored.rate);
  samples.millionStreamedRows.add('netsvc', manyStreamed.rate / streamed.rate);
  samples.millionPeak.add('netsvc', (await fresh.memory()).peak - idle);
}

/** Returns the run with the median rate of an odd number of runs. */
async function medianOf<T extends { readonly rate: number }>(runs: number, run: () => Promise<T>): Promise<T> {
  const first = await run();
  const all = [first];
  while (all.length < runs) all.push(await run());
  return all.toSorted((a, b) => a.rate - b.rate)[runs >> 1] ?? first;
}

/** Measures small calls in one process while another fetches all rows. */
async function bystander(server: BenchServer): Promise<void> {
  const program = join(import.meta.dirname, 'load.js');
  const waiting = spawn(process.execPath, [program, 'bystander', JSON.stringify(server.target)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const printed = text(waiting.stdout);
  await once(waiting, 'spawn');
  await server.run('fetchAll', ROWS);
  waiting.stdin.end();
  const { p99, longest } = JSON.parse(await printed) as { p99: number; longest: number };
  samples.bystanderP99.add(server.name, p99);
  samples.bystanderLongest.add(server.name, longest);
}
