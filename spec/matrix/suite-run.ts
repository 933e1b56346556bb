import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SERVERS } from '../support/mariadb.js';
import { projectFile } from '../support/project-file.js';
import { folderOf, type NodeVersion } from './node-version.js';

/** A server that the specs run on. */
export interface TestedServer {
  /** Such as `MySQL 9.7.4`. */
  readonly name: string;
  /** A folder with the server, or none for the one that is installed. */
  readonly programs?: string;
}

export type Outcome = 'passed' | 'failed' | 'pending';

export interface SpecResult {
  readonly outcome: Outcome;
  /** The top folder of the spec. */
  readonly suite: string;
  readonly title: string;
  /** Why it failed. */
  readonly error: string;
}

/** All specs on one server under one version of Node. */
export interface SuiteRun {
  readonly server: string;
  readonly node: string;
  readonly seconds: number;
  readonly results: readonly SpecResult[];
}

/** The part of the output of mocha's JSON reporter that is read. */
interface MochaReport {
  readonly passes: readonly MochaSpec[];
  readonly failures: readonly MochaSpec[];
  readonly pending: readonly MochaSpec[];
}

interface MochaSpec {
  readonly fullTitle: string;
  readonly file?: string;
  readonly err: { readonly stack?: string; readonly message?: string };
}

/** Seconds that the specs may take, and that mocha may take to stop the servers when it is interrupted. */
const RUN_LIMIT = 1800;
const STOP_LIMIT = 30;

/**
 * Runs specs as `npm test` does: mocha starts a private server, which is the first one in the PATH.
 *
 * @param specs the files, as patterns
 * @param signal interrupts the run
 */
export async function runSuite(
  server: TestedServer,
  node: NodeVersion,
  specs: readonly string[],
  signal: AbortSignal,
): Promise<SuiteRun> {
  const started = performance.now();
  // All files of the run are in it, so that what a run leaves is found.
  const folder = await mkdtemp(join(tmpdir(), 'netsvc-matrix-'));
  // Some specs run programs as another user.
  await chmod(folder, 0o711);
  try {
    const report = join(folder, 'report.json');
    const output = await runMocha(environment(server, node, folder), node, [`output=${report}`, ...specs], signal);
    signal.throwIfAborted();
    const seconds = Math.round((performance.now() - started) / 1000);
    return { server: server.name, node: node.version, seconds, results: await readReport(report, output) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function environment({ programs }: TestedServer, node: NodeVersion, folder: string): NodeJS.ProcessEnv {
  const { NETSVC_TEST_DATABASE, NETSVC_TEST_SERVER, NETSVC_DATABASE, ...env } = process.env;
  // The folder of Node may contain programs of the installed server.
  const path = [...(programs === undefined ? [] : [programs]), folderOf(node), env.PATH ?? ''];
  // More random cases than `npm test` has.
  return { NETSVC_PRICES: '3000', NETSVC_RUNS: '4', ...env, PATH: path.join(delimiter), TMPDIR: folder };
}

/** Returns what mocha printed. */
async function runMocha(
  env: NodeJS.ProcessEnv,
  node: NodeVersion,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const mocha = projectFile('node_modules/mocha/bin/mocha.js');
  const require = [
    '--require',
    'build/spec/support/mariadb.js',
    '--timeout',
    '30s',
    '--ignore',
    'build/spec/distributed/**',
  ];
  // A spec that fails may leave something that would keep mocha running.
  const all = [
    mocha,
    '--no-config',
    '--parallel',
    '--jobs',
    String(SERVERS),
    '--forbid-only',
    ...require,
    '--exit',
    '--reporter',
    'json',
    '--reporter-option',
  ];
  // In a process group of its own, because a Ctrl-C must reach mocha once, and can require to kill all of the group.
  const child = spawn(node.path, [...all, ...args], {
    cwd: projectFile('.'),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000);
    });
  }
  const limit = AbortSignal.any([signal, AbortSignal.timeout(RUN_LIMIT * 1000)]);
  const interrupt = () => void stop(child);
  limit.addEventListener('abort', interrupt);
  const closed = once(child, 'close');
  await once(child, 'exit');
  limit.removeEventListener('abort', interrupt);
  await killLeft(env.TMPDIR ?? '');
  await closed;
  return output;
}

/** Interrupts mocha, which then stops its servers. */
async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGINT');
  const exited = once(child, 'exit');
  await Promise.race([exited, wait(STOP_LIMIT * 1000, undefined, { ref: false })]);
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
    process.kill(-child.pid, 'SIGKILL');
}

/** Kills the processes with this folder for temporary files: servers that specs could not stop. */
async function killLeft(folder: string): Promise<void> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(`TMPDIR=${folder}`)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function readReport(path: string, output: string): Promise<SpecResult[]> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    return [{ outcome: 'failed', suite: OTHERS, title: 'mocha', error: `it did not finish\n${output}` }];
  }
  const { passes, failures, pending } = JSON.parse(text) as MochaReport;
  const all = (outcome: Outcome, specs: readonly MochaSpec[]) =>
    specs.map(({ fullTitle, file, err }) => ({
      outcome,
      suite: suiteOf(file),
      title: fullTitle,
      error: err.stack ?? err.message ?? '',
    }));
  return [...all('passed', passes), ...all('failed', failures), ...all('pending', pending)];
}

/** The suite of the specs that are in no folder. */
export const OTHERS = 'others';

function suiteOf(file = ''): string {
  const [first = '', second] = relative(projectFile('build/spec'), file).split('/');
  return second === undefined ? OTHERS : first;
}
