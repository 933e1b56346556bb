import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { StartFailure } from '#lib/server/configuration/problems.js';
import { call, faultOf } from '../../support/client.js';
import { netsvc as runHere } from '../../support/command.js';
import { CursorClient } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { startPrivateServer, testDatabase, urlOf } from '../../support/mariadb.js';
import { ended, run } from '../../support/netsvc-process.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { projectFile } from '../../support/project-file.js';
import { until } from '../../support/until.js';

describe('the admin listener', () => {
  let mysql: string;
  let folder: string;
  let netsvc: RunningServer | undefined;

  before(async function () {
    mysql = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
  });

  afterEach(async () => {
    await netsvc?.stop(0);
    netsvc = undefined;
  });

  after(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  async function start(url = mysql, ...flags: string[]): Promise<RunningServer> {
    netsvc = await RunningServer.start(['--admin-port', '0', '--database', url, ...flags]);
    return netsvc;
  }

  const get = (server: RunningServer, path: string, headers: Record<string, string> = {}) =>
    ask(server.adminUrl + path, { method: 'GET', headers });

  const openCursor = async ({ url }: RunningServer) => new CursorClient(url, String(await call(url, 'cursor')));

  const login = (credentials: string) => ({ Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` });

  it('is on a loopback address, and off by default', async () => {
    const server = await start();
    expect(new URL(server.adminUrl).hostname).to.equal('127.0.0.1');
    const without = await RunningServer.start(['--database', mysql]);
    expect(without.adminUrl).to.equal('');
    await without.stop();
  });

  it('answers health checks, and nothing but GET and HEAD', async () => {
    const server = await start();
    for (const path of ['livez', 'healthz', 'readyz']) {
      expect(await get(server, path)).to.include({ status: 200, body: 'ok\n' });
    }
    expect((await get(server, 'readyz?verbose')).body).to.equal('[+] server: ok\n[+] database database: ok\n');
    expect((await ask(`${server.adminUrl}livez`, { method: 'HEAD', headers: {} })).status).to.equal(200);
    expect((await ask(`${server.adminUrl}livez`, {})).status).to.equal(405);
    expect((await get(server, 'database')).status).to.equal(404);
    expect((await ask(`${server.url}/../readyz`, { method: 'GET', headers: {} })).status).to.not.equal(200);
  });

  it('refuses checks of what does not exist, and says so', async () => {
    const server = await start();
    const refused = [
      ['database=shop', 'There is no database "shop": use database.\n'],
      ['database=database&database=', 'There is no database "": use database.\n'],
      ['databases=database', 'Unknown parameter: use database, draining, verbose.\n'],
      ['draining=503', 'The parameter draining must be 404.\n'],
    ] as const;
    for (const [query, body] of refused) {
      expect(await get(server, `readyz?${query}`), query).to.include({ status: 400, body });
    }
  });

  it('says of a database that is asked for, and shows of others, whether MySQL can be reached', async function () {
    this.timeout(60_000);
    const data = join(folder, 'data');
    let mariadb = await startPrivateServer(data);
    const server = await start(urlOf(mariadb), '--connect-wait', '2');
    const events = () =>
      server.log.filter(({ message }) => message.startsWith('MySQL')).map(({ level, message }) => [level, message]);
    try {
      const asked = 'readyz?database=database';
      expect((await get(server, asked)).status).to.equal(200);
      await mariadb.stop();
      // A scrape asks, too.
      const unreachable = 'netsvc_database_unreachable{database="database"} 1\n';
      await until(async () => (await get(server, 'metrics')).body.includes(unreachable));
      await until(async () => (await get(server, asked)).status === 503);
      const { body } = await get(server, asked);
      expect(body).to.match(/^database database: .+\n$/);
      const verbose = `[+] server: ok\n[-] ${body}`;
      expect(await get(server, `${asked}&verbose`)).to.include({ status: 503, body: verbose });
      expect(await get(server, 'readyz?verbose')).to.include({ status: 200, body: verbose });
      expect(await get(server, 'readyz')).to.include({ status: 200, body: 'ok\n' });
      expect((await get(server, 'livez')).status).to.equal(200);
      for (let i = 0; i < 3; i++) expect((await faultOf(call(server.url, 'execute', 'select 1'))).code).to.equal(2002);
      expect(events()).to.deep.equal([['error', 'MySQL unreachable']]);
    } finally {
      mariadb = await startPrivateServer(data);
    }
    try {
      // Nobody asks.
      await until(() => events().length === 2);
      expect(await call(server.url, 'execute', 'select 1')).to.deep.equal([[1]]);
      expect(events()).to.deep.equal([
        ['error', 'MySQL unreachable'],
        ['info', 'MySQL reachable again'],
      ]);
    } finally {
      await server.stop(0);
      await mariadb.stop();
    }
  });

  it('answers health checks while a client keeps many connections open', async () => {
    const server = await start();
    const port = Number(new URL(server.adminUrl).port);
    const silent = Array.from({ length: 300 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    for (const path of ['livez', 'readyz', 'metrics']) expect((await get(server, path)).status).to.equal(200);
    // Node.js notices that they are closed when it reads.
    await until(() => silent.filter((socket) => socket.resume().destroyed).length >= 200);
    for (const socket of silent) socket.destroy();
  });

  it('is not ready while the server is draining, and still live', async () => {
    const server = await start();
    const slow = call(server.url, 'execute', 'select sleep(1)');
    await until(async () => Number((await get(server, 'metrics')).body.match(/"used"} (\d)/)?.[1]) === 1);
    const stopped = server.stop(10);
    await until(() => server.log.some(({ message }) => message === 'draining'));
    expect(await get(server, 'readyz')).to.include({ status: 503, body: 'server: draining\n' });
    expect((await get(server, 'livez')).status).to.equal(200);
    expect(await slow).to.deep.equal([[0]]);
    await stopped;
    const events = server.log.filter(({ level }) => level === 'info').map(({ message }) => message);
    expect(events).to.deep.equal(['ready', 'draining', 'stopped']);
  });

  it('lists sessions without their ids and without SQL', async () => {
    const server = await start();
    const idle = await openCursor(server);
    await idle.execute('select 1');
    const pinned = await openCursor(server);
    await pinned.call('begin');
    const running = await openCursor(server);
    const slow = running.execute('select sleep(1)');
    const list = async () => JSON.parse((await get(server, 'sessions')).body) as { state: string; session: string }[];
    await until(async () => (await list()).some(({ state }) => state === 'running'));
    const { headers, body } = await get(server, 'sessions');
    expect(headers['content-type']).to.equal('application/json');
    for (const { id } of [idle, pinned, running]) expect(body).to.not.contain(id);
    expect(body).to.not.match(/select|sleep/i);
    const sessions = JSON.parse(body) as object[];
    expect(sessions[0]).to.have.all.keys(
      'session',
      'endpoint',
      'user',
      'host',
      'age',
      'idle',
      'calls',
      'state',
      'connection',
    );
    expect(sessions[0]).to.include({ endpoint: 'database', user: '', host: '127.0.0.1', calls: 1, state: 'idle' });
    expect(sessions[1]).to.include({ state: 'pinned', pinReason: 'transaction' });
    expect(sessions[2]).to.include({ state: 'running', idle: 0 });
    expect((await list())[0]?.session).to.match(/^database\/#[\w-]{8}$/);
    await slow;
  });

  it('requires a login for details if it has users', async () => {
    const users = join(folder, 'admins');
    await writeFile(users, `operator:${hashSync('secret', 4)}\n`);
    const config = join(folder, 'netsvc.yaml');
    await writeFile(config, 'admin: {port: 0, users: admins}\n');
    netsvc = await RunningServer.start(['--config', config, '--database', `shop=${mysql}`]);
    for (const path of ['metrics', 'sessions', 'nothing']) {
      expect((await get(netsvc, path)).status, path).to.equal(401);
      expect((await get(netsvc, path, login('operator:wrong'))).status, path).to.equal(401);
    }
    expect(await get(netsvc, 'livez')).to.include({ status: 200, body: 'ok\n' });
    expect(await get(netsvc, 'readyz?verbose')).to.include({ status: 200, body: 'ok\n' });
    expect(await get(netsvc, 'readyz?database=shop')).to.include({ status: 200, body: 'ok\n' });
    const unknown = { status: 400, body: 'There is no database "stock".\n' };
    expect(await get(netsvc, 'readyz?database=stock')).to.include(unknown);
    const known = login('operator:secret');
    expect((await get(netsvc, 'readyz?verbose', known)).body).to.contain('database shop: ok');
    for (const path of ['metrics', 'sessions']) expect((await get(netsvc, path, known)).status, path).to.equal(200);
  });

  it('does not answer a web page whose domain resolves to this machine', async () => {
    const server = await start();
    const { port } = new URL(server.adminUrl);
    for (const host of [`rebound.example:${port}`, 'localhost.example', 'x']) {
      expect((await get(server, 'sessions', { Host: host })).status, host).to.equal(403);
    }
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      expect((await get(server, 'sessions', { Host: host })).status, host).to.equal(200);
    }
  });

  it('is not started on a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await until(() => other.listening);
    const { port } = other.address() as AddressInfo;
    const failed = await RunningServer.start(['--admin-port', String(port), '--database', mysql]).catch((e) => e);
    other.close();
    expect(failed).to.be.instanceOf(StartFailure);
    expect(failed.message).to.equal(`cannot listen on 127.0.0.1:${port}: address already in use`);
  });

  it('logs each session that ends, and how, without its id', async () => {
    const server = await start(mysql, '--log-level', 'debug');
    const [closed, drained] = [await openCursor(server), await openCursor(server)];
    await closed.call('close');
    await server.stop();
    const ends = server.log.filter(({ message }) => message === 'session ended');
    expect(ends.map(({ level, fields }) => [level, (fields as { end: string }).end])).to.deep.equal([
      ['debug', 'closed'],
      ['debug', 'drained'],
    ]);
    expect(ends[0]?.fields).to.include({ endpoint: 'database', user: '', calls: 1 }).and.have.property('duration_s');
    const text = JSON.stringify(server.log);
    for (const { id } of [closed, drained]) expect(text).to.not.contain(id);
  });

  describe('asked by netsvc --ready', () => {
    it('makes it exit with 0 or 1', async () => {
      const server = await start();
      const url = server.adminUrl;
      const { port } = new URL(url);
      const ok = { status: 0, stdout: 'ok\n', stderr: '' };
      expect(await run('netsvc', ['--ready', url])).to.deep.equal(ok);
      expect(await runHere(['--ready', '--admin-port', port])).to.deep.equal(ok);
      await server.stop();
      const { status, stderr } = await run('netsvc', ['--ready', url]);
      expect(status).to.equal(1);
      expect(stderr).to.match(/^netsvc: no answer from 127\.0\.0\.1:\d+: connection refused\n$/);
    });

    it('takes the databases to ask for from the URL, which can be in a file', async () => {
      const server = await start();
      const file = join(folder, 'admin-url');
      await writeFile(file, `${server.adminUrl}?database=database&verbose\n`);
      const stdout = '[+] server: ok\n[+] database database: ok\n';
      expect(await runHere(['--ready', `@${file}`])).to.deep.equal({ status: 0, stdout, stderr: '' });
      const unknown = await runHere(['--ready', `${server.adminUrl}readyz?database=shop`]);
      expect(unknown).to.include({ status: 1, stderr: 'netsvc: There is no database "shop": use database.\n' });
    });

    it('does not show a password that is not escaped', async () => {
      for (const url of ['http://op:1#secret@127.0.0.1:1', 'http://op:1/secret@127.0.0.1:1', 'op:secret@127.0.0.1']) {
        const { status, stderr } = await runHere(['--ready', url]);
        expect([status, stderr.includes('secret')], url).to.deep.equal([2, false]);
      }
    });

    it('requires an address', async () => {
      const { status, stderr } = await runHere(['--ready']);
      expect(status).to.equal(2);
      expect(stderr).to.contain('--ready requires a URL');
    });
  });
});

describe('--wait-for-database', () => {
  let mysql: string;
  let folder: string;

  before(async function () {
    mysql = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
  });

  after(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  const nowhere = () => `mysql://root@localhost/test?socket=${encodeURIComponent(join(folder, 'none'))}`;

  it('makes the start wait for MySQL', async function () {
    this.timeout(60_000);
    const data = join(folder, 'data');
    const first = await startPrivateServer(data);
    await first.stop();
    const starting = RunningServer.start(['--database', urlOf(first), '--wait-for-database', '30']);
    const mariadb = await startPrivateServer(data);
    const server = await starting;
    expect(await call(server.url, 'execute', 'select 1')).to.deep.equal([[1]]);
    const { level, fields } = server.log.find(({ message }) => message === 'MySQL unreachable') ?? {};
    expect([level, fields]).to.deep.equal([
      'error',
      { database: 'database', reason: (fields as { reason: string }).reason },
    ]);
    await server.stop();
    await mariadb.stop();
  });

  for (const wait of ['0', '0.1']) {
    it(`of ${wait} seconds makes the start go on without one of several databases, which is logged`, async () => {
      const databases = ['--database', `shop=${mysql}`, '--database', `stock=${nowhere()}`];
      const args = ['--admin-port', '0', '--connect-wait', '0.1', '--wait-for-database', wait];
      const server = await RunningServer.start([...args, ...databases]);
      const [shop = '', stock = ''] = server.endpoints;
      expect(await call(shop, 'execute', 'select 1')).to.deep.equal([[1]]);
      expect((await faultOf(call(stock, 'execute', 'select 1'))).code).to.equal(2002);
      const ready = async (query: string) =>
        (await ask(`${server.adminUrl}readyz${query}`, { method: 'GET', headers: {} })).status;
      expect([await ready(''), await ready('?database=shop')]).to.deep.equal([200, 200]);
      expect(await ready('?database=stock')).to.equal(503);
      await server.stop();
      const unreachable = server.log.filter(({ message }) => message === 'MySQL unreachable');
      expect(unreachable.map(({ fields }) => (fields as { database: string }).database)).to.deep.equal(['stock']);
    });
  }

  it('does not make it go on if one of several databases refuses the account', async () => {
    const refusing = mysql.replace('root@', 'nobody:wrong@');
    const args = ['--database', `shop=${mysql}`, '--database', `stock=${refusing}`];
    const failed = await RunningServer.start(args).catch((error) => error);
    expect(failed).to.be.instanceOf(StartFailure);
    expect(failed.message).to.match(/^database stock: Access denied/);
  });

  it('ends the start with status 1 after that time', async () => {
    const args = ['--port', '0', '--database', nowhere(), '--wait-for-database', '1'];
    const { status, stderr } = await run('netsvc', args);
    expect(status).to.equal(1);
    expect(stderr).to.match(/"msg":"MySQL unreachable"\}\nnetsvc: database database: Can't connect .*\n$/);
  });

  it('is ended by SIGTERM', async () => {
    const args = ['--admin-port', '0', '--database', nowhere(), '--wait-for-database', '600'];
    const child = spawn(projectFile('bin/netsvc'), ['--port', '0', ...args]);
    const end = ended(child);
    for await (const line of createInterface(child.stderr)) {
      if (line.includes('MySQL unreachable')) child.kill('SIGTERM');
    }
    expect((await end).status).to.equal(0);
  });
});
