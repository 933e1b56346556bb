import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { call, faultOf, statusOf } from '../../support/client.js';
import { rpcCall } from '../../support/command.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import type { CursorClient } from '../../support/database-gateway.js';
import { as } from '../../support/logins.js';
import { projectFile } from '../../support/project-file.js';
import { until } from '../../support/until.js';

interface SessionInfo {
  readonly session: string;
  readonly user: string;
  readonly state: string;
  readonly statement: string;
  readonly lastStatement?: string;
  readonly statementAge?: number;
  readonly transactionAge?: number;
}

describe('what operators do', () => {
  const server = new ConfiguredServer();
  const open: CursorClient[] = [];

  before(async () => {
    await server.start({ users: 'users', admin: OPERATORS, databases: { shop: {}, stock: {} } });
  });

  beforeEach(() => {
    server.log.length = 0;
  });

  afterEach(async () => {
    await Promise.allSettled(open.splice(0).map((cursor) => cursor.call('close')));
    for (const name of ['shop', 'stock']) await Promise.all([act('enable', name), act('resume', name)]);
  });

  const act = (method: string, ...params: unknown[]) => server.operate(method, ...params);
  const sessions = (criteria = {}) => act('sessions', criteria) as Promise<SessionInfo[]>;

  async function cursorOf(user = 'grace', database = 'shop'): Promise<CursorClient> {
    const cursor = await server.open(user, database, 300);
    open.push(cursor);
    return cursor;
  }

  /** Runs a statement until it is stopped. @returns its fault */
  async function running(cursor: CursorClient): Promise<{ readonly fault: Promise<{ code: number; string: string }> }> {
    const before = (await sessions({ state: 'running' })).length;
    const fault = faultOf(cursor.execute('select sleep(60)'));
    await until(async () => (await sessions({ state: 'running' })).length > before);
    return { fault };
  }

  const logged = (message: string) =>
    server.logged(message).map(({ level, fields }): Record<string, unknown> => ({ level, ...fields }));

  it('is logged with who did it, from where, to what, and how it went', async () => {
    const cursor = await cursorOf();
    const [{ session } = { session: '' }] = await sessions();
    await act('cancel', session);
    await act('close', session);
    await faultOf(act('close', session));
    await act('pause', 'shop', 5);
    await act('resume', 'shop');
    await act('disable', 'stock', 'upgrade');
    await act('enable', 'stock');
    await act('reconnect', 'shop');
    await act('reload');
    await act('unlock', 'grace');
    await act('users', true);
    await act('statements', true);
    await act('close', { user: 'alan' });
    await faultOf(act('pause', 'nowhere', 5));
    const who = { level: 'info', operator: 'olga', client_address: '127.0.0.1' };
    const acts = logged('operator act').map(({ duration_s, ...fields }) => {
      expect(duration_s).to.be.a('number');
      return fields;
    });
    expect(acts).to.deep.equal([
      { ...who, action: 'cancel', target: { session }, outcome: 'done', result: false },
      { ...who, action: 'close', target: { session }, outcome: 'done' },
      {
        ...{ ...who, action: 'close', target: { session } },
        outcome: `Parameters Incorrect: digest: there is no session "${session}".`,
      },
      { ...who, action: 'pause', target: { database: 'shop', seconds: 5 }, outcome: 'done', result: 0 },
      { ...who, action: 'resume', target: { database: 'shop' }, outcome: 'done' },
      { ...who, action: 'disable', target: { database: 'stock', reason: 'upgrade' }, outcome: 'done' },
      { ...who, action: 'enable', target: { database: 'stock' }, outcome: 'done' },
      { ...who, action: 'reconnect', target: { database: 'shop' }, outcome: 'done' },
      { ...who, action: 'reload', target: {}, outcome: 'done', result: [] },
      { ...who, action: 'unlock', target: { login: 'grace' }, outcome: 'done', result: 0 },
      { ...who, action: 'reset users', target: {}, outcome: 'done' },
      { ...who, action: 'reset statements', target: {}, outcome: 'done' },
      { ...who, action: 'close', target: { user: 'alan' }, outcome: 'done', result: 0 },
      {
        ...{ ...who, action: 'pause', target: { database: 'nowhere', seconds: 5 } },
        outcome: 'Parameters Incorrect: database: expected one of shop, stock, received nowhere.',
      },
    ]);
    expect(logged('database paused')).to.deep.equal([{ level: 'info', database: 'shop' }]);
    expect(logged('database disabled')).to.deep.equal([{ level: 'info', database: 'stock', reason: 'upgrade' }]);
    expect(await statusOf(cursor.call('rowcount'))).to.equal(404);
  });

  const submit = (fields: Record<string, string>, query = '') => server.submit(`sessions${query}`, fields);
  const page = (query = '') => server.page(`sessions${query}`);

  it('is logged with who did it on a page', async () => {
    await cursorOf();
    const [{ session } = { session: '' }] = await sessions();
    expect((await submit({ action: 'close', session })).status).to.equal(303);
    const [line] = logged('operator act');
    const who = { operator: 'olga', client_address: '127.0.0.1' };
    expect(line).to.deep.include({ ...who, action: 'close', target: { session }, outcome: 'done' });
  });

  it('can be done on a page to a database, and to all sessions that are shown', async () => {
    const location = async (...form: Parameters<typeof submit>) => (await submit(...form)).headers.location;
    const database = 'shop';
    expect(await location({ action: 'disable', database })).to.equal('sessions?result=disabled');
    expect(await page('?result=disabled'))
      .to.contain('The database was disabled.')
      .and.to.contain('Enable shop');
    expect(await location({ action: 'enable', database }, '?sort=age')).to.equal('sessions?result=enabled&sort=age');
    expect(await location({ action: 'reconnect', database })).to.equal('sessions?result=reconnected');
    expect(await location({ action: 'disable', database: 'nowhere' })).to.equal('sessions?result=removed');
    await Promise.all([cursorOf(), cursorOf(), cursorOf('alan')]);
    for (const action of ['closeall', 'cancelall']) expect((await submit({ action })).status).to.equal(400);
    expect((await submit({ action: 'cancelcall', database, connection: '' })).status).to.equal(303);
    const closed = 'sessions?result=closedall&count=2&user=grace';
    expect(await location({ action: 'closeall' }, '?user=grace')).to.equal(closed);
    expect(await page(closed.slice('sessions'.length))).to.contain('Sessions closed: 2.');
    expect((await sessions()).map(({ user }) => user)).to.deep.equal(['alan']);
  });

  it('shows since when statements and transactions run, and the last statement of an idle transaction', async () => {
    const cursor = await cursorOf();
    await cursor.call('begin');
    await cursor.execute(`select 1 /* ${'x'.repeat(300)} */`);
    const idle = (await sessions())[0];
    expect(idle).to.include({ state: 'pinned', statement: '' }).and.not.have.property('statementAge');
    expect(idle?.lastStatement).to.equal(`select 1 /* ${'x'.repeat(188)}`);
    const { fault } = await running(cursor);
    await until(async () => ((await sessions())[0]?.statementAge ?? 0) > 0.05);
    const busy = (await sessions())[0];
    expect(busy?.transactionAge).to.be.greaterThan(busy?.statementAge ?? 0);
    expect(busy).to.include({ state: 'running', statement: 'select sleep(60)' });
    expect(await act('cancel', { statementAge: 0.05 })).to.equal(1);
    expect((await fault).code).to.equal(58);
    await cursor.call('rollback');
    expect((await sessions())[0]).to.not.have.any.keys('transactionAge', 'statementAge');
    await cursor.call('begin');
    const age = async () => (await sessions())[0]?.transactionAge ?? 0;
    expect(await age()).to.be.lessThan(busy?.transactionAge ?? 0);
    for (const next of ['begin', 'commit and chain', 'start transaction']) {
      await until(async () => (await age()) > 0.2);
      await cursor.execute('select 1');
      const before = await age();
      expect(before).to.be.greaterThan(0.2);
      await cursor.execute(next);
      expect(await age(), next).to.be.lessThan(before);
    }
  });

  it('is on all sessions that criteria select, and on none without criteria', async () => {
    const grace = await cursorOf();
    const alan = await cursorOf('alan', 'stock');
    await alan.call('begin');
    const select = async (criteria: object) => (await sessions(criteria)).map(({ user }) => user);
    expect(await select({ user: 'alan' })).to.deep.equal(['alan']);
    expect(await select({ database: 'shop' })).to.deep.equal(['grace']);
    expect(await select({ state: 'pinned', pinReason: 'transaction' })).to.deep.equal(['alan']);
    expect(await select({ host: '127.0.0.0/8', transactionAge: 0 })).to.deep.equal(['alan']);
    expect(await select({ host: '10.0.0.1' })).to.deep.equal([]);
    expect(await select({ age: 3600 })).to.deep.equal([]);
    for (const [criteria, text] of [
      [{}, 'sessions: expected a criterion, or all, which is true.'],
      [{ all: false }, 'sessions: expected a criterion, or all, which is true.'],
      [{ all: true, user: 'alan' }, 'all: expected no other criteria.'],
      [{ users: 'alan' }, /^"users": expected one of session, user, host, /],
      [{ age: 'old' }, 'age: expected double, received string.'],
      [{ connection: -1 }, 'connection: expected a number, 0 or more, received "-1".'],
      [{ age: -1 }, 'age: expected seconds, 0 or more, received "-1".'],
      [{ state: 'busy' }, 'state: expected running, pinned, idle, received "busy".'],
      [{ host: 'localhost' }, /^host: invalid address or network "localhost"/],
      [7, 'sessions: expected string or struct, received int.'],
    ] as const) {
      for (const method of ['close', 'cancel']) {
        const { code, string } = await faultOf(act(method, criteria));
        const [, details = ''] = string.split('\n\n');
        expect(code).to.equal(56);
        if (typeof text === 'string') expect(details).to.equal(text);
        else expect(details).to.match(text);
      }
    }
    expect(await act('close', { user: 'alan' })).to.equal(1);
    expect(await statusOf(alan.call('rowcount'))).to.equal(404);
    const { fault } = await running(grace);
    expect(await act('cancel', { all: true })).to.equal(1);
    expect((await fault).code).to.equal(58);
    expect(await act('close', { all: true })).to.equal(1);
    expect(await sessions()).to.deep.equal([]);
  });

  it('is also on calls without a session, and by the number of a connection in the process list', async () => {
    const alone = faultOf(call(server.url('alan', 'stock'), 'execute', 'select sleep(61)'));
    const cursor = await cursorOf();
    const { fault } = await running(cursor);
    await until(async () => (await page()).includes('select sleep(61)'));
    expect(await page('?user=alan'))
      .to.contain('no session')
      .and.to.contain('Cancel statements of all 1<');
    const [{ connection = 0 } = {}] = (await sessions()) as { connection?: number }[];
    expect(await act('cancel', { database: 'stock', connection })).to.equal(0);
    expect(await act('cancel', { user: 'alan', statementAge: 0 })).to.equal(1);
    expect((await alone).string).to.contain('An operator stopped the statement.');
    expect(await act('cancel', { database: 'shop', connection })).to.equal(1);
    expect((await fault).code).to.equal(58);
    expect(await act('cancel', { all: true })).to.equal(0);
  });

  it('disables a database: its calls fail at once, transactions are rolled back, and others go on', async () => {
    const [idle, pinned, busy] = [await cursorOf(), await cursorOf('alan'), await cursorOf('alan')];
    await idle.execute('select 1');
    await pinned.call('begin');
    await busy.call('begin');
    const { fault } = await running(busy);
    await act('disable', 'shop', 'upgrade until 4:00');
    const refused = {
      code: 51,
      string: 'netsvc -- Resource Unavailable\n\nThe database is disabled: upgrade until 4:00',
    };
    expect(await faultOf(idle.execute('select 1'))).to.deep.equal(refused);
    expect(await faultOf(call(server.url('grace'), 'execute', 'select 1'))).to.deep.equal(refused);
    expect(await faultOf(call(server.url('grace'), 'cursor'))).to.deep.equal(refused);
    expect(await statusOf(pinned.call('commit'))).to.equal(404);
    expect(await call(server.url('grace', 'stock'), 'execute', 'select 1')).to.deep.equal([[1]]);
    await until(async () => {
      const [shop] = (await act('databases')) as { connections: number }[];
      return shop?.connections === 1;
    });
    expect((await act('databases')) as object[]).to.deep.include({
      ...{ database: 'shop', state: 'disabled', reason: 'upgrade until 4:00' },
      ...{ sessions: 2, connections: 1, inUse: 1, limit: 50, waiting: 0 },
    });
    // What runs may end.
    expect(await act('cancel', { database: 'shop' })).to.equal(1);
    expect((await fault).code).to.equal(58);
    await until(async () => (await sessions({ database: 'shop' })).length === 1);
    expect(await statusOf(busy.call('commit'))).to.equal(404);
    await server.running.reload();
    expect((await faultOf(idle.execute('select 1'))).code).to.equal(51);
    await act('enable', 'shop');
    expect(await idle.rows('select 2')).to.deep.equal([[2]]);
  });

  it('rejects the calls that wait for a database that is being disabled', async () => {
    await act('pause', 'shop', 60);
    const waiting = faultOf(call(server.url('grace'), 'execute', 'select 1'));
    await until(async () => {
      const [shop] = (await act('databases')) as { state: string; waiting: number }[];
      return shop?.state === 'paused' && shop.waiting === 1;
    });
    await act('disable', 'shop');
    expect(await waiting).to.deep.equal({
      code: 51,
      string: 'netsvc -- Resource Unavailable\n\nThe database is disabled.',
    });
    await act('resume', 'shop');
    expect((await faultOf(call(server.url('grace'), 'execute', 'select 1'))).code).to.equal(51);
  });

  it('pauses with force: sessions that keep a connection are closed, and what runs is stopped', async () => {
    const [pinned, busy, idle] = [await cursorOf(), await cursorOf(), await cursorOf()];
    await pinned.execute('set @a = 1');
    const { fault } = await running(busy);
    const alone = faultOf(call(server.url('alan'), 'execute', 'select sleep(60)'));
    await until(async () => JSON.stringify(await act('connections')).includes('"user":"alan"'));
    await idle.execute('select 1');
    await act('pause', 'shop', 6, true);
    expect(await statusOf(pinned.call('rowcount'))).to.equal(404);
    expect((await fault).string).to.contain('Session closed by an operator.');
    expect((await alone).string).to.contain('An operator paused the database.');
    const waiting = idle.rows('select 3');
    await act('resume', 'shop');
    expect(await waiting).to.deep.equal([[3]]);
  });

  it('is as docs/operations.md says', async () => {
    const text = await readFile(projectFile('docs/operations.md'), 'utf8');
    const admin = as('olga', `${server.running.adminUrl}admin`);
    const commands = [...text.matchAll(/^rpc-call \$ADMIN (.*)$/gm)].map(([, line = '']) =>
      line.replace(/ {2,}#.*/, ''),
    );
    expect(commands).to.have.length.greaterThan(6);
    for (const command of commands) {
      const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
      const { status, stderr } = await rpcCall([admin, ...args]);
      expect([status, stderr], command).to.deep.equal([0, '']);
    }
  });

  it('replaces the connections of a database', async () => {
    const id = async () =>
      ((await call(server.url('grace'), 'execute', 'select connection_id()')) as number[][])[0]?.[0];
    const before = await id();
    expect(await id()).to.equal(before);
    await act('reconnect', 'shop');
    expect(await id()).to.be.greaterThan(before ?? 0);
  });
});
