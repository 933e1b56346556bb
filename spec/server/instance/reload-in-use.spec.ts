import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Connection, createConnection } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';
import { consoleLog } from '#lib/netsvc/log.js';
import { parseSettings } from '#lib/server/configuration/settings.js';
import { NetsvcServer } from '#lib/server/instance/netsvc-server.js';
import { call, faultOf, statusOf } from '../../support/client.js';
import { freePort } from '../../support/free-port.js';
import { testDatabase } from '../../support/mariadb.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { until } from '../../support/until.js';

const ACCOUNTS = ['in_use_a', 'in_use_b'] as const;
type Account = (typeof ACCOUNTS)[number];

describe('a reload of a server that is used', () => {
  let mysql: string;
  let folder: string;
  let administrator: Connection;
  let server: RunningServer;

  before(async function () {
    mysql = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    administrator = await createConnection(parseMysqlUrl(mysql).connection);
    for (const account of ACCOUNTS) {
      await administrator.query(`DROP USER IF EXISTS ${account}@localhost`);
      await administrator.query(`CREATE USER ${account}@localhost IDENTIFIED BY 'old'`);
      await administrator.query(`GRANT ALL ON *.* TO ${account}@localhost`);
    }
    await administrator.query('CREATE TABLE test.in_use (v INT) ENGINE=InnoDB');
    await administrator.query('INSERT INTO test.in_use VALUES (1)');
    await write(BASE());
    server = await RunningServer.start(['--config', join(folder, 'netsvc.yaml')]);
  });

  after(async () => {
    await server?.stop(0);
    if (!administrator) return;
    for (const account of ACCOUNTS) await administrator.query(`DROP USER ${account}@localhost`);
    await administrator.query('DROP TABLE test.in_use');
    await administrator.end();
    await rm(folder, { recursive: true });
  });

  afterEach(async () => {
    for (const account of ACCOUNTS) await administrator.query(`ALTER USER ${account}@localhost IDENTIFIED BY 'old'`);
    await reload({});
    for (const session of opened.splice(0)) await call(session, 'close').catch(() => {});
    server.log.length = 0;
  });

  const urlOf = (account: Account, password = 'old', schema = 'test') =>
    mysql.replace('//root@', `//${account}:${password}@`).replace('/test?', `/${schema}?`);
  const BASE = () => ({ 'max-timeout': 60, databases: { shop: { url: urlOf('in_use_a') } } });

  const write = (options: object) => writeFile(join(folder, 'netsvc.yaml'), JSON.stringify(options));
  const reload = async (options: object) => {
    await write({ ...BASE(), ...options });
    return server.reload();
  };
  const withShop = (shop: object, others: object = {}) => ({
    databases: { shop: { url: urlOf('in_use_a'), ...shop }, ...others },
  });

  const endpoint = (database = 'shop') => new URL(database, server.url).href;
  const opened: string[] = [];
  const open = async (database?: string) => {
    const session = `${endpoint(database)}/${await call(endpoint(database), 'cursor')}`;
    opened.push(session);
    return session;
  };
  const only = async (session: string, sql: string) => {
    await call(session, 'execute', sql);
    return ([] as unknown[]).concat(await call(session, 'fetchone'))[0];
  };
  const account = (session: string) => only(session, 'select current_user()');
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
          await call(session, 'execute', `set @@session.lock_wait_timeout = ${100 + i}`);
          for (let k = 0; k < 5; k++) {
            const kept = await only(session, 'select @@session.lock_wait_timeout');
            if (Number(kept) !== 100 + i) failures.push(`the variable is ${kept}`);
            await call(endpoint(), 'execute', 'select 1');
            if (k % 2) continue;
            await call(session, 'begin');
            await call(session, 'execute', 'select v from test.in_use');
            await call(session, 'commit');
          }
          await call(session, 'close');
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
      await reload(changes[i] ?? {});
      await call(endpoint(), 'execute', 'select sleep(0.02)');
    }
    expect(await end()).to.deep.equal([]);
    await until(async () => (await connectionsOf('in_use_b')) === 0);
  });

  it('has the new password of the account, of which no call sees anything', async () => {
    const end = load();
    await until(async () => Number(await connectionsOf('in_use_a')) > 1);
    const early = await reload(withShop({ url: urlOf('in_use_a', 'new') })).catch((error: unknown) => error);
    expect(early).to.have.property('message').that.contains('database shop: Access denied');
    await administrator.query("ALTER USER in_use_a@localhost IDENTIFIED BY 'new'");
    for (let i = 0; i < 5; i++) await call(endpoint(), 'execute', 'select sleep(0.05)');
    expect(await reload(withShop({ url: urlOf('in_use_a', 'new') }))).to.deep.equal(['databases.shop.url']);
    for (let i = 0; i < 5; i++) await call(endpoint(), 'execute', 'select sleep(0.05)');
    expect(await end()).to.deep.equal([]);
  });

  it('keeps requests waiting for the connections that are open, while the password is another one', async () => {
    const sessions = [await open(), await open()];
    for (const session of sessions) await call(session, 'begin');
    for (const session of sessions) await account(session);
    await administrator.query("ALTER USER in_use_a@localhost IDENTIFIED BY 'new'");
    const waiting = Promise.all([1, 2, 3].map((n) => call(endpoint(), 'execute', `select ${n}`)));
    await until(() => server.log.some(({ message }) => message === 'MySQL unreachable'));
    const [first = '', second = ''] = sessions;
    await call(first, 'commit');
    expect(await waiting).to.deep.equal([[[1]], [[2]], [[3]]]);
    const other = call(endpoint(), 'execute', 'select current_user()');
    await reload(withShop({ url: urlOf('in_use_b') }));
    expect(JSON.stringify(await other)).to.match(/^\[\["in_use_[ab]@localhost"\]\]$/);
    await call(second, 'close');
    await call(first, 'close');
  });

  it('lets statements on connections of before be stopped', async () => {
    const session = await open();
    const stopped = faultOf(call(session, 'execute', 'select sleep(20) /* in use */'));
    const runs = async () => {
      const [rows] = await administrator.query('show full processlist');
      return (rows as { Info: string | null }[]).filter(({ Info }) => Info?.endsWith('/* in use */')).length;
    };
    await until(async () => (await runs()) === 1);
    await administrator.query("ALTER USER in_use_a@localhost IDENTIFIED BY 'new'");
    await reload(withShop({ url: urlOf('in_use_a', 'new') }));
    await call(session, 'close');
    expect((await stopped).code).to.equal(58);
    await until(async () => (await runs()) === 0, 2);
  });

  it('leaves transactions where they began, and moves sessions with what they have set', async () => {
    const [transaction, idle] = [await open(), await open()];
    await call(transaction, 'begin');
    await call(transaction, 'execute', 'update test.in_use set v = 2');
    await call(idle, 'execute', 'set @@session.lock_wait_timeout = 77');
    await reload(withShop({ url: urlOf('in_use_b', 'old', 'mysql') }));
    expect(await account(transaction)).to.equal('in_use_a@localhost');
    expect(
      await only(idle, "select concat(database(), ' ', current_user(), ' ', @@session.lock_wait_timeout)"),
    ).to.equal('mysql in_use_b@localhost 77');
    await call(transaction, 'commit');
    expect(await account(transaction)).to.equal('in_use_b@localhost');
    expect(await only(transaction, 'select v from test.in_use')).to.equal(2);
    await until(async () => (await connectionsOf('in_use_a')) === 0);
    for (const session of [transaction, idle]) await call(session, 'close');
  });

  it('lets requests wait on for a connection, which is one of the new settings', async () => {
    await reload(withShop({ connections: 1 }));
    const holder = await open();
    await call(holder, 'begin');
    await account(holder);
    const waiting = [1, 2, 3].map(() => call(endpoint(), 'execute', 'select current_user()'));
    await reload(withShop({ connections: 1, url: urlOf('in_use_b') }));
    await call(holder, 'commit');
    for (const answer of waiting) expect(await answer).to.deep.equal([['in_use_b@localhost']]);
    await call(holder, 'begin');
    await account(holder);
    const more = call(endpoint(), 'execute', 'select current_user()');
    await reload(withShop({ connections: 2, url: urlOf('in_use_b') }));
    expect(await more, 'of a new connection').to.deep.equal([['in_use_b@localhost']]);
    await call(holder, 'close');
  });

  it('closes connections beyond a lower limit when their sessions leave them', async () => {
    await reload(withShop({ connections: 4 }));
    const sessions = await Promise.all([1, 2, 3, 4].map(() => open()));
    for (const session of sessions) await call(session, 'begin');
    await Promise.all(sessions.map(account));
    await reload(withShop({ connections: 1, 'connect-wait': 0.3 }));
    expect((await faultOf(call(endpoint(), 'execute', 'select 1'))).code).to.equal(51);
    await Promise.all(sessions.map((session) => call(session, 'commit')));
    await until(async () => Number(await connectionsOf('in_use_a')) <= 1);
    for (const session of sessions) expect(await account(session)).to.equal('in_use_a@localhost');
    for (const session of sessions) await call(session, 'close');
  });

  describe('that adds and removes a database', () => {
    const both = () => withShop({}, { stock: { url: urlOf('in_use_b') } });

    it('serves it at once, and as long as its sessions are open', async () => {
      expect(await reload(both())).to.deep.equal(['databases.stock']);
      expect(await call(endpoint('stock'), 'execute', 'select current_user()')).to.deep.equal([['in_use_b@localhost']]);
      const session = await open('stock');
      await call(session, 'begin');
      expect(await reload({})).to.deep.equal(['databases.stock']);
      expect(await statusOf(call(endpoint('stock'), 'execute', 'select 1'))).to.equal(404);
      expect(await account(session)).to.equal('in_use_b@localhost');
      await call(session, 'commit');
      expect(server.log.map(({ message }) => message)).to.not.include('database removed');
      await call(session, 'close');
      await until(() => server.log.some(({ message }) => message === 'database removed'));
      await until(async () => (await connectionsOf('in_use_b')) === 0);
      await reload(both());
      expect(await call(endpoint('stock'), 'execute', 'select 1')).to.deep.equal([[1]]);
    });

    it('keeps the sessions if it is removed and added again, however often', async () => {
      await reload(both());
      const session = await open('stock');
      for (let i = 0; i < 12; i++) {
        await reload({});
        await reload(both());
        expect(await account(session)).to.equal('in_use_b@localhost');
      }
      expect(await call(endpoint('stock'), 'execute', 'select 1')).to.deep.equal([[1]]);
      await call(session, 'close');
      await reload({});
      await until(() => server.log.some(({ message }) => message === 'database removed'));
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
      ['another listener', () => ({ listeners: [{}, {}] }), '--port is ambiguous'],
    ];
    for (const [what, options, message] of wrong) {
      it(what, async () => {
        const session = await open();
        const failure = await reload({ ...options(), 'max-timeout': 10, 'log-level': 'debug' }).catch(
          (error: unknown) => error,
        );
        expect(failure).to.have.property('message').that.contains(message);
        expect(server.log.at(-1)).to.include({ level: 'error', message: 'nothing is reloaded' });
        server.log.length = 0;
        expect(await account(session)).to.equal('in_use_a@localhost');
        expect(await call(endpoint(), 'cursor', 20)).to.be.a('string');
        expect(server.log).to.deep.equal([]);
        await call(session, 'close');
      });
    }
  });

  it('is one after the other, in the order of the calls', async () => {
    await write({ ...BASE(), 'max-timeout': 30 });
    const first = server.reload();
    const second = server.reload();
    expect([await first, await second]).to.deep.equal([['max-timeout'], []]);
  });
});

describe('a reload', () => {
  let mysql: string;
  let folder: string;
  let file: string;

  before(async function () {
    mysql = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    file = join(folder, 'netsvc.yaml');
  });

  after(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  const write = (options: object) =>
    writeFile(file, JSON.stringify({ databases: { shop: { url: mysql } }, ...options }));

  it('of the time for requests at the end counts for the next end', async () => {
    await write({ grace: 30 });
    const server = await RunningServer.start(['--config', file]);
    const url = server.url;
    const running = faultOf(call(url, 'execute', 'select sleep(20)'));
    await until(async () => JSON.stringify(await call(url, 'execute', 'show full processlist')).includes('sleep(20)'));
    await write({ grace: 0.1 });
    expect(await server.reload()).to.deep.equal(['grace']);
    await server.stop();
    expect((await running).code).to.equal(58);
  });

  it('of the time for sessions at the end counts for the next end', async () => {
    await write({ drain: 0 });
    const server = await RunningServer.start(['--config', file]);
    await call(server.url, 'cursor', 20);
    await write({ drain: 0.1 });
    expect(await server.reload()).to.deep.equal(['drain']);
    await server.drain();
    expect(server.log.find(({ message }) => message === 'draining')?.fields).to.include({ drain: 0.1, sessions: 1 });
    await write({ 'max-sessions': 5 });
    expect(await server.reload(), 'while it drains').to.deep.equal(['max-sessions', 'drain']);
    const stopped = server.stop(0);
    const late = await server.reload().catch((error: unknown) => error);
    expect(late).to.have.property('message', 'the server is shutting down');
    await stopped;
  });

  it('does not change what a flag says', async () => {
    await write({ 'log-level': 'info', 'max-sessions': 5 });
    const server = await RunningServer.start(['--config', file, '--log-level', 'info', '--max-sessions', '7']);
    await write({ 'log-level': 'debug', 'max-sessions': 6 });
    expect(await server.reload()).to.deep.equal([]);
    await call(server.url, 'execute', 'select 1');
    await server.stop(0);
    expect(server.log.filter(({ message }) => message === 'call')).to.deep.equal([]);
  });

  it('waits for the end of the start', async () => {
    const url = `mysql://root@127.0.0.1:${await freePort()}/test`;
    await write({ databases: { shop: { url } }, 'wait-for-database': 30 });
    const settings = () => parseSettings(['--config', file, '--port', '0'], {}, '').settings;
    const server = new NetsvcServer(settings(), { ...consoleLog, error() {} }, { readSettings: settings });
    const started = server.start();
    const reloaded = server.reload().catch((error: unknown) => error);
    await server.stop();
    await started;
    expect(await reloaded).to.have.property('message', 'the server is shutting down');
  });

  it('that forbids remote access without a login is refused by a server that has it', async () => {
    await write({ host: '0.0.0.0', insecure: true });
    const server = await RunningServer.start(['--config', file]);
    await write({ host: '0.0.0.0', insecure: false });
    const failure = await server.reload().catch((error: unknown) => error);
    await server.stop(0);
    expect(failure).to.have.property('message').that.contains('refusing to listen on 0.0.0.0 without authentication');
  });
});
