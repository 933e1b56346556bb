import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { makeAuthority } from '../../support/certificates.js';
import { call, callDocument, faultOf, statusOf } from '../../support/client.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { NetsvcProcess, run } from '../../support/netsvc-process.js';
import { findPython, runPython } from '../../support/python.js';
import { until } from '../../support/until.js';

const WORKERS = ['1', '2'] as const;

/** The worker in an id. */
const workerOf = (id: string) => id.split('.').at(-2) ?? '';

/** Opens sessions, each with a connection of its own, until both workers have had some. */
const PYTHON = `
import sys
from xmlrpclib import ServerProxy
url = sys.argv[1]
workers = set()
for i in range(1000):
    id = ServerProxy(url).cursor(60)
    workers.add(id.split('.')[-2])
    cursor = ServerProxy(url + '/' + id)
    cursor.execute('select %s', [i])
    assert cursor.fetchall() == [[i]]
    cursor.close()
    if i >= 20 and len(workers) == 2: break
print(sorted(workers))
`;

/** Opens sessions on new connections until each worker has one. */
async function sessionsOfAll(open: () => Promise<string>): Promise<Record<string, string>> {
  const sessions: Record<string, string> = {};
  await until(async () => {
    const id = await open();
    sessions[workerOf(id)] ??= id;
    return WORKERS.every((worker) => worker in sessions);
  });
  return sessions;
}

/** Sends requests on one connection. */
class Connection {
  readonly #agent: Agent;
  readonly #url: URL;

  constructor(url: string, keepAlive = true) {
    this.#url = new URL(url);
    const options = { keepAlive, maxSockets: 1, rejectUnauthorized: false };
    this.#agent = url.startsWith('https:') ? new TlsAgent(options) : new Agent(options);
  }

  async post(session: string, body: string, options: RequestOptions = {}): Promise<{ status: number; body: string }> {
    const send = this.#url.protocol === 'https:' ? tlsRequest : request;
    const headers = { 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = send(`${this.#url.href}/${session}`, { method: 'POST', agent: this.#agent, headers, ...options });
      sent.on('error', reject);
      sent.on('response', (response: IncomingMessage) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

describe('bin/netsvc --workers', () => {
  let mysql: string;
  let folder: string;
  let netsvc: NetsvcProcess;
  let admin: string;

  before(async function () {
    mysql = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    await writeFile(join(folder, 'operators'), `root:${hashSync('secret', 4)}\n`);
    await writeFile(join(folder, 'users'), `grace:${hashSync('secret', 4)}\n`);
  });

  after(() => rm(folder, { recursive: true }));

  /** Starts a server with two workers, its sockets in a folder of the spec. */
  const start = async (options: object = {}, args: readonly string[] = [], workers = '2') => {
    const file = join(folder, 'netsvc.yaml');
    const all = {
      databases: { database: { url: mysql } },
      admin: { port: 0, users: join(folder, 'operators') },
      ...options,
    };
    await writeFile(file, JSON.stringify(all));
    const flags = ['--config', file, '--workers', workers, '--grace', '3', ...args];
    netsvc = await NetsvcProcess.start(flags, 2, { TMPDIR: folder });
    admin = netsvc.ready[2]?.replace(/.* http:\/\//, 'http://root:secret@') ?? '';
  };

  const cursor = () => call(netsvc.url, 'cursor', 60) as Promise<string>;
  /** The same on a new connection, while that of `call` stays with one worker. */
  const open = async () => {
    const { body } = await new Connection(netsvc.url, false).post('', callDocument('cursor'));
    return /<string>(.*)<\/string>/.exec(body)?.[1] ?? expect.fail(body);
  };
  const on = (id: string, method: string, ...params: unknown[]) => call(`${netsvc.url}/${id}`, method, ...params);
  const operate = (method: string, ...params: unknown[]) => call(`${admin}admin`, method, ...params);
  const metric = async (name: string) => {
    const { body } = await ask(`${admin}metrics`, { method: 'GET' });
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1]);
  };
  const pidsOf = async (worker: string) => {
    const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const parents = await Promise.all(
      processes.map(async (pid) => {
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
        const name = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        return { pid: Number(pid), isWorker: name.startsWith(`netsvc worker ${worker}`), status };
      }),
    );
    return parents
      .filter(({ isWorker, status }) => isWorker && status.includes(`PPid:\t${netsvc.child.pid}\n`))
      .map(({ pid }) => pid);
  };
  const pidOf = async (worker: string) => {
    await until(async () => (await pidsOf(worker)).length === 1);
    return (await pidsOf(worker))[0] ?? 0;
  };
  const isRunning = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  describe('in service', () => {
    before(() => start({ instance: 'a' }));
    after(() => netsvc.stop());

    it('answers the calls of all sessions on any connection, in any order', async () => {
      const ids = Object.values(await sessionsOfAll(open));
      for (const id of ids) expect(id).to.match(/^a\.[12]\.[\w-]{22}$/);
      const connections = Array.from({ length: 4 }, () => new Connection(netsvc.url));
      for (let round = 0; round < 3; round++) {
        for (const connection of connections) {
          for (const id of ids) {
            await connection.post(id, callDocument('execute', `select '${id}'`));
            const { status, body } = await connection.post(id, callDocument('fetchall'));
            expect([status, body]).to.satisfy(() => body.includes(`<string>${id}</string>`));
          }
        }
      }
      for (const connection of connections) connection.close();
    });

    const python = findPython('2.7');
    it(`answers Python 2.7, which has a connection for each session${python ? '' : ' (not installed)'}`, async function () {
      if (python === undefined) return process.env.CI ? expect.fail('there is no Python 2.7') : this.skip();
      expect(await runPython(python, '-c', PYTHON, netsvc.url)).to.equal("['1', '2']\n");
    });

    it('forwards large results, chunked requests and disconnections', async () => {
      const ids = Object.values(await sessionsOfAll(open));
      const connection = new Connection(netsvc.url);
      // The connection stays with the worker of the first session.
      for (const id of ids) {
        const headers = { 'Content-Type': 'text/xml', 'Transfer-Encoding': 'chunked' };
        const execute = callDocument('execute', "select repeat('x', 1000) from numbers limit 2000");
        expect((await connection.post(id, execute, { headers })).status).to.equal(200);
        const { body } = await connection.post(id, callDocument('fetchall'));
        expect(body.match(/x{1000}/g)).to.have.length(2000);
      }
      const signal = AbortSignal.timeout(300);
      for (const id of ids) {
        const sleep = new Connection(netsvc.url, false).post(id, callDocument('execute', 'select sleep(100)'), {
          signal,
        });
        expect(await sleep.catch(({ name }: Error) => name)).to.equal('AbortError');
      }
      await until(async () =>
        ((await operate('sessions')) as { state: string }[]).every(({ state }) => state !== 'running'),
      );
      connection.close();
    });

    it('tells the address of a client, whatever the client says', async () => {
      const ids = Object.values(await sessionsOfAll(open));
      const connection = new Connection(netsvc.url);
      for (const id of ids) {
        const headers = { 'Content-Type': 'text/xml', 'Content-Length': 0, 'X-Forwarded-For': '10.9.8.7' };
        const body = callDocument('rowcount');
        await connection.post(id, body, { headers: { ...headers, 'Content-Length': body.length } });
      }
      const { body } = await new Connection(netsvc.url, false).post('', callDocument('cursor'), {
        headers: {
          'Content-Type': 'text/xml',
          'X-Forwarded-For': '10.9.8.7',
          'Content-Length': callDocument('cursor').length,
        },
      });
      expect(body).to.include('<string>');
      const hosts = ((await operate('sessions')) as { host: string }[]).map(({ host }) => host);
      expect(new Set(hosts)).to.deep.equal(new Set(['127.0.0.1']));
      connection.close();
    });

    it('shows and controls the sessions of all workers', async () => {
      const ids = Object.values(await sessionsOfAll(open));
      const running = ids.map((id) => faultOf(on(id, 'execute', 'select sleep(100)')));
      const list = async () => (await operate('sessions')) as { session: string; state: string; statement: string }[];
      await until(async () => (await list()).filter(({ state }) => state === 'running').length === ids.length);
      for (const { session, state, statement } of await list()) {
        if (state !== 'running') continue;
        expect(statement).to.equal('select sleep(100)');
        expect(await operate('cancel', session)).to.equal(true);
      }
      for (const fault of await Promise.all(running)) expect(fault.code).to.equal(58);
      for (const { session } of await list()) await operate('close', session);
      for (const id of ids) expect(await statusOf(on(id, 'rowcount'))).to.equal(404);
      expect((await faultOf(operate('close', 'database/#none'))).code).to.equal(56);
      expect((await faultOf(operate('pause', 'unknown', 1))).code).to.equal(56);
      await operate('pause', 'database', 30);
      expect((await ask(`${admin}readyz`, { method: 'GET' })).status).to.equal(503);
      const selected = () =>
        metric('netsvc_statement_duration_seconds_count\\{database="database",operation="select",error=""\\}');
      const before = await selected();
      const waiting = Promise.all(Array.from({ length: 8 }, () => call(netsvc.url, 'execute', 'select 1')));
      await operate('resume', 'database');
      await waiting;
      expect((await ask(`${admin}readyz`, { method: 'GET' })).status).to.equal(200);
      expect(await selected()).to.equal(before + 8);
    });
  });

  describe('with limits, reloads, ends and shutdowns', () => {
    afterEach(() => netsvc?.stop());

    it('keeps a connection with the worker to which its first request belongs', async () => {
      await start();
      const { 2: id = '' } = await sessionsOfAll(open);
      const connections = Array.from({ length: 16 }, () => new Connection(netsvc.url));
      for (const connection of connections) await connection.post(id, callDocument('rowcount'));
      process.kill(await pidOf('1'), 'SIGKILL');
      for (const connection of connections) {
        expect((await connection.post(id, callDocument('rowcount'))).status).to.equal(200);
        connection.close();
      }
    });

    it('forwards the calls of connections with TLS', async () => {
      const authority = await makeAuthority();
      try {
        const { pem } = await authority.issue('localhost');
        await writeFile(join(folder, 'key.pem'), pem.key, { mode: 0o600 });
        await writeFile(join(folder, 'certificate.pem'), pem.certificate);
        await start({}, ['--tls-certificate', join(folder, 'certificate.pem'), '--tls-key', join(folder, 'key.pem')]);
        const ids = Object.values(await sessionsOfAll(open));
        const connection = new Connection(netsvc.url);
        for (const id of [...ids, ...ids]) {
          const { status, body } = await connection.post(id, callDocument('query', 'select 7'));
          expect([status, body]).to.satisfy(() => status === 200 && body.includes('<int>7</int>'));
        }
        connection.close();
      } finally {
        await authority.remove();
      }
    });

    it('limits the sessions of all workers together', async () => {
      await start({ 'max-sessions': 6, 'max-sessions-per-host': 5 });
      const ids = await Promise.all(Array.from({ length: 5 }, open));
      const { code, string } = await faultOf(cursor());
      expect([code, string]).to.satisfy(() => code === 51 && string.includes('5 sessions are open from 127.0.0.1'));
      const [first = ''] = ids;
      await on(first, 'close');
      const settled = await Promise.allSettled(Array.from({ length: 8 }, cursor));
      expect(settled.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      expect(await metric('netsvc_sessions_max')).to.equal(6);
      expect(await metric('netsvc_sessions\\{database="database"\\}')).to.equal(5);
    });

    it('counts the failed logins of all workers together', async () => {
      await start({ users: join(folder, 'users') });
      const login = (credentials: string) => call(netsvc.url.replace('//', `//${credentials}@`), 'execute', 'select 1');
      for (let i = 0; i < 10; i++) expect(await statusOf(login('grace:wrong'))).to.equal(401);
      for (let i = 0; i < 8; i++) expect(await statusOf(login('grace:secret'))).to.equal(429);
    });

    it('divides the MySQL connections, and refuses fewer than workers', async () => {
      await start({ connections: 3 });
      const ids = await Promise.all(Array.from({ length: 12 }, open));
      await Promise.all(ids.map((id) => on(id, 'execute', 'select sleep(0.05)')));
      expect(await metric('netsvc_connections_max\\{database="database"\\}')).to.equal(3);
      expect(((await operate('connections')) as unknown[]).length).to.be.within(1, 3);
      const { status, stderr } = await run('netsvc', ['--workers', '3', '--connections', '2']);
      expect([status, stderr]).to.deep.equal([2, 'netsvc: --connections must be at least --workers, which is 3\n']);
    });

    it('reloads the configuration in all processes', async () => {
      await start({ 'max-sessions': 1 });
      await cursor();
      expect((await faultOf(cursor())).code).to.equal(51);
      const file = join(folder, 'netsvc.yaml');
      const changed = { ...(JSON.parse(await readFile(file, 'utf8')) as object), 'max-sessions': 9, 'max-timeout': 90 };
      await writeFile(file, JSON.stringify(changed));
      expect(await operate('reload')).to.deep.equal({ reloaded: ['max-sessions', 'max-timeout'], restart: [] });
      for (let i = 0; i < 4; i++) await call(netsvc.url, 'cursor', 90);
      for (let i = 0; i < 4; i++) expect((await faultOf(call(netsvc.url, 'cursor', 91))).code).to.equal(56);
    });

    it('starts a worker again that was killed: its sessions are gone, and only those', async () => {
      await start({ 'max-sessions': 40 });
      const ids = await Promise.all(Array.from({ length: 40 }, open));
      const calls = await metric(
        'netsvc_call_duration_seconds_count\\{endpoint="database",method="cursor",fault=""\\}',
      );
      const killed = await pidOf('2');
      process.kill(killed, 'SIGKILL');
      await until(async () => (await pidsOf('2')).some((pid) => pid !== killed));
      for (const id of ids) {
        if (workerOf(id) === '1') expect(await on(id, 'execute', 'select 1')).to.equal(1);
        else expect(await statusOf(on(id, 'execute', 'select 1'))).to.equal(404);
      }
      // The sessions of the worker no longer count.
      const lost = ids.filter((id) => workerOf(id) === '2');
      await until(async () => ((await operate('sessions')) as unknown[]).length === ids.length - lost.length);
      for (let i = 0; i < lost.length; i++) await cursor();
      expect((await faultOf(cursor())).code).to.equal(51);
      // A counter that decreases would be taken for a restart of all.
      const counted = await metric(
        'netsvc_call_duration_seconds_count\\{endpoint="database",method="cursor",fault=""\\}',
      );
      expect(counted).to.equal(calls + lost.length);
      const { stderr } = await netsvc.stop();
      expect(stderr).to.match(
        /"server":"2","reason":"killed by SIGKILL","msg":"a worker has ended; starting it again"/,
      );
    });

    it('answers every client while one worker is stopped and started again, those that it has with fault 58', async () => {
      await start();
      const stopped = await pidOf('2');
      await sessionsOfAll(open);
      process.kill(stopped, 'SIGTERM');
      // Its load decreases while it stops: it must not get the connections of the other one for that.
      await until(async () => {
        const { body } = await new Connection(netsvc.url, false).post('', callDocument('cursor'));
        expect(body).to.match(/<string>(?:1|2)\.[\w-]{22}<|<int>58</);
        const pids = await pidsOf('2');
        return pids.length === 1 && pids[0] !== stopped && body.includes('<string>2.');
      });
    });

    it('answers what is running when it is stopped, and leaves nothing behind', async () => {
      await start();
      const ids = await Promise.all(Array.from({ length: 8 }, open));
      const running = ids.map((id) => on(id, 'execute', 'select sleep(0.5)'));
      await until(
        async () =>
          ((await operate('sessions')) as { state: string }[]).filter(({ state }) => state === 'running').length === 8,
      );
      const pids = (await Promise.all(WORKERS.map(pidsOf))).flat();
      const { status } = await netsvc.stop();
      expect(await Promise.all(running)).to.deep.equal(ids.map(() => 1));
      expect(status).to.equal(0);
      expect(pids.filter(isRunning)).to.deep.equal([]);
      expect((await readdir(folder)).filter((name) => name.startsWith('netsvc-'))).to.deep.equal([]);
    });

    it('closes the sessions that are left after --drain, whose clients get 404', async () => {
      await start({}, ['--drain', '2']);
      const ids = Object.values(await sessionsOfAll(open));
      const { child } = netsvc;
      child.kill('SIGTERM');
      await until(async () => (await ask(`${admin}readyz?draining=404`, { method: 'GET' })).status === 404);
      for (const id of ids) expect(await on(id, 'execute', 'select 1')).to.equal(1);
      const gone = async (id: string) =>
        (await on(id, 'rowcount').catch((error: { res?: { statusCode: number } }) => error.res?.statusCode)) === 404;
      for (const id of ids) await until(() => gone(id));
      expect((await netsvc.ended).status).to.equal(0);
    });

    it('ends the workers if the primary process is killed', async () => {
      await start();
      const pids = await Promise.all(WORKERS.map(pidOf));
      netsvc.child.kill('SIGKILL');
      await until(() => !pids.some(isRunning));
    });

    it('reports once what prevents the start', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await until(() => server.listening);
      const { port } = server.address() as { port: number };
      const { status, stderr } = await run('netsvc', ['--workers', '3', '--port', String(port), '--database', mysql]);
      expect(stderr).to.equal(`netsvc: cannot listen on 127.0.0.1:${port}: address already in use\n`);
      expect(status).to.equal(1);
      server.close();
    });
  });
});
