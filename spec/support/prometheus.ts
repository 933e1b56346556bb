import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Context } from 'mocha';
import { CACHE } from '../matrix/cache.js';
import { pend } from './test-server.js';

/** One of the series that a query returns. */
export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** Returns the folder of `prometheus` and `promtool`. Where there is none, the specs are pending, or fail in CI. */
export function prometheusFolder(context: Context): string {
  // bin/setup unpacks the programs if they are not installed.
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(CACHE, 'prometheus')];
  const found = folders.find((folder) => ['prometheus', 'promtool'].every((name) => existsSync(join(folder, name))));
  if (found !== undefined) return found;
  if (process.env.CI) throw new Error('there is no Prometheus: run bin/setup --test');
  pend(context, 'there is no Prometheus');
}

/** Runs promtool. @param input its standard input */
export function promtool(folder: string, args: readonly string[], input = ''): Promise<PromtoolResult> {
  return new Promise((resolve) => {
    const child = execFile(join(folder, 'promtool'), args, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

export interface PromtoolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds from one scrape to the next. */
export const SCRAPE_INTERVAL = 1000;

/** A running Prometheus. */
export class Prometheus {
  readonly #child: ChildProcess;
  readonly #url: string;
  readonly #data: string;

  private constructor(child: ChildProcess, url: string, data: string) {
    this.#child = child;
    this.#url = url;
    this.#data = data;
  }

  /** Starts Prometheus, which logs in and scrapes `/metrics` of an address, as the job `netsvc`. */
  static async start(folder: string, address: string, login: { username: string; password: string }) {
    const data = await mkdtemp(join(tmpdir(), 'netsvc-prometheus-'));
    const config = join(data, 'prometheus.yml');
    const jobs = [{ job_name: 'netsvc', basic_auth: login, static_configs: [{ targets: [address] }] }];
    await writeFile(
      config,
      JSON.stringify({ global: { scrape_interval: `${SCRAPE_INTERVAL}ms` }, scrape_configs: jobs }),
    );
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${data}/tsdb`, '--web.listen-address=127.0.0.1:0'];
    const child = spawn(join(folder, 'prometheus'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let url = '';
    const lines: string[] = [];
    // It goes on reading until the end, so that the process never waits for its reader.
    const log = createInterface(child.stderr);
    const ready = new Promise<void>((resolve, reject) => {
      log.on('line', (line) => {
        lines.push(line);
        const [, listening] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
        if (listening !== undefined) url = `http://${listening}/`;
        if (line.includes('Server is ready to receive web requests')) resolve();
      });
      child.on('error', reject);
      log.on('close', () => reject(new Error(`Prometheus ended: ${lines.join('\n')}`)));
    });
    await ready;
    return new Prometheus(child, url, data);
  }

  /** Returns the series of a query, as they are now. */
  async query(expression: string): Promise<readonly PrometheusSample[]> {
    const response = await fetch(`${this.#url}api/v1/query?${new URLSearchParams({ query: expression })}`);
    const body = (await response.json()) as { data?: { result: PrometheusSample[] }; error?: string };
    if (body.data === undefined) throw new Error(`${body.error}: ${expression}`);
    return body.data.result;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'close');
    // It keeps nothing.
    this.#child.kill('SIGKILL');
    await ended;
    await rm(this.#data, { recursive: true });
  }
}
