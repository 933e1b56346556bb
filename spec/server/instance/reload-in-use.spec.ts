import { expect } from 'chai';
import { type Connection, createConnection } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';
import { call, failureOf, faultOf, statusOf } from '../../support/client.js';
import { ConfiguredServer } from '../../support/configured-server.js';
import type { CursorClient } from '../../support/database-gateway.js';
import { until } from '../../support/until.js';

const ACCOUNTS = ['in_use_a', 'in_use_b'] as const;
type Account = (typeof ACCOUNTS)[number];

describe('a reload of a server that is used', () => {
  const server = new ConfiguredServer();
  let administrator: Connection;
  const opened: CursorClient[] = [];

  before(async () => {
    administrator = await createConnection(parseMysqlUrl(server.mysql).connection);
    for (const account of ACCOUNTS) {
      await administrator.query(`DROP USER IF EXISTS ${account}@localhost`);
      await administrator.query(`CREATE USER ${account}@localhost IDENTIFIED BY 'old'`);
      await administrator.query(`GRANT ALL ON *.* TO ${account}@localhost`);
    }
    await administrator.query('CREATE TABLE test.in_use (v INT) ENGINE=InnoDB');
    await administrator.query('INSERT INTO test.in_use VALUES (1)');
    await server.start({ 'max-timeout': 60, ...withShop({}) });
  });

  after(async () => {
    if (!administrator) return;
    for (const account of ACCOUNTS) await administrator.query(`DROP USER ${account}@localhost`);
    await administrator.query('DROP TABLE test.in_use');
    await administrator.end();
  });

  afterEach(async () => {
    await setPassword('old');
    await server.reload();
    for (const session of opened.splice(0)) await session.call('close').catch(() => {});
    server.log.length = 0;
  });

  const setPassword = (password: string) =>
    administrator.query(`ALTER USER in_use_a@localhost IDENTIFIED BY '${password}'`);
  const urlOf = (account: Account, password = 'old', schema = 'test') =>
    server.mysql.replace('//root@', `//${account}:${password}@`).replace('/test?', `/${schema}?`);
  const withShop = (shop: object, others: object = {}) => ({
    databases: { shop: { url: urlOf('in_use_a'), ...shop }, ...others },
  });

  const execute = (sql: string, database = 'shop') => call(server.url('', database), 'execute', sql);
  const open = async (database?: string) => {
    const session = await server.open('', database);
    opened.push(session);
    return session;
  };
  const only = async (session: CursorClient, sql: string) => ((await session.rows(sql)) as unknown[][])[0]?.[0];
  const account = (session: CursorClient) => only(session, 'select current_user()');
  const connectionsOf = async (name: Account) => {
    const sql = 'select count(*) n from information_schema.processlist where user = ?';
    const [rows] = await administrator.query(sql, [name]);
    return (rows as { n: number }[])[0]?.n;
  };

  /** Clients with sessions, transactions, and calls without. @returns ends them, and returns how many calls failed */
  const load = () => {
    let running = true;
    const failures: unknown[] = [];
    const clients = Array.from({ length: 8 }, async (_, i) => {
      while (running) {
        try {
          const session = await open();
          await session.execute(`set @@session.lock_wait_timeout = ${100 + i}`);
          for (let k = 0; k < 5; k++) {
            const kept = await only(session, 'select @@session.lock_wait_timeout');
            if (Number(kept) !== 100 + i) failures.push(`the variable is ${kept}`);
            await execute('select 1');
            if (k % 2) continue;
            await session.call('begin');
            await session.execute('select v from test.in_use');
            await session.call('commit');
          }
          await session.call('close');
        } catch (error) {
          failures.push(error);
        }
      }
    });
    return async () => {
      running = false;
      await Promise.all(clients);
      return failures;
    };
  };

  it('makes no call fail, whatever changes', async () => {
    const end = load();
    const changes = [
      withShop({ url: urlOf('in_use_b') }),
      withShop({ connections: 3 }),
      withShop({ url: urlOf('in_use_b', 'old', 'mysql') }),
      withShop({ 'query-timeout': 30, 'max-connection-age': 1 }),
      { 'log-level': 'debug' },
      withShop({}, { stock: { url: urlOf('in_use_b') } }),
      { 'max-sessions': 100 },
      {},
    ];
    for (let i = 0; i < changes.length; i++) {
      await server.reload(changes[i] ?? {});
      await execute('select sleep(0.02)');
    }
    expect(await end()).to.deep.equal([]);
    await until(async () => (await connectionsOf('in_use_b')) === 0);
  });

  it('has the new password of the account, of which no call sees anything', async () => {
    const end = load();
    await until(async () => Number(await connectionsOf('in_use_a')) > 1);
    const early = await failureOf(server.reload(withShop({ url: urlOf('in_use_a', 'new') })));
    expect(early.message).to.contain('database shop: Access denied');
    await setPassword('new');
    for (let i = 0; i < 5; i++) await execute('select sleep(0.05)');
    expect(await server.reload(withShop({ url: urlOf('in_use_a', 'new') }))).to.deep.equal(['databases.shop.url']);
    for (let i = 0; i < 5; i++) await execute('select sleep(0.05)');
    expect(await end()).to.deep.equal([]);
  });

  it('keeps requests waiting for the connections that are open, while the password is another one', async () => {
    const [first, second] = [await open(), await open()];
    for (const session of [first, second]) {
      await session.call('begin');
      await account(session);
    }
    await setPassword('new');
    const waiting = Promise.all([1, 2, 3].map((n) => execute(`select ${n}`)));
    await until(() => server.logged('MySQL unreachable').length > 0);
    await first.call('commit');
    expect(await waiting).to.deep.equal([[[1]], [[2]], [[3]]]);
    const other = execute('select current_user()');
    await server.reload(withShop({ url: urlOf('in_use_b') }));
    expect(JSON.stringify(await other)).to.match(/^\[\["in_use_[ab]@localhost"\]\]$/);
    await second.call('close');
    await first.call('close');
  });

  it('lets statements on connections of before be stopped', async () => {
    const session = await open();
    const stopped = faultOf(session.execute('select sleep(20) /* in use */'));
    const runs = async () => {
      const [rows] = await administrator.query('show full processlist');
      return (rows as { Info: string | null }[]).filter(({ Info }) => Info?.endsWith('/* in use */')).length;
    };
    await until(async () => (await runs()) === 1);
    await setPassword('new');
    await server.reload(withShop({ url: urlOf('in_use_a', 'new') }));
    await session.call('close');
    expect((await stopped).code).to.equal(58);
    await until(async () => (await runs()) === 0, 2);
  });

  it('leaves transactions where they began, and moves sessions with what they have set', async () => {
    const [transaction, idle] = [await open(), await open()];
    await transaction.call('begin');
    await transaction.execute('update test.in_use set v = 2');
    await idle.execute('set @@session.lock_wait_timeout = 77');
    await server.reload(withShop({ url: urlOf('in_use_b', 'old', 'mysql') }));
    expect(await account(transaction)).to.equal('in_use_a@localhost');
    expect(
      await only(idle, "select concat(database(), ' ', current_user(), ' ', @@session.lock_wait_timeout)"),
    ).to.equal('mysql in_use_b@localhost 77');
    await transaction.call('commit');
    expect(await account(transaction)).to.equal('in_use_b@localhost');
    expect(await only(transaction, 'select v from test.in_use')).to.equal(2);
    await until(async () => (await connectionsOf('in_use_a')) === 0);
    for (const session of [transaction, idle]) await session.call('close');
  });

  it('lets requests wait on for a connection, which is one of the new settings', async () => {
    await server.reload(withShop({ connections: 1 }));
    const holder = await open();
    await holder.call('begin');
    await account(holder);
    const waiting = [1, 2, 3].map(() => execute('select current_user()'));
    await server.reload(withShop({ connections: 1, url: urlOf('in_use_b') }));
    await holder.call('commit');
    for (const answer of waiting) expect(await answer).to.deep.equal([['in_use_b@localhost']]);
    await holder.call('begin');
    await account(holder);
    const more = execute('select current_user()');
    await server.reload(withShop({ connections: 2, url: urlOf('in_use_b') }));
    expect(await more, 'of a new connection').to.deep.equal([['in_use_b@localhost']]);
    await holder.call('close');
  });

  it('closes connections beyond a lower limit when their sessions leave them', async () => {
    await server.reload(withShop({ connections: 4 }));
    const sessions = await Promise.all([1, 2, 3, 4].map(() => open()));
    for (const session of sessions) await session.call('begin');
    await Promise.all(sessions.map(account));
    await server.reload(withShop({ connections: 1, 'connect-wait': 0.3 }));
    expect((await faultOf(execute('select 1'))).code).to.equal(51);
    await Promise.all(sessions.map((session) => session.call('commit')));
    await until(async () => Number(await connectionsOf('in_use_a')) <= 1);
    for (const session of sessions) expect(await account(session)).to.equal('in_use_a@localhost');
    for (const session of sessions) await session.call('close');
  });

  describe('that adds and removes a database', () => {
    const both = () => withShop({}, { stock: { url: urlOf('in_use_b') } });

    it('serves it at once, and as long as its sessions are open', async () => {
      expect(await server.reload(both())).to.deep.equal(['databases.stock']);
      expect(await execute('select current_user()', 'stock')).to.deep.equal([['in_use_b@localhost']]);
      const session = await open('stock');
      await session.call('begin');
      expect(await server.reload()).to.deep.equal(['databases.stock']);
      expect(await statusOf(execute('select 1', 'stock'))).to.equal(404);
      expect(await account(session)).to.equal('in_use_b@localhost');
      await session.call('commit');
      expect(server.logged('database removed')).to.be.empty;
      await session.call('close');
      await until(() => server.logged('database removed').length > 0);
      await until(async () => (await connectionsOf('in_use_b')) === 0);
      await server.reload(both());
      expect(await execute('select 1', 'stock')).to.deep.equal([[1]]);
    });

    it('keeps the sessions if it is removed and added again, however often', async () => {
      await server.reload(both());
      const session = await open('stock');
      for (let i = 0; i < 12; i++) {
        await server.reload();
        await server.reload(both());
        expect(await account(session)).to.equal('in_use_b@localhost');
      }
      expect(await execute('select 1', 'stock')).to.deep.equal([[1]]);
      await session.call('close');
      await server.reload();
      await until(() => server.logged('database removed').length > 0);
      await until(async () => (await connectionsOf('in_use_b')) === 0);
    });
  });

  describe('is refused, and changes nothing:', () => {
    const wrong: [what: string, options: () => object, message: string][] = [
      ['a wrong password', () => withShop({ url: urlOf('in_use_a', 'none') }), 'database shop: Access denied'],
      ['an unknown schema', () => withShop({ url: urlOf('in_use_a', 'old', 'none') }), "Unknown database 'none'"],
      [
        'a server that cannot be reached',
        () => withShop({}, { stock: { url: 'mysql://127.0.0.1:1/x' } }),
        'database stock:',
      ],
      ['a statement that fails', () => withShop({ init: ['nonsense'] }), 'init statement "nonsense"'],
    ];
    for (const [what, options, message] of wrong) {
      it(what, async () => {
        const session = await open();
        const changes = { ...options(), 'max-timeout': 10, 'log-level': 'debug' };
        expect((await failureOf(server.reload(changes))).message).to.contain(message);
        expect(server.log.at(-1)).to.include({ level: 'error', message: 'nothing is reloaded' });
        server.log.length = 0;
        expect(await account(session)).to.equal('in_use_a@localhost');
        expect(await call(server.url(), 'cursor', 20)).to.be.a('string');
        expect(server.log).to.deep.equal([]);
        await session.call('close');
      });
    }
  });

  it('is one after the other, in the order of the calls', async () => {
    await server.write({ 'max-timeout': 30 });
    const first = server.running.reload();
    const second = server.running.reload();
    expect([await first, await second]).to.deep.equal([['max-timeout'], []]);
  });
});
