import { expect } from 'chai';
import { call, faultOf, statusOf } from '../../support/client.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import { as } from '../../support/logins.js';

type Row = Readonly<Record<string, string | number>>;

describe('what users and statements have done', () => {
  const server = new ConfiguredServer();

  before(async () => {
    await server.start({ users: 'users', admin: OPERATORS, databases: { shop: {}, stock: {} } });
  });

  beforeEach(async () => {
    await server.operate('statements', true);
    await server.operate('users', true);
  });

  const rows = (method: string, ...params: unknown[]) => server.operate(method, ...params) as Promise<Row[]>;

  it('is counted by digest, for each database', async () => {
    for (const seq of [1, 2, 3]) await call(server.url('grace'), 'execute', `select ${seq} from numbers where seq < 4`);
    await call(server.url('alan', 'stock'), 'execute', 'select seq from numbers where seq = %s', [7]);
    await faultOf(call(server.url('alan'), 'execute', "select * from missing where a = 'secret'"));
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
    const cursor = await server.open('grace');
    await cursor.call('begin');
    await cursor.rows('select seq from numbers where seq < 6');
    await faultOf(cursor.execute('select * from missing'));
    expect(await statusOf(call(server.url('alan:wrong'), 'execute', 'select 1'))).to.equal(401);
    expect(await statusOf(call(server.url('nobody:wrong'), 'execute', 'select 1'))).to.equal(401);
    const operator = as('alan:wrong', `${server.running.adminUrl}admin`);
    expect(await statusOf(call(operator, 'users')), 'of operators, which is not counted').to.equal(401);
    const [grace, ...others] = await rows('users');
    const done = { calls: 5, faults: 1, statements: 3, rows: 5, failedLogins: 0 };
    expect(grace).to.include({ user: 'grace', host: '', sessions: 1, connections: 1, ...done });
    for (const name of ['seconds', 'bytesIn', 'bytesOut']) expect(grace?.[name], name).to.be.greaterThan(0);
    const failed = others.map(({ user, host, calls, failedLogins }) => ({ user, host, calls, failedLogins }));
    expect(failed).to.have.deep.members([
      { user: 'alan', host: '', calls: 0, failedLogins: 1 },
      { user: '', host: '127.0.0.1', calls: 0, failedLogins: 1 },
    ]);
    await server.operate('users', true);
    expect((await rows('users')).map(({ user, sessions, calls }) => [user, sessions, calls])).to.deep.equal([
      ['grace', 1, 0],
    ]);
    await cursor.call('close');
  });

  it('is on pages, which sort it, and can be reset there', async () => {
    await call(server.url('grace'), 'execute', "select '<b>', 1 from numbers where seq = 1 -- </td>");
    await call(server.url('grace'), 'execute', 'select `<i>` from (select 1 `<i>`) t');
    const { body, headers } = await server.get('statements?sort=calls', { Accept: 'text/html' });
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(body).to.contain('aria-sort="descending"').and.to.contain('&#60;i&#62;').and.to.not.contain('<i>');
    const sorted = await server.get('statements?sort=digest&order=desc');
    const digests = (JSON.parse(sorted.body) as Row[]).map(({ digest }) => digest);
    expect(digests).to.deep.equal([...digests].sort().reverse());
    expect(await server.page('users')).to.contain('grace');
    for (const path of ['statements', 'users']) {
      expect((await server.submit(path, { action: 'drop' })).status).to.equal(400);
      expect((await server.submit(path, { action: 'reset' }, { 'Sec-Fetch-Site': 'cross-site' })).status).to.equal(403);
      expect(await rows(path)).to.not.deep.equal([]);
      const { status, headers } = await server.submit(path, { action: 'reset' });
      expect([status, headers.location]).to.deep.equal([303, `${path}?result=reset`]);
      expect(await rows(path)).to.deep.equal([]);
      expect((await server.get(path, { Authorization: '' })).status).to.equal(401);
    }
  });
});
