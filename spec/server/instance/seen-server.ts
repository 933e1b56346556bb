import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { globalAgent } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { call, callDocument, type Fault } from '../../support/client.js';
import type { ConfiguredServer } from '../../support/configured-server.js';
import { ask } from '../../support/http.js';
import { basic } from '../../support/logins.js';
import { spillFiles } from '../../support/spill-files.js';
import { until } from '../../support/until.js';

/** What is seen of a server from outside. @param session opened before the reload; without it, none is */
export type Look = (session: string) => Promise<unknown>;

const HUNDRED = 'with recursive hundred(n) as (select 1 union all select n + 1 from hundred where n < 100)';

/** Looks at a server whose database is `shop`, as its clients and operators see it. */
export class SeenServer {
  readonly #server: ConfiguredServer;
  readonly #opened: string[] = [];
  #networks = 1;

  constructor(server: ConfiguredServer) {
    this.#server = server;
  }

  /** Closes the sessions that `open` has opened. */
  async closeAll(): Promise<void> {
    for (const session of this.#opened.splice(0)) await outcomeOf(call(session, 'close'));
  }

  readonly shop = (user = 'grace') => this.#server.url(user);

  readonly operate = async (method: 'sessions' | 'connections') =>
    (await this.#server.operate(method)) as Readonly<Record<string, unknown>>[];

  readonly open = async (timeout = 30) => {
    const session = `${this.shop()}/${await call(this.shop(), 'cursor', timeout)}`;
    this.#opened.push(session);
    return session;
  };

  readonly run = async (session: string, sql: string) => {
    await call(session, 'execute', sql);
    return call(session, 'fetchone');
  };

  readonly only = async (session: string, sql: string) => ([] as unknown[]).concat(await this.run(session, sql))[0];

  /** The status of a call: on a connection that was open before the first reload, or through a proxy. */
  readonly statusOf = async (headers: Record<string, string> = {}) => {
    const body = callDocument('system.listMethods');
    const all = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length), ...basic('grace'), ...headers };
    return (await ask(this.#server.url(), { headers: all, body })).status;
  };

  /** How many of four things can be done at once, and why not the next one. */
  readonly countOf = async (session: string, act: (session: string) => Promise<unknown>) => {
    await call(session, 'close');
    const all: string[] = [];
    try {
      for (let i = 0; i < 4; i++) {
        const one = await this.open();
        all.push(one);
        const failure = await outcomeOf(act(one));
        if (failure !== 'done') return `${i}: ${failure}`;
      }
      return '4';
    } catch (error) {
      return `${all.length}: ${textOf(error)}`;
    } finally {
      for (const one of all) await call(one, 'close');
    }
  };
  readonly sessions = (session: string) => this.countOf(session, async () => {});
  readonly pinned = (session: string) => this.countOf(session, (one) => call(one, 'begin'));

  /** The statuses of logins with other passwords, from an address of its own. */
  readonly logins = async () => {
    const { hostname, port } = new URL(this.#server.url());
    const statuses: string[] = [];
    const localAddress = `127.0.0.${++this.#networks}`;
    for (let i = 0; i < 3; i++) {
      const socket = connectTcp({ host: hostname, port: Number(port), localAddress });
      const { Authorization } = basic(`alan:${this.#networks}.${i}`);
      const head = `POST /shop HTTP/1.1\r\nContent-Type: text/xml\r\nAuthorization: ${Authorization}`;
      socket.write(`${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      const [answer] = (await once(socket.setEncoding('latin1'), 'data')) as [string];
      statuses.push(answer.slice(9, 12));
      socket.destroy();
    }
    return statuses.join(' ');
  };

  readonly tls = async (maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3') => {
    const url = new URL(this.#server.running.endpoints.find((endpoint) => endpoint.startsWith('https:')) ?? '');
    const socket = connectTls({ host: url.hostname, port: Number(url.port), rejectUnauthorized: false, maxVersion });
    try {
      await once(socket, 'secureConnect');
      return socket.getPeerCertificate().subject.CN;
    } catch {
      return 'refused';
    } finally {
      socket.destroy();
    }
  };

  /** What is logged of a slow statement, and counted. */
  readonly slow = async (session: string) => {
    const count = () => this.#server.metric('netsvc_slow_statements_total{database="shop"}');
    const before = Number(await count());
    this.#server.log.length = 0;
    await call(session, 'execute', 'select sleep(0.05)');
    const statements = this.#server.logged('slow statement').map(({ fields }) => Reflect.get(fields, 'statement'));
    return [Number(await count()) - before, ...statements];
  };

  /** The file and the form of a statement in the audit log. */
  readonly audited = async () => {
    const files = ['audit.log', 'other.log'];
    const read = () =>
      Promise.all(files.map((file) => readFile(this.#server.folder.file(file), 'utf8').catch(() => '')));
    const before = await read();
    await call(this.shop('grace'), 'execute', 'select 1 as audited');
    let found: { file: string | undefined; statement: string } | undefined;
    await until(async () => {
      for (const [i, text] of (await read()).entries()) {
        const statement = /"statement":"(select .* as audited)"/.exec(text.slice(before[i]?.length))?.[1];
        if (statement !== undefined) found = { file: files[i], statement };
      }
      return found !== undefined;
    });
    return found;
  };

  readonly large = (session: string) => outcomeOf(call(session, 'execute', `select 1 /* ${'x'.repeat(200_000)} */`));
  readonly rows = (session: string) =>
    outcomeOf(call(session, 'execute', `${HUNDRED} select repeat('x', 1000) from hundred`));

  /** Headers of a large response. */
  readonly answer = async (session: string, name: string) => {
    await call(session, 'execute', `${HUNDRED} select repeat('x', 10000) from hundred`);
    const { origin, pathname } = new URL(session);
    const body = callDocument('fetchall');
    const sent = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length), 'Accept-Encoding': 'gzip' };
    const { headers } = await ask(origin + pathname, { headers: { ...sent, ...basic('grace') }, body });
    return headers[name] !== undefined;
  };

  readonly outcome = (sql: string) => (session: string) => outcomeOf(call(session, 'execute', sql));
  readonly value = (sql: string) => (session: string) => this.only(session, sql);
  readonly inTransaction = (sql: string, run: Look) => async (session: string) => {
    await call(session, 'begin');
    await run(session);
    return this.outcome(sql)(session);
  };

  readonly age = async () => {
    const ids = new Set<unknown>();
    for (let i = 0; i < 4; i++) {
      ids.add(String(await call(this.shop(), 'execute', 'select connection_id() from (select sleep(0.03)) s')));
      await until(async () => (await this.operate('connections')).every(({ state }) => state === 'idle'));
    }
    return ids.size > 1;
  };

  /** How many more sessions are pinned behind a SELECT. */
  readonly pins = async (session: string) => {
    const count = async () => (await this.operate('sessions')).filter(({ pinReason }) => pinReason).length;
    const others = await count();
    await this.run(session, 'select 1');
    return (await count()) - others;
  };

  /** How many of two connections are closed. */
  readonly clients = async () => {
    globalAgent.destroy();
    const { hostname, port } = new URL(this.#server.url());
    const sockets = [0, 1].map(() => connectTcp({ host: hostname, port: Number(port) }));
    const answers = sockets.map((socket) => {
      socket.on('error', () => {});
      socket.write('GET /shop HTTP/1.1\r\n\r\n');
      return new Promise((resolve) => {
        socket.on('data', () => resolve('answered')).on('close', () => resolve('closed'));
      });
    });
    const all = await Promise.all(answers);
    for (const socket of sockets) socket.destroy();
    return all.filter((one) => one === 'closed').length;
  };

  readonly spilled = async (session: string) => {
    const files = spillFiles();
    await this.rows(session);
    return spillFiles() - files;
  };

  readonly loggedCalls = async (session: string) => {
    this.#server.log.length = 0;
    await call(session, 'execute', 'select 1');
    return this.#server.logged('call').length;
  };

  readonly userMetrics = async () => {
    await call(this.shop('grace'), 'execute', 'do 0');
    return Number(await this.#server.metric('netsvc_user_calls_total{user="grace"}')) > 0;
  };

  readonly loginOf = (user: string) => () => outcomeOf(call(this.shop(user), 'execute', 'do 0'));
  readonly forwarded = () => this.statusOf({ 'X-Forwarded-For': '203.0.113.7' });
}

/** 'done', the status of a call without a response, or the text of its fault. */
export async function outcomeOf(answer: Promise<unknown>): Promise<unknown> {
  try {
    await answer;
    return 'done';
  } catch (error) {
    return textOf(error);
  }
}

function textOf(error: unknown): unknown {
  const { faultString, res } = error as Partial<Fault> & { res?: { statusCode: number } };
  if (faultString === undefined && res === undefined) throw error;
  return faultString?.split('\n').at(-1) ?? res?.statusCode;
}
