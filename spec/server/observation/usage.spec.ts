import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { call, faultOf, statusOf } from '../../support/client.js';
import { CursorClient } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { RunningServer } from '../../support/netsvc-server.js';

type Row = Readonly<Record<string, string | number>>;

describe('what users and statements have done', () => {
  let mysql: string;
  let folder: string;
  let server: RunningServer;
  let admin: string;

  before(async function () {
    mysql = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    const hash = hashSync('secret', 4);
    await writeFile(join(folder, 'operators'), `op:${hash}\n`);
    await writeFile(join(folder, 'users'), `grace:${hash}\nalan:${hash}\n`);
    const databases = { shop: { url: mysql }, stock: { url: mysql } };
    const configuration = { users: 'users', admin: { port: 0, users: 'operators' }, databases };
    await writeFile(join(folder, 'netsvc.yaml'), JSON.stringify(configuration));
    server = await RunningServer.start(['--config', join(folder, 'netsvc.yaml')]);
    admin = `${server.adminUrl.replace('//', '//op:secret@')}admin`;
  });

  after(async () => {
    await server?.stop(0);
    if (folder) await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    await call(admin, 'statements', true);
    await call(admin, 'users', true);
  });

  const endpoint = (user: string, database = 'shop', password = 'secret') =>
    new URL(database, server.url).href.replace('//', `//${user}:${password}@`);
  const rows = (method: string, ...params: unknown[]) => call(admin, method, ...params) as Promise<Row[]>;

  function request(path: string, headers: Record<string, string> = {}, form = ''): ReturnType<typeof ask> {
    const login = { Authorization: `Basic ${Buffer.from('op:secret').toString('base64')}` };
    const sent = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': String(form.length),
      'Sec-Fetch-Site': 'same-origin',
    };
    const method = form === '' ? 'GET' : 'POST';
    return ask(server.adminUrl + path, {
      method,
      headers: { ...login, ...(form !== '' && sent), ...headers },
      body: form,
    });
  }

  it('is counted by digest, for each database', async () => {
    for (const seq of [1, 2, 3]) await call(endpoint('grace'), 'execute', `select ${seq} from numbers where seq < 4`);
    await call(endpoint('alan', 'stock'), 'execute', 'select seq from numbers where seq = %s', [7]);
    await faultOf(call(endpoint('alan'), 'execute', "select * from missing where a = 'secret'"));
    const statements = await rows('statements');
    const digest = 'select ? from numbers where seq < ?';
    const [most] = statements.filter((row) => row.digest === digest);
    const who = { user: 'grace', host: '127.0.0.1' };
    expect(most).to.include({ database: 'shop', calls: 3, errors: 0, rows: 9, ...who });
    expect(most?.mean).to.be.closeTo(Number(most?.seconds) / 3, 1e-6);
    expect(most?.max).to.be.within(Number(most?.mean), Number(most?.seconds));
    expect(Date.now() - Date.parse(String(most?.lastSeen))).to.be.within(0, 60_000);
    const others = statements.filter((row) => row.digest !== digest);
    expect(others.map(({ database, errors, user }) => ({ database, errors, user }))).to.have.deep.members([
      { database: 'stock', errors: 0, user: 'alan' },
      { database: 'shop', errors: 1, user: 'alan' },
    ]);
    expect(JSON.stringify(statements)).to.not.contain('secret');
    const times = statements.map(({ seconds }) => Number(seconds));
    expect(times).to.deep.equal([...times].sort((a, b) => b - a));
    expect(await rows('statements', true)).to.have.lengthOf(3);
    expect(await rows('statements')).to.deep.equal([]);
  });

  it('is counted by user, with what is open', async () => {
    const cursor = new CursorClient(endpoint('grace'), String(await call(endpoint('grace'), 'cursor')));
    await cursor.call('begin');
    await cursor.rows('select seq from numbers where seq < 6');
    await faultOf(cursor.execute('select * from missing'));
    expect(await statusOf(call(endpoint('alan', 'shop', 'wrong'), 'execute', 'select 1'))).to.equal(401);
    expect(await statusOf(call(endpoint('nobody', 'shop', 'wrong'), 'execute', 'select 1'))).to.equal(401);
    const [grace, ...others] = await rows('users');
    const done = { calls: 5, faults: 1, statements: 3, rows: 5, failedLogins: 0 };
    expect(grace).to.include({ user: 'grace', host: '', sessions: 1, connections: 1, ...done });
    for (const name of ['seconds', 'bytesIn', 'bytesOut']) expect(grace?.[name], name).to.be.greaterThan(0);
    const failed = others.map(({ user, host, calls, failedLogins }) => ({ user, host, calls, failedLogins }));
    expect(failed).to.have.deep.members([
      { user: 'alan', host: '', calls: 0, failedLogins: 1 },
      { user: '', host: '127.0.0.1', calls: 0, failedLogins: 1 },
    ]);
    await call(admin, 'users', true);
    expect((await rows('users')).map(({ user, sessions, calls }) => [user, sessions, calls])).to.deep.equal([
      ['grace', 1, 0],
    ]);
    await cursor.call('close');
  });

  it('is on pages, which sort it, and can be reset there', async () => {
    await call(endpoint('grace'), 'execute', "select '<b>', 1 from numbers where seq = 1 -- </td>");
    await call(endpoint('grace'), 'execute', 'select `<i>` from (select 1 `<i>`) t');
    const { body, headers } = await request('statements?sort=calls', { Accept: 'text/html' });
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(body).to.contain('aria-sort="descending"').and.to.contain('&#60;i&#62;').and.to.not.contain('<i>');
    const sorted = await request('statements?sort=digest&order=desc');
    const digests = (JSON.parse(sorted.body) as Row[]).map(({ digest }) => digest);
    expect(digests).to.deep.equal([...digests].sort().reverse());
    expect((await request('users', { Accept: 'text/html' })).body).to.contain('grace');
    for (const path of ['statements', 'users']) {
      expect((await request(path, {}, 'action=drop')).status).to.equal(400);
      expect((await request(path, { 'Sec-Fetch-Site': 'cross-site' }, 'action=reset')).status).to.equal(403);
      expect(await rows(path)).to.not.deep.equal([]);
      const { status, headers } = await request(path, {}, 'action=reset');
      expect([status, headers.location]).to.deep.equal([303, `${path}?result=reset`]);
      expect(await rows(path)).to.deep.equal([]);
      expect((await request(path, { Authorization: '' })).status).to.equal(401);
    }
  });

  it('is shown without statements if the listener has no users', async () => {
    const open = await RunningServer.start(['--admin-port', '0', '--database', mysql]);
    try {
      await call(open.url, 'execute', 'select 1');
      const get = (path: string) => ask(open.adminUrl + path, { method: 'GET', headers: {} });
      const { status, body } = await get('statements');
      expect([status, body]).to.deep.equal([
        403,
        'Statements are shown to operators who log in: the listener has no users.\n',
      ]);
      expect(JSON.parse((await get('users')).body)).to.have.lengthOf(1);
      const { status: refused } = await get('sessions?user=grace&color=red');
      expect(refused).to.equal(400);
    } finally {
      await open.stop(0);
    }
  });
});
