import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { StartFailure } from '#lib/server/configuration/problems.js';
import { call, failureOf, faultOf } from '../../support/client.js';
import { netsvc as runHere } from '../../support/command.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import { ask } from '../../support/http.js';
import { basic } from '../../support/logins.js';
import { ended, run } from '../../support/netsvc-process.js';
import { PrivateMysql } from '../../support/private-mysql.js';
import { projectFile } from '../../support/project-file.js';
import { until } from '../../support/until.js';

describe('the admin listener', () => {
  const server = new ConfiguredServer('spec');
  const ok = { status: 200, body: 'ok\n' };

  const statusOf = async (path: string, headers: Record<string, string> = {}) =>
    (await server.get(path, headers)).status;

  it('is on a loopback address, and off by default', async () => {
    await server.start();
    expect(new URL(server.running.adminUrl).hostname).to.equal('127.0.0.1');
    await server.stop(0);
    await server.start({ admin: undefined });
    expect(server.running.adminUrl).to.equal('');
  });

  it('answers health checks, and nothing but GET and HEAD', async () => {
    const { adminUrl, url } = (await server.start()).running;
    for (const path of ['livez', 'healthz', 'readyz']) expect(await server.get(path)).to.include(ok);
    expect((await server.get('readyz?verbose')).body).to.equal('[+] server: ok\n[+] database shop: ok\n');
    expect((await ask(`${adminUrl}livez`, { method: 'HEAD', headers: {} })).status).to.equal(200);
    expect((await ask(`${adminUrl}livez`, {})).status).to.equal(405);
    expect(await statusOf('shop')).to.equal(404);
    expect((await ask(`${url}/../readyz`, { method: 'GET', headers: {} })).status).to.not.equal(200);
  });

  it('refuses checks of what does not exist, and says so', async () => {
    await server.start();
    const refused = [
      ['database=stock', 'There is no database "stock": use shop.\n'],
      ['database=shop&database=', 'There is no database "": use shop.\n'],
      ['databases=shop', 'Unknown parameter: use database, draining, verbose.\n'],
      ['draining=503', 'The parameter draining must be 404.\n'],
    ] as const;
    for (const [query, body] of refused) {
      expect(await server.get(`readyz?${query}`), query).to.include({ status: 400, body });
    }
  });

  it('answers health checks while a client keeps many connections open', async () => {
    const { adminUrl } = (await server.start()).running;
    const port = Number(new URL(adminUrl).port);
    const silent = Array.from({ length: 300 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    for (const path of ['livez', 'readyz', 'metrics']) expect(await statusOf(path)).to.equal(200);
    // Node.js notices that they are closed when it reads.
    await until(() => silent.filter((socket) => socket.resume().destroyed).length >= 200);
    for (const socket of silent) socket.destroy();
  });

  it('is not ready while the server is draining, and still live', async () => {
    await server.start();
    const slow = call(server.url(), 'execute', 'select sleep(1)');
    await until(async () => (await server.metric('netsvc_connections{database="shop",state="used"}')) === 1);
    const stopped = server.stop(10);
    await until(() => server.logged('draining').length > 0);
    expect(await server.get('readyz')).to.include({ status: 503, body: 'server: draining\n' });
    expect(await statusOf('livez')).to.equal(200);
    expect(await slow).to.deep.equal([[0]]);
    await stopped;
    const events = server.log.filter(({ level }) => level === 'info').map(({ message }) => message);
    expect(events).to.deep.equal(['ready', 'draining', 'stopped']);
  });

  it('lists sessions without their ids and without SQL', async () => {
    await server.start();
    const [idle, pinned, running] = [await server.open(), await server.open(), await server.open()];
    await idle.execute('select 1');
    await pinned.call('begin');
    const slow = running.execute('select sleep(1)');
    const list = async () => JSON.parse((await server.get('sessions')).body) as { state: string; session: string }[];
    await until(async () => (await list()).some(({ state }) => state === 'running'));
    const { headers, body } = await server.get('sessions');
    expect(headers['content-type']).to.equal('application/json');
    for (const { id } of [idle, pinned, running]) expect(body).to.not.contain(id);
    expect(body).to.not.match(/select|sleep/i);
    const sessions = JSON.parse(body) as { session: string }[];
    const keys = ['session', 'endpoint', 'user', 'host', 'age', 'idle', 'calls', 'state', 'connection'];
    expect(sessions[0]).to.have.all.keys(...keys);
    expect(sessions[0]).to.include({ endpoint: 'shop', user: '', host: '127.0.0.1', calls: 1, state: 'idle' });
    expect(sessions[1]).to.include({ state: 'pinned', pinReason: 'transaction' });
    expect(sessions[2]).to.include({ state: 'running', idle: 0 });
    expect(sessions[0]?.session).to.match(/^shop\/#[\w-]{8}$/);
    await slow;
  });

  it('requires a login for details if it has users', async () => {
    await server.start({ admin: OPERATORS });
    const none = { Authorization: '' };
    for (const path of ['metrics', 'sessions', 'nothing']) {
      expect(await statusOf(path, none), path).to.equal(401);
      expect(await statusOf(path, basic('olga:wrong')), path).to.equal(401);
    }
    for (const path of ['livez', 'readyz?verbose', 'readyz?database=shop'])
      expect(await server.get(path, none), path).to.include(ok);
    const unknown = { status: 400, body: 'There is no database "stock".\n' };
    expect(await server.get('readyz?database=stock', none)).to.include(unknown);
    expect((await server.get('readyz?verbose')).body).to.contain('database shop: ok');
    for (const path of ['metrics', 'sessions']) expect(await statusOf(path), path).to.equal(200);
  });

  it('does not answer a web page whose domain resolves to this machine', async () => {
    const { adminUrl } = (await server.start()).running;
    const { port } = new URL(adminUrl);
    for (const Host of [`rebound.example:${port}`, 'localhost.example', 'x'])
      expect(await statusOf('sessions', { Host }), Host).to.equal(403);
    for (const Host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`])
      expect(await statusOf('sessions', { Host }), Host).to.equal(200);
  });

  describe('asked by netsvc --ready', () => {
    it('makes it exit with 0 or 1', async () => {
      const { adminUrl } = (await server.start()).running;
      const { port } = new URL(adminUrl);
      const ready = { status: 0, stdout: 'ok\n', stderr: '' };
      expect(await run('netsvc', ['--ready', adminUrl])).to.deep.equal(ready);
      expect(await runHere(['--ready', '--admin-port', port])).to.deep.equal(ready);
      await server.stop();
      const { status, stderr } = await run('netsvc', ['--ready', adminUrl]);
      expect(status).to.equal(1);
      expect(stderr).to.match(/^netsvc: no answer from 127\.0\.0\.1:\d+: connection refused\n$/);
    });

    it('takes the databases to ask for from the URL, which can be in a file', async () => {
      const { adminUrl } = (await server.start()).running;
      const file = await server.folder.write('admin-url', `${adminUrl}?database=shop&verbose\n`);
      const stdout = '[+] server: ok\n[+] database shop: ok\n';
      expect(await runHere(['--ready', `@${file}`])).to.deep.equal({ status: 0, stdout, stderr: '' });
      const unknown = await runHere(['--ready', `${adminUrl}readyz?database=stock`]);
      expect(unknown).to.include({ status: 1, stderr: 'netsvc: There is no database "stock": use shop.\n' });
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

describe('a MySQL server that cannot be reached', () => {
  const mysql = new PrivateMysql();
  const server = new ConfiguredServer('spec');

  const events = () =>
    server.log.filter(({ message }) => message.startsWith('MySQL')).map(({ level, message }) => [level, message]);

  it('is reported if its database is asked for, and shown of others', async function () {
    this.timeout(60_000);
    await server.start({ 'connect-wait': 2, databases: { shop: { url: mysql.url() } } });
    const asked = 'readyz?database=shop';
    const isReady = async (path: string) => (await server.get(path)).status === 200;
    expect(await isReady(asked)).to.equal(true);
    await mysql.stop();
    try {
      // A scrape asks, too.
      await until(async () => (await server.metric('netsvc_database_unreachable{database="shop"}')) === 1);
      await until(async () => !(await isReady(asked)));
      const { body } = await server.get(asked);
      expect(body).to.match(/^database shop: .+\n$/);
      const verbose = `[+] server: ok\n[-] ${body}`;
      expect(await server.get(`${asked}&verbose`)).to.include({ status: 503, body: verbose });
      expect(await server.get('readyz?verbose')).to.include({ status: 200, body: verbose });
      expect(await server.get('readyz')).to.include({ status: 200, body: 'ok\n' });
      expect(await isReady('livez')).to.equal(true);
      for (let i = 0; i < 3; i++)
        expect((await faultOf(call(server.url(), 'execute', 'select 1'))).code).to.equal(2002);
      expect(events()).to.deep.equal([['error', 'MySQL unreachable']]);
    } finally {
      await mysql.start();
    }
    // Nobody asks.
    await until(() => events().length === 2);
    expect(await call(server.url(), 'execute', 'select 1')).to.deep.equal([[1]]);
    expect(events()[1]).to.deep.equal(['info', 'MySQL reachable again']);
  });

  it('is waited for at the start with --wait-for-database', async function () {
    this.timeout(60_000);
    const url = mysql.url();
    await mysql.stop();
    const starting = server.start({ 'wait-for-database': 30, databases: { shop: { url } } });
    await mysql.start();
    await starting;
    expect(await call(server.url(), 'execute', 'select 1')).to.deep.equal([[1]]);
    const [{ level, fields } = {}] = server.logged('MySQL unreachable');
    expect([level, Object.keys(fields ?? {})]).to.deep.equal(['error', ['database', 'reason']]);
    expect(fields).to.include({ database: 'shop' });
  });
});

describe('--wait-for-database', () => {
  const server = new ConfiguredServer('spec');
  const NOWHERE = 'mysql://root@localhost/test?socket=/nowhere/mysql.sock';

  for (const wait of [0, 0.1]) {
    it(`of ${wait} seconds makes the start go on without one of several databases, which is logged`, async () => {
      const databases = { shop: {}, stock: { url: NOWHERE } };
      await server.start({ 'connect-wait': 0.1, 'wait-for-database': wait, databases });
      expect(await call(server.url(), 'execute', 'select 1')).to.deep.equal([[1]]);
      expect((await faultOf(call(server.url('', 'stock'), 'execute', 'select 1'))).code).to.equal(2002);
      const ready = async (query: string) => (await server.get(`readyz${query}`)).status;
      expect([await ready(''), await ready('?database=shop')]).to.deep.equal([200, 200]);
      expect(await ready('?database=stock')).to.equal(503);
      await server.stop();
      const unreachable = server.logged('MySQL unreachable');
      expect(unreachable.map(({ fields }) => (fields as { database: string }).database)).to.deep.equal(['stock']);
    });
  }

  it('does not make it go on if one of several databases refuses the account', async () => {
    const url = server.mysql.replace('root@', 'nobody:wrong@');
    const failed = await failureOf(server.start({ databases: { shop: {}, stock: { url } } }));
    expect(failed).to.be.instanceOf(StartFailure);
    expect(failed.message).to.match(/^database stock: Access denied/);
  });

  it('ends the start with status 1 after that time', async () => {
    const args = ['--port', '0', '--database', NOWHERE, '--wait-for-database', '1'];
    const { status, stderr } = await run('netsvc', args);
    expect(status).to.equal(1);
    expect(stderr).to.match(/"msg":"MySQL unreachable"\}\nnetsvc: database database: Can't connect .*\n$/);
  });

  it('is ended by SIGTERM', async () => {
    const args = ['--port', '0', '--admin-port', '0', '--database', NOWHERE, '--wait-for-database', '600'];
    const child = spawn(projectFile('bin/netsvc'), args);
    const end = ended(child);
    for await (const line of createInterface(child.stderr)) {
      if (line.includes('MySQL unreachable')) child.kill('SIGTERM');
    }
    expect((await end).status).to.equal(0);
  });
});
