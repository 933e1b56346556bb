// Hundreds of clients write to a ledger through bin/netsvc while failures happen and operators close, stop and pause.
// At the end, every acknowledged entry exists once, no refused entry exists, every call has been answered, and the
// server holds what it held before: npm run soak -- --seconds 300
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { hashSync } from 'bcryptjs';
import type { PrivateServer } from '#lib/server/private/private-server.js';
import { startPrivateServer, urlOf } from '../support/mariadb.js';
import { NetsvcProcess } from '../support/netsvc-process.js';
import { projectFile } from '../support/project-file.js';
import { findPython } from '../support/python.js';
import { runOnce } from '../support/run-once.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { prepareServer } from '../support/test-server.js';
import { until } from '../support/until.js';
import { type Held, heldBy } from './held.js';
import { keepLedger, type Outcomes, unansweredCalls } from './ledger-client.js';
import { operate } from './operators.js';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    clients: { type: 'string', default: '200' },
    pythons: { type: 'string', default: '8' },
  },
});
const SECONDS = Number(flags.seconds);
const CONNECTIONS = 20;

/** Milliseconds within which the last calls are answered: a statement that is stopped, and what is behind it. */
const ANSWERS = 40_000;

const folder = await mkdtemp(join(tmpdir(), 'netsvc-soak-'));
// What it has committed remains.
const DURABLE = ['--innodb-flush-log-at-trx-commit=2'];
let mysql: PrivateServer = await startPrivateServer(folder, DURABLE);
const path = mysql.options.socketPath ?? '';
await prepareServer(urlOf(mysql));
await query('create table ledger (id int auto_increment primary key, entry varchar(100))');
const network = await TcpProxy.start({ path });
await writeFile(join(folder, 'operators'), `operator:${hashSync('secret', 4)}\n`);
const configuration = {
  admin: { port: 0, users: 'operators' },
  connections: CONNECTIONS,
  'query-timeout': 5,
  'connect-wait': 5,
  'result-memory': '1M',
  databases: { soak: { url: `mysql://root@127.0.0.1:${network.port}/test` } },
};
await writeFile(join(folder, 'netsvc.yaml'), JSON.stringify(configuration));
const netsvc = await NetsvcProcess.start(['--config', join(folder, 'netsvc.yaml')], 2);
const [, origin = ''] = /admin listening on http:\/\/(\S+)\//.exec(netsvc.ready.join('\n')) ?? [];
const admin = `http://operator:secret@${origin}/admin`;
const clients = await TcpProxy.start({ port: Number(new URL(netsvc.url).port) });
const url = netsvc.url.replace(/:\d+\//, `:${clients.port}/`);

const before = await held();
const deadline = performance.now() + SECONDS * 1000;
const ended = () => performance.now() > deadline;
const ledgers = Array.from({ length: Number(flags.clients) }, (_, i) => keepLedger(url, `node${i}`, ended));
const pythons = (['2.7', '3'] as const).flatMap((version) => findPython(version)?.command ?? []);
for (let i = 0; i < Number(flags.pythons) && pythons.length > 0; i++) {
  ledgers.push(python(pythons[i % pythons.length] ?? '', `python${i}`));
}
const faults = breakThings();
const operators = operate(admin, ended);
const memory = watchMemory();
const done = await faults;
// A call that is never answered would keep its client waiting.
const answered = Promise.all(ledgers);
await Promise.race([answered, wait(ANSWERS)]);
const unanswered = unansweredCalls();
if (unanswered.length > 0) clients.cut();
const outcomes = await answered;

await until(async () => isNothing(await held()), 30).catch(() => {});
const failures = [...(await checkLedger()), ...(await checkServer())];
await clients.stop();
const { status, stderr } = await netsvc.stop();
await network.stop();
await mysql.stop();
await rm(folder, { recursive: true });
if (status !== 0) failures.push(`netsvc ended with status ${status}`);
if (stderr.includes('method failed')) failures.push(`netsvc complained: ${stderr.slice(0, 2000)}`);
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);

/** Causes all failures one after the other until the end. Returns the number of each. */
async function breakThings(): Promise<Map<string, number>> {
  const happened = new Map<string, number>();
  const faults: Record<string, () => Promise<void>> = {
    'connections to MySQL cut': async () => network.cut(some(network.connections)),
    'connections of clients cut': async () => clients.cut(some(clients.connections)),
    'connections killed': killConnections,
    'a network that loses packets': async () => {
      network.freeze();
      await wait(1500);
      network.thaw();
    },
    'connections to MySQL that lose everything': async () => network.loseAll(some(network.connections)),
    'a slow network to MySQL': () => slow(network, 100),
    'a slow network of clients': () => slow(clients, 50),
    'a MySQL that stands still': async () => {
      process.kill(mysql.pid ?? 0, 'SIGSTOP');
      await wait(1000);
      process.kill(mysql.pid ?? 0, 'SIGCONT');
    },
    'a MySQL that is killed and started again': async () => {
      process.kill(mysql.pid ?? 0, 'SIGKILL');
      await mysql.stop();
      mysql = await startPrivateServer(folder, DURABLE);
    },
  };
  const names = Object.keys(faults);
  while (!ended()) {
    await wait(1000 + Math.random() * 1000);
    const name = names[Math.floor(Math.random() * names.length)] ?? '';
    await faults[name]?.();
    happened.set(name, (happened.get(name) ?? 0) + 1);
  }
  network.heal();
  return happened;
}

async function slow(proxy: TcpProxy, milliseconds: number): Promise<void> {
  proxy.delay(milliseconds);
  await wait(2000);
  proxy.heal();
}

/** About a third of them. */
function some<T>(all: readonly T[]): T[] {
  return all.filter(() => Math.random() < 0.3);
}

async function killConnections(): Promise<void> {
  const ids = await query(
    "select id from information_schema.processlist where user = 'root' and id <> connection_id()",
  );
  for (const [id] of some(ids)) await query(`kill ${String(id)}`).catch(() => {});
}

/** On a connection of its own, without failures. */
function query(sql: string): Promise<unknown[][]> {
  return runOnce(mysql.options, sql);
}

async function python(program: string, name: string): Promise<Outcomes> {
  const script = projectFile('spec/soak/client.py');
  const { stdout } = await promisify(execFile)(program, [script, url, String(SECONDS), name], { maxBuffer: 2 ** 28 });
  return JSON.parse(stdout) as Outcomes;
}

async function checkLedger(): Promise<string[]> {
  // Statements that waited for a lock or were being committed have ended by now.
  const rows = await query('select entry, count(*) from ledger group by entry');
  const there = new Map(rows.map(([entry, count]) => [String(entry), Number(count)]));
  const failures: string[] = [];
  const count = { rounds: 0, acknowledged: 0, refused: 0, unknown: 0, 'of those there': 0, 'timed out': 0 };
  for (const { acknowledged, refused, unknown, rounds, unanswered: timedOut } of outcomes) {
    count.rounds += rounds;
    count['timed out'] += timedOut;
    count.acknowledged += acknowledged.length;
    count.refused += refused.length;
    count.unknown += unknown.length;
    count['of those there'] += unknown.filter((entry) => there.has(entry)).length;
    for (const entry of acknowledged)
      if (!there.has(entry)) failures.push(`${entry} was acknowledged and is not there`);
    for (const entry of refused) if (there.has(entry)) failures.push(`${entry} was refused and is there`);
  }
  for (const [entry, times] of there) if (times > 1) failures.push(`${entry} is there ${times} times`);
  const sum = count.acknowledged + count['of those there'];
  if (there.size !== sum) failures.push(`${there.size} entries are there, of ${sum}`);
  console.log(
    `${SECONDS} seconds, ${ledgers.length} clients: ${JSON.stringify(count)}; ${there.size} entries in the ledger`,
  );
  console.log(`faults: ${JSON.stringify(Object.fromEntries(done))}`);
  return failures;
}

async function checkServer(): Promise<string[]> {
  const after = await held();
  const [[connections] = []] = await query(
    "select count(*) from information_schema.processlist where command <> 'Daemon'",
  );
  const timedOut = outcomes.reduce((sum, outcome) => sum + outcome.unanswered, 0);
  console.log(`operators: ${JSON.stringify(await operators)}`);
  console.log(`server before: ${JSON.stringify(before)}`);
  console.log(`server after:  ${JSON.stringify(after)}; connections to MySQL: ${Number(connections) - 1}`);
  console.log(`after the last session: ${after.spillFiles} spill files, ${after.inUse} connections in use, \
${unanswered.length + timedOut} calls without an answer, ${after.descriptors - before.descriptors} more descriptors`);
  const failures: string[] = [];
  if (unanswered.length > 0) failures.push(`calls without an answer: ${unanswered.join(', ')}`);
  if (timedOut > 0) failures.push(`${timedOut} calls timed out`);
  if (!isNothing(after)) failures.push(`the server holds ${JSON.stringify(after)}, at first ${JSON.stringify(before)}`);
  if (Number(connections) - 1 > CONNECTIONS) failures.push(`${String(connections)} connections to MySQL`);
  const megabytes = await memory;
  console.log(`memory, MB, every ${SECONDS / 20} seconds: ${megabytes.join(' ')}`);
  const [firstHalf, secondHalf] = [megabytes.slice(2, 10), megabytes.slice(10)];
  if (Math.min(...secondHalf) > Math.max(...firstHalf) * 1.2) failures.push('the memory grows');
  return failures;
}

/** The memory of the server, twenty samples. */
async function watchMemory(): Promise<number[]> {
  const megabytes: number[] = [];
  while (megabytes.length < 20) {
    await wait((SECONDS * 1000) / 20);
    megabytes.push((await held()).megabytes);
  }
  return megabytes;
}

/** The server holds nothing that it did not hold before the first session. */
function isNothing({ sessions, inUse, waiting, spillFiles, descriptors }: Held): boolean {
  return sessions + inUse + waiting + spillFiles === 0 && descriptors <= before.descriptors;
}

function held(): Promise<Held> {
  return heldBy(netsvc.child.pid ?? 0, admin);
}
