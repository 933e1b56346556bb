import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, type ClientRequest, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { callBody } from '../support/call-body.js';
import { startPrivateServer, urlOf } from '../support/mariadb.js';
import { projectFile } from '../support/project-file.js';
import { bodyOf, documentOf, type Made } from './requests.js';
import type { Stops } from './stops.js';

const MB = 1024 ** 2;

/** Milliseconds between the small calls of another client: without a pause, they take more time than the request. */
const CALL_INTERVAL = 5;

/** A request as it is sent. */
export interface HostileRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The bytes that are sent as one chunk; by default all, with a Content-Length. */
  readonly chunk?: number;
  /** How many are sent at once, each on a connection of its own. */
  readonly times?: number;
}

/** What a request did to the server. */
export interface Effect {
  /** The status and the faultCode. */
  readonly outcome: string;
  /** The longest time for which the event loop stopped, in milliseconds. */
  readonly stop: number;
  /** The most memory that the process had more than before, in MB. */
  readonly memory: number;
  readonly seconds: number;
  /** The start of the response. */
  readonly text: string;
}

/** A bin/netsvc of its own whose event loop and memory are measured. */
export class HostileServer {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  private constructor(
    readonly url: string,
    readonly child: ChildProcess,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<HostileServer> {
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-hostile-'));
    const mysql = await startPrivateServer(folder, ['--max-allowed-packet=64M']);
    const stops = fileURLToPath(new URL('./stops.js', import.meta.url));
    const child = spawn(
      process.execPath,
      ['--import', stops, projectFile('bin/netsvc'), '--port', '0', '--log-level', 'error', '--database', urlOf(mysql)],
      {
        env: { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '', NETSVC_DATABASE: '' },
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      },
    );
    let url = '';
    if (child.stdout === null) throw new Error('the server has no output');
    for await (const line of createInterface(child.stdout)) {
      // The first line has the address of the server, the second one the endpoint of the database.
      url = line.includes('listening') ? '' : (/http:\S+/.exec(line)?.[0] ?? '');
      if (url !== '') break;
    }
    child.stdout.resume();
    const stop = async () => {
      server.#agent.destroy();
      const ended = child.exitCode === null ? once(child, 'close') : undefined;
      child.kill('SIGTERM');
      await ended;
      await mysql.stop();
      await rm(folder, { recursive: true });
    };
    const server = new HostileServer(url, child, stop);
    await server.call('execute', 'create table hostile (a int)');
    return server;
  }

  /** Sends a request and measures what it does. Small calls of another client are made meanwhile. */
  async measure(hostile: HostileRequest): Promise<Effect> {
    await this.#stops();
    const before = await this.#memory();
    await writeFile(`/proc/${this.child.pid}/clear_refs`, '5');
    const since = performance.now();
    const connections = await this.#connections(hostile.times ?? 0);
    const sent = connections.length === 0 ? [this.#send(hostile)] : connections.map((one) => this.#send(hostile, one));
    let running = true;
    const others = (async () => {
      for (; running; await delay(CALL_INTERVAL)) await this.call('execute', 'select 1');
    })();
    const [{ outcome, text } = { outcome: '', text: '' }] = await Promise.all(sent);
    running = false;
    await others.catch(() => {});
    const seconds = (performance.now() - since) / 1000;
    const { most } = await this.#stops();
    return { outcome, stop: most, memory: (await this.#memory('VmHWM')) - before, seconds, text };
  }

  /** Makes a request, in a session if it needs one. */
  async try(made: Made): Promise<Effect> {
    const { document, session } = documentOf(made);
    const { body, headers } = bodyOf(document, made);
    const path = session ? `/${/<string>([^<]+)/.exec(await this.call('cursor', 60))?.[1]}` : '';
    const { chunk, times } = made;
    const effect = await this.measure({ path, headers, body, ...(chunk && { chunk }), ...(times && { times }) });
    if (session) await this.#call(path, 'close');
    return effect;
  }

  /** Makes a small call on the database, and returns its response. */
  call(method: string, ...params: unknown[]): Promise<string> {
    return this.#call('', method, ...params);
  }

  async #call(path: string, method: string, ...params: unknown[]): Promise<string> {
    const body = Buffer.from(callBody(method, params));
    return (await this.#send({ path, headers: { 'Content-Type': 'text/xml' }, body }, undefined, this.#agent)).text;
  }

  async #stops(): Promise<Stops> {
    const [answer] = await Promise.all([once(this.child, 'message'), this.child.send('stops')]);
    return answer[0] as Stops;
  }

  /** The resident memory, in MB. */
  async #memory(what = 'VmRSS'): Promise<number> {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8');
    return (Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]) * 1024) / MB;
  }

  /** Connections, so that requests can be sent at once. */
  #connections(number: number): Promise<Socket[]> {
    const { port, hostname } = new URL(this.url);
    const open = async () => {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      return socket;
    };
    return Promise.all(Array.from({ length: number }, open));
  }

  #send(
    { path, headers, body, chunk }: HostileRequest,
    connection?: Socket,
    agent?: Agent,
  ): Promise<{ outcome: string; text: string }> {
    return new Promise((resolve) => {
      const sent = request(this.url + path, {
        method: 'POST',
        agent: agent ?? false,
        ...(connection && { createConnection: () => connection }),
        headers: chunk === undefined ? { ...headers, 'Content-Length': String(body.length) } : headers,
      });
      sent.on('error', (error: NodeJS.ErrnoException) => resolve({ outcome: error.code ?? error.message, text: '' }));
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('latin1').on('data', (part: string) => {
          if (text.length < 65_536) text += part;
        });
        response.on('error', () => resolve({ outcome: 'broken off', text }));
        response.on('end', () => {
          const [, fault] = /<fault>.*?<int>(-?\d+)<\/int>/s.exec(text) ?? [];
          resolve({ outcome: fault === undefined ? String(response.statusCode) : `fault ${fault}`, text });
        });
      });
      if (chunk === undefined) sent.end(body);
      else void sendChunks(sent, body, chunk);
    });
  }
}

async function sendChunks(sent: ClientRequest, body: Buffer, size: number): Promise<void> {
  for (let at = 0; at < body.length && !sent.destroyed; at += size) {
    if (!sent.write(body.subarray(at, at + size))) await drained(sent);
  }
  sent.end();
}

function drained(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      sent.off('drain', settle).off('close', settle);
      resolve();
    };
    sent.on('drain', settle).on('close', settle);
  });
}
