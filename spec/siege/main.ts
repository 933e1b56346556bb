// A user with a login and a client without one do their worst to bin/netsvc, which has a heap of 1 GB, while another
// user works. That user gets no fault and waits less than 250 ms for 99 of 100 calls, and at the end the server holds
// what it held before: npm run siege -- --seconds 60
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hashSync } from 'bcryptjs';
import { createConnection } from 'mysql2/promise';
import { type Held, heldBy } from '../soak/held.js';
import { startPrivateServer } from '../support/mariadb.js';
import { ended, NetsvcProcess } from '../support/netsvc-process.js';
import { until } from '../support/until.js';
import { Seen, work } from './others.js';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    users: { type: 'string', default: '6' },
    strangers: { type: 'string', default: '3' },
  },
});
const SECONDS = Number(flags.seconds);

/** Milliseconds in which 99 of 100 calls of the other user are answered. */
const LATENCY = 250;

/** The clients of the other user. */
const CLIENTS = 10;

const folder = await mkdtemp(join(tmpdir(), 'netsvc-siege-'));
const mysql = await startPrivateServer(folder);
const ACCOUNT = [
  'create table grace (id int primary key, v varchar(100))',
  "insert into grace select seq, repeat('v', 50) from seq_1_to_1000",
  'create table log (id int auto_increment primary key, v varchar(100)) engine=InnoDB',
  'create table mallory (id int auto_increment primary key, v int) engine=InnoDB',
  "create user gateway@localhost identified by 'gateway'",
  'grant select, insert, update, delete, create, drop, create temporary tables, execute, lock tables on test.* to gateway@localhost',
];
for (const statement of ACCOUNT) await query(statement);
await writeFile(
  join(folder, 'users'),
  ['grace', 'mallory'].map((name) => `${name}:${hashSync('secret', 4)}\n`).join(''),
);
await writeFile(join(folder, 'operators'), `operator:${hashSync('secret', 4)}\n`);
const socket = encodeURIComponent(mysql.options.socketPath ?? '');
const configuration = {
  users: 'users',
  admin: { port: 0, users: 'operators' },
  'max-clients': 1000,
  databases: { siege: { url: `mysql://gateway:gateway@localhost/test?socket=${socket}` } },
};
await writeFile(join(folder, 'netsvc.yaml'), JSON.stringify(configuration));
const netsvc = await NetsvcProcess.start(['--config', join(folder, 'netsvc.yaml')], 2, {
  NODE_OPTIONS: '--max-old-space-size=1024',
});
const [, origin = ''] = /admin listening on http:\/\/(\S+)\//.exec(netsvc.ready.join('\n')) ?? [];
const admin = `http://operator:secret@${origin}/admin`;

// What is allocated once, such as the first connection to MySQL, is not held for a client.
await work(netsvc.url, new Seen(), () => true);
const before = await held();
const attackers = await Promise.all([attackersOf('user', flags.users), attackersOf('stranger', flags.strangers)]);
const deadline = performance.now() + SECONDS * 1000;
const attacks = attackers.map((begin) => begin());
const seen = new Seen();
const working = Promise.all(
  Array.from({ length: CLIENTS }, () => work(netsvc.url, seen, () => performance.now() > deadline)),
);
const peak = watchProcess();
await Promise.race([working, wait(SECONDS * 1000 + 30_000)]);
const outcomes = await Promise.all(attacks);
const failures = [...checkOthers(), ...(await checkServer())];
const { status, stderr } = await netsvc.stop();
if (status !== 0) failures.push(`netsvc ended with status ${status}: ${stderr.slice(-2000)}`);
if (stderr.includes('method failed')) failures.push(`netsvc complained: ${stderr.slice(0, 2000)}`);
await mysql.stop();
await rm(folder, { recursive: true });
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);

/** On a connection of its own. */
async function query(sql: string): Promise<void> {
  const connection = await createConnection({ ...mysql.options });
  await connection.query(sql).finally(() => connection.end());
}

/** Prepares attacks in another process, which has another processor. Returns a function that makes them. */
async function attackersOf(who: 'user' | 'stranger', number: string): Promise<() => Promise<string>> {
  const program = fileURLToPath(new URL('./attackers.js', import.meta.url));
  const args = ['--max-old-space-size=4096', program, netsvc.url, String(SECONDS), who, number];
  const child = spawn(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
  const end = ended(child);
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.write('begin\n');
    const { stdout, stderr } = await end;
    return `${who}: ${stdout.replace('ready', '').trim()}${stderr.slice(0, 1000)}`;
  };
}

function checkOthers(): string[] {
  for (const outcome of outcomes) console.log(outcome);
  const figures = [0.5, 0.9, 0.99, 1].map((part) => seen.percentile(part).toFixed(1));
  console.log(`${seen.latencies.length} calls of the other user: p50, p90, p99, max: ${figures.join(', ')} ms`);
  const found = [...seen.failures].map(([failure, count]) => `the other user got, ${count} times: ${failure}`);
  const p99 = seen.percentile(0.99);
  if (p99 >= LATENCY) found.push(`99 of 100 calls took up to ${p99.toFixed(0)} ms`);
  return found;
}

async function checkServer(): Promise<string[]> {
  if (netsvc.child.exitCode !== null || netsvc.child.signalCode !== null) return ['netsvc has ended'];
  await until(async () => isNothing(await held()), 40).catch(() => {});
  const after = await held();
  console.log(`server before: ${JSON.stringify(before)}`);
  console.log(`server after:  ${JSON.stringify(after)}; peak ${JSON.stringify(await peak)}`);
  return isNothing(after) ? [] : [`the server holds ${JSON.stringify(after)}, at first ${JSON.stringify(before)}`];
}

/** The maximum of the resident memory in MB, and of the stops of the event loop in milliseconds. */
async function watchProcess(): Promise<Pick<Held, 'megabytes' | 'stop'>> {
  const most = { megabytes: 0, stop: 0 };
  while (performance.now() < deadline) {
    await wait(500);
    const { megabytes, stop } = await held().catch(() => before);
    most.megabytes = Math.max(most.megabytes, megabytes);
    most.stop = Math.max(most.stop, stop);
  }
  return most;
}

/** The server holds nothing that it did not hold before the attacks. */
function isNothing({ sessions, inUse, waiting, spillFiles, accounts, descriptors }: Held): boolean {
  return sessions + inUse + waiting + spillFiles + accounts === 0 && descriptors <= before.descriptors + 1;
}

function held(): Promise<Held> {
  return heldBy(netsvc.child.pid ?? 0, admin);
}
