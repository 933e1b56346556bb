// Measures the processor time of commands from their start to their end, of a server until it is ready, and the
// resident memory of the server, beside `node -e 0`. All run alternately. Linux only.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PrivateServer } from '#lib/server/private/private-server.js';
import { ROOT } from './bench-server.js';
import { median, quartiles } from './samples.js';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const ROUNDS = Number(flags.rounds);
/** Milliseconds after which a server is idle. */
const IDLE = 2000;

const folder = await mkdtemp(join(tmpdir(), 'netsvc-bench-'));
const server = await PrivateServer.start(folder);
const database = `mysql://root@localhost/test?socket=${server.options.socketPath}`;
const flagsOfServer = ['--port', '0', '--log-level', 'error', '--database', database];
const netsvc = join(ROOT, 'bin/netsvc');
const reporter = join(folder, 'reporter.cjs');
await writeFile(
  reporter,
  `process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    require('node:fs').writeSync(3, String(user + system));
  });`,
);

const called = spawn(netsvc, flagsOfServer);
const url = /(http:\S+database)/.exec(await firstLines(called))?.[1] ?? '';
const BASE = 'node -e 0';
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  [BASE]: [process.execPath, '-e', '0'],
  'netsvc --version': [netsvc, '--version'],
  'netsvc --help': [netsvc, '--help'],
  'rpc-call --version': [join(ROOT, 'bin/rpc-call'), '--version'],
  'rpc-call URL METHOD': [join(ROOT, 'bin/rpc-call'), url, 'system.listMethods'],
  'rpc-call URL --sql': [join(ROOT, 'bin/rpc-call'), url, '--sql', 'select 1'],
};
const times = new Map<string, number[]>();
const sizes: number[] = [];
try {
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, command] of Object.entries(COMMANDS)) add(name, await timeOf(command));
    const { time, size } = await startOf(flagsOfServer);
    add('netsvc, ready', time);
    sizes.push(size);
  }
} finally {
  await end(called);
  await server.stop();
  await rm(folder, { recursive: true });
}
const base = median(times.get(BASE) ?? []);
console.log(`milliseconds of processor, the quartiles, beyond ${BASE}, times ${BASE}; ${ROUNDS} rounds`);
for (const [name, samples] of times) {
  const time = median(samples);
  const beyond = [(time - base).toFixed(0), (time / base).toFixed(2)].map((figure) => figure.padStart(6)).join('');
  console.log(`${name.padEnd(20)} ${quartiles(samples, 0).padEnd(14)} ${beyond}`);
}
console.log(`idle server: ${quartiles(sizes, 1)} MB resident`);

function add(name: string, time: number): void {
  times.set(name, [...(times.get(name) ?? []), time]);
}

/** Milliseconds of processor. */
async function timeOf([program = '', ...args]: readonly string[]): Promise<number> {
  const env = { ...process.env, NODE_OPTIONS: `--require ${reporter}` };
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const report = child.stdio[3];
  if (report === null || report === undefined || !('readable' in report)) throw new Error('no pipe');
  return Number(await text(report as NodeJS.ReadableStream & AsyncIterable<Buffer>)) / 1000;
}

/** Milliseconds of processor until a server is ready, and megabytes when it is idle. */
async function startOf(args: readonly string[]): Promise<{ readonly time: number; readonly size: number }> {
  const child = spawn(netsvc, args);
  await firstLines(child);
  const tasks = await readdir(`/proc/${child.pid}/task`);
  const nanoseconds = await Promise.all(
    tasks.map(async (task) =>
      Number((await readFile(`/proc/${child.pid}/task/${task}/schedstat`, 'utf8')).split(' ')[0]),
    ),
  );
  await setTimeout(IDLE);
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  const size = Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]) / 1024;
  await end(child);
  return { time: nanoseconds.reduce((sum, time) => sum + time, 0) / 1e6, size };
}

/** What a server prints when it is ready. */
async function firstLines({ stdout }: ChildProcess): Promise<string> {
  let printed = '';
  for await (const part of stdout ?? []) {
    printed += part;
    if (printed.split('\n').length > 2) break;
  }
  return printed;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
