// The measured servers: netsvc, the gateways that a user would write instead, and servers that show the limits of its
// components.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { C_GATEWAY } from './c-gateway.js';
import { ServerProcess } from './server-process.js';
import type { Target } from './workloads.js';

/** This program runs from `build/bench`. */
export const ROOT = join(import.meta.dirname, '../..');

const PEERS = join(ROOT, 'bench/peers');

/** Which has Debian's MySQLdb. */
export const PYTHON_OF_DEBIAN = '/usr/bin/python3';

/** The folder of netsvc_dbapi. */
export const PYTHON_MODULES = join(ROOT, 'clients/python');

/** The response of the bare server, as long as netsvc's response to a small call. */
const TRIVIAL_ANSWER =
  '<?xml version="1.0"?><methodResponse><params><param><value><int>-1</int></value></param></params></methodResponse>';

export const NAMES = ['netsvc', 'C', 'C, reset', 'C, streaming', 'Python', 'Node', 'bare node:http'] as const;

export type Name = (typeof NAMES)[number];

export const DESCRIPTIONS: Readonly<Record<Name, string>> = {
  netsvc: 'this',
  C: 'Abyss of xmlrpc-c with libmariadb; the next session gets a connection as it is (bench/peers/c)',
  'C, reset': 'the same; MySQL resets a connection when its session ends',
  'C, streaming': 'C without stored rows: fetchall prints them as MySQL sends them; one send for each answer',
  Python: 'xmlrpc.server with MySQLdb (bench/peers/python_gateway.py)',
  Node: 'the xmlrpc package with mysql2 (bench/peers/node-gateway.mjs)',
  'bare node:http': 'reads a request and answers fixed bytes (bench/peers/bare-http.mjs)',
};

/** The credentials of the only user. */
export const CREDENTIALS = 'bench:secret';

/** A running server. */
export class BenchServer {
  private constructor(
    readonly name: Name,
    readonly target: Target,
    readonly process: ServerProcess,
  ) {}

  /**
   * Starts netsvc with users.
   *
   * @param users the password file, which contains `CREDENTIALS`
   */
  static async startGuarded(socket: string, users: string): Promise<BenchServer> {
    const process = await launchNetsvc(socket, ['--users', users]);
    return new BenchServer('netsvc', { url: process.url.replace('//', `//${CREDENTIALS}@`) }, process);
  }

  /** @param socket of MariaDB, whose database `test` contains the rows */
  static async start(name: Name, socket: string): Promise<BenchServer> {
    const process = await launch(name, socket);
    return new BenchServer(name, { url: process.url, bare: name === 'bare node:http' }, process);
  }

  /** Runs a workload in a separate process. */
  run<T>(workload: string, ...args: readonly (string | number)[]): Promise<T> {
    return runWorkload(workload, this.target, ...args);
  }

  /** Resident memory in megabytes: now, and the maximum since the last `resetPeak`. */
  async memory(): Promise<{ now: number; peak: number }> {
    const status = await readFile(`/proc/${this.process.child.pid}/status`, 'utf8');
    const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
  }

  resetPeak(): Promise<void> {
    return writeFile(`/proc/${this.process.child.pid}/clear_refs`, '5');
  }
}

function launchNetsvc(socket: string, flags: readonly string[] = []): Promise<ServerProcess> {
  const url = `mysql://root@localhost/test?socket=${encodeURIComponent(socket)}`;
  const all = ['--port', '0', '--database', url, '--max-sessions', '200000', ...flags];
  return ServerProcess.start(join(ROOT, 'bin/netsvc'), all);
}

function launch(name: Name, socket: string): Promise<ServerProcess> {
  switch (name) {
    case 'netsvc':
      return launchNetsvc(socket);
    case 'C':
      return ServerProcess.start(C_GATEWAY, [socket, 'test']);
    case 'C, reset':
      return ServerProcess.start(C_GATEWAY, [socket, 'test', 'reset']);
    case 'C, streaming':
      return ServerProcess.start(C_GATEWAY, [socket, 'test', 'stream']);
    case 'Python':
      return ServerProcess.start(PYTHON_OF_DEBIAN, [join(PEERS, 'python_gateway.py'), socket, 'test']);
    case 'Node':
      return ServerProcess.start(process.execPath, [join(PEERS, 'node-gateway.mjs'), socket, 'test']);
    case 'bare node:http':
      return ServerProcess.start(process.execPath, [join(PEERS, 'bare-http.mjs'), TRIVIAL_ANSWER]);
  }
}

const execute = promisify(execFile);

/** Runs a workload in a separate process. */
export async function runWorkload<T>(
  workload: string,
  target: Target,
  ...args: readonly (string | number)[]
): Promise<T> {
  const program = join(import.meta.dirname, 'load.js');
  const { stdout } = await execute(process.execPath, [program, workload, JSON.stringify(target), ...args.map(String)]);
  return JSON.parse(stdout) as T;
}

/** Makes as many whole sessions as the compiler of Node.js needs to see, or what it makes of them in 20 seconds. */
export async function warmUp(target: Target, rows: number, sessions = 10_000): Promise<void> {
  const end = performance.now() + 20_000;
  for (let left = sessions; left > 0 && performance.now() < end; ) {
    left -= (await runWorkload<{ count: number }>('wholeSessions', target, rows, 1)).count;
  }
}

/** Returns the rows per second that mysql2 reads without using them. */
export async function drain(socket: string, query: string): Promise<number> {
  const { stdout } = await execute(process.execPath, [join(PEERS, 'mysql2-drain.mjs'), socket, 'test', query]);
  return Number(stdout);
}
