import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from './free-port.js';
import { projectFile } from './project-file.js';
import { until } from './until.js';

/** The path in Debian's package. */
export const HAPROXY = '/usr/sbin/haproxy';

export const hasHaproxy = existsSync(HAPROXY);

/** A netsvc behind HAProxy. */
export interface Backend {
  readonly name: string;
  readonly port: number;
  readonly adminPort: number;
}

/** HAProxy with the configuration of deploy/, on a free port and in front of servers of the specs. */
export class Haproxy {
  readonly #process: ChildProcess;
  readonly #folder: string;
  #ready: Server | undefined;

  private constructor(
    readonly port: number,
    process: ChildProcess,
    folder: string,
  ) {
    this.#process = process;
    this.#folder = folder;
  }

  /** Resolves when all servers are up. @param checkInterval of the health checks */
  static async start(port: number, backends: readonly Backend[], checkInterval = '1s'): Promise<Haproxy> {
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    const stats = join(folder, 'stats');
    const servers = backends.map(
      ({ name, port, adminPort }) => `  server ${name} 127.0.0.1:${port} port ${adminPort}\n`,
    );
    const shipped = await readFile(projectFile('deploy/haproxy.cfg'), 'utf8');
    const configuration = shipped
      .replace('bind 127.0.0.1:8000', `bind 127.0.0.1:${port}`)
      .replace(/(?: {2}server .*\n)+/, () => servers.join(''))
      .replace('check inter 1s', `check inter ${checkInterval}`)
      .replace('global\n', `global\n  stats socket ${stats}\n`);
    const file = join(folder, 'haproxy.cfg');
    await writeFile(file, configuration);
    const child = await runHaproxy(file, () => existsSync(stats));
    return new Haproxy(port, child, folder);
  }

  /** In front of one server of this process. What answers its health checks ends with it. */
  static async before(port: number): Promise<Haproxy> {
    const ready = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    await once(ready, 'listening');
    const { port: adminPort } = ready.address() as AddressInfo;
    const haproxy = await Haproxy.start(await freePort(), [{ name: 'a', port, adminPort }]);
    haproxy.#ready = ready;
    return haproxy;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The health checks of each server that have failed since the start. */
  async failedChecks(): Promise<Readonly<Record<string, number>>> {
    const connection = createConnection(join(this.#folder, 'stats'));
    connection.end('show stat\n');
    const [head = '', ...lines] = (await text(connection)).trim().split('\n');
    const columns = head.replace(/^# /, '').split(',');
    const rows = lines.map((line) => new Map(line.split(',').map((value, i) => [columns[i], value])));
    const servers = rows.filter((row) => !['FRONTEND', 'BACKEND'].includes(row.get('svname') ?? ''));
    return Object.fromEntries(servers.map((row) => [row.get('svname'), Number(row.get('chkfail'))]));
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    this.#ready?.close();
    await rm(this.#folder, { recursive: true });
  }
}

/** Starts HAProxy with a configuration as it is, except for the number of connections. */
export async function runHaproxy(file: string, ready: () => boolean | Promise<boolean>): Promise<ChildProcess> {
  const child = spawn(HAPROXY, ['-db', '-n', '2000', '-f', file], { stdio: 'ignore' });
  await until(async () => child.exitCode !== null || (await ready()));
  if (child.exitCode !== null) throw new Error(`haproxy ended with status ${child.exitCode}`);
  return child;
}
