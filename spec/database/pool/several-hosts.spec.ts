import dns from 'node:dns';
import { expect } from 'chai';
import type { Connection } from 'mysql2/promise';
import { type MysqlConnection, type MysqlError, parseMysqlUrl } from '#lib/database/index.js';
import { faultOf } from '../../support/client.js';
import type { GatewayOptions } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { poolFixture } from '../../support/pool-fixture.js';
import { specGateway } from '../../support/suite-gateway.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { APPLICATION, TcpServer, urlOfAll } from '../../support/tcp-server.js';
import { perServer } from '../../support/test-server.js';
import { until } from '../../support/until.js';

describe('a database with several hosts', function () {
  this.timeout(90_000);
  let servers: TcpServer[] = [];
  let [first, second]: [TcpServer?, TcpServer?] = [];
  const gateway = specGateway({ connectWait: 10 });

  before(async function () {
    testDatabase(this);
    servers = await Promise.all([1, 2].map((id) => TcpServer.start([`--server-id=${id}`])));
    [first, second] = servers;
    for (const [i, server] of servers.entries()) {
      await server.query('create table test.shared (id int primary key)');
      await server.query(`create table test.this_server select ${i + 1} as number`);
    }
  });

  after(() => Promise.all(servers.map((server) => server.remove())));

  afterEach(async () => {
    for (const server of servers) {
      if (server.pid === 0) await server.start();
      await readOnly(server, false);
      await server.query('delete from test.shared');
    }
  });

  const serverOf = (i: 0 | 1): TcpServer => servers[i] ?? expect.fail('no server');

  const readOnly = (server: TcpServer | undefined, on: boolean) => server?.query(`set global read_only = ${on}`);

  const start = async (options: GatewayOptions = {}, url = urlOfAll(servers)) => {
    await gateway.start(options, url);
    return gateway;
  };

  /** The server of the next statement: 1 or 2. */
  const used = async () => {
    const [[number] = []] = (await gateway.execute('select number from this_server')) as number[][];
    return number;
  };

  const insert = (id: number) => gateway.execute('insert into shared values (%s)', [id]);

  const opened = async (server: TcpServer) => Number((await server.query("show status like 'Connections'"))[0]?.[1]);

  it('uses the next one when the first stops, and stays with it', async () => {
    const changes: string[] = [];
    const observer = { hostChanged: (_database: string, host: string) => changes.push(host) };
    const { pool } = await start({ connections: 1, observer });
    const cursor = await gateway.cursor();
    await cursor.execute('begin');
    await first?.stop();
    expect((await faultOf(cursor.execute('select 1'))).code).to.be.oneOf([2006, 2013]);
    expect(await cursor.rows('select number from this_server')).to.deep.equal([[2]]);
    await first?.start();
    expect(await used()).to.equal(2);
    await cursor.call('close');
    await second?.stop();
    await until(() => pool.counts.open === 0);
    expect(await used()).to.equal(1);
    expect(changes).to.deep.equal([serverOf(1).address, serverOf(0).address]);
  });

  it('does not open more connections than allowed while it searches for a host', async () => {
    await first?.stop();
    const { pool } = await start({ connections: 2 });
    const counted: number[] = [];
    const timer = setInterval(() => counted.push(pool.counts.open), 1);
    await Promise.all(Array.from({ length: 10 }, () => gateway.execute('select sleep(0.02)')));
    clearInterval(timer);
    expect(Math.max(...counted)).to.be.at.most(2);
    expect(await opened(serverOf(1))).to.be.greaterThan(0);
  });

  it('reports what is wrong with each of them if none can be used', async () => {
    const url = `mysql://${APPLICATION}@127.0.0.1:1,${serverOf(0).address}/test`;
    await readOnly(first, true);
    await start({ connectWait: 0.5 }, url);
    expect(await faultOf(insert(1))).to.deep.equal({
      code: 2003,
      string:
        "mysql -- Can't connect to MySQL server on '127.0.0.1:1' (connection refused); " +
        `Can't connect to MySQL server on '${serverOf(0).address}' (read-only)`,
    });
    await readOnly(first, false);
    await until(async () => (await insert(1).catch(() => 0)) === 1);
  });

  it('does not use another one if the account is refused', async () => {
    await first?.query(`alter user ${APPLICATION} identified by 'secret'`);
    await start();
    expect((await faultOf(insert(1))).code).to.equal(1045);
    await first?.query(`alter user ${APPLICATION} identified by ''`);
    expect(await used()).to.equal(1);
  });

  it('leaves one that becomes read-only: its fault, and the next statement uses a writable one', async () => {
    const { pool } = await start();
    const [pinned, parked] = [await gateway.cursor(), await gateway.cursor()];
    await pinned.call('begin');
    expect(await pinned.rows('select number from this_server')).to.deep.equal([[1]]);
    expect(await parked.rows('select last_insert_id(5)')).to.deep.equal([[5]]);
    expect(await used()).to.equal(1);
    await until(() => pool.counts.idle === 1);
    await readOnly(first, true);
    const { code, string } = await faultOf(insert(1));
    expect(code).to.equal(1290);
    expect(string).to.contain('--read-only option so it cannot execute this statement');
    expect(await used()).to.equal(2);
    await insert(1);
    // The other sessions: without a fault, and with their state.
    expect(await parked.rows('select last_insert_id(), number from this_server')).to.deep.equal([[5, 2]]);
    expect((await faultOf(pinned.execute('insert into shared values (2)'))).code).to.equal(1290);
    expect(await pinned.rows('select number from this_server')).to.deep.equal([[1]]);
    await pinned.call('rollback');
    expect(await pinned.rows('select number from this_server')).to.deep.equal([[2]]);
    await until(async () => (await clients(serverOf(0))) === 0);
    expect(pool.counts.open).to.equal(await clients(serverOf(1)));
    expect(await second?.query('select * from test.shared')).to.deep.equal([[1]]);
  });

  const clients = async (server: TcpServer) => {
    const sql = `select count(*) from information_schema.processlist where user = '${APPLICATION}'`;
    return Number((await server.query(sql))[0]?.[0]);
  };

  it('stays with one that has become read-only if no other is writable, so that reads go on', async () => {
    await start();
    await insert(1);
    for (const server of servers) await readOnly(server, true);
    for (let i = 0; i < 3; i++) expect((await faultOf(insert(2))).code).to.equal(1290);
    expect(await gateway.execute('select id, number from shared, this_server')).to.deep.equal([[1, 1]]);
    await readOnly(second, false);
    await until(async () => {
      await insert(3).catch(() => {});
      return (await used()) === 2;
    });
  });

  it('uses replicas for a read-only endpoint, and stays with one that becomes read-only', async () => {
    for (const server of servers) await readOnly(server, true);
    const { pool } = await start({ readOnly: true });
    expect(await used()).to.equal(1);
    const [id] = pool.connections.map(({ threadId }) => threadId);
    expect((await faultOf(insert(1))).code).to.be.oneOf([1290, 1792]);
    expect(await used()).to.equal(1);
    // There may be another one, if the first was being reset.
    expect(pool.connections.map(({ threadId }) => threadId)).to.include(id);
    // One that is still being opened would be to the other server.
    await until(() => pool.counts.idle === pool.counts.open);
    await first?.stop();
    await until(() => pool.counts.open === 0);
    expect(await used()).to.equal(2);
  });

  describe('that become read-only', () => {
    const threads = () => gateway.pool.connections.map(({ threadId }) => threadId);

    it('has the same connection after a write in a READ ONLY transaction of the session', async () => {
      await start({ connections: 2 });
      const cursor = await gateway.cursor();
      await cursor.execute('start transaction read only');
      const before = threads();
      const asked = await opened(serverOf(0));
      expect((await faultOf(cursor.execute('insert into shared values (1)'))).code).to.equal(1792);
      await until(async () => (await opened(serverOf(0))) > asked + 2);
      await cursor.call('rollback');
      await cursor.call('close');
      await until(() => gateway.pool.counts.idle === 1);
      expect(threads()).to.deep.equal(before);
    });

    it('has other connections if the server makes all transactions READ ONLY', async () => {
      const variable = perServer({ MariaDB: 'tx_read_only', MySQL: 'transaction_read_only' });
      await start({ connections: 1 });
      await used();
      await first?.query(`set global ${variable} = 1`);
      // From the next reset on.
      await until(async () => {
        await insert(1).catch(() => {});
        return (await used()) === 2;
      });
      await first?.query(`set global ${variable} = 0`);
    });

    it('is connected to at most once a second, however many statements it refuses', async () => {
      const { pool } = await start({ connections: 1 }, urlOfAll([serverOf(0)]));
      await used();
      const seen = new Set(threads());
      await readOnly(first, true);
      const since = performance.now();
      for (let i = 0; i < 100; i++) {
        expect((await faultOf(insert(i))).code).to.equal(1290);
        for (const { threadId } of pool.connections) seen.add(threadId);
      }
      const seconds = (performance.now() - since) / 1000;
      expect(seen.size).to.be.within(2, seconds + 2);
    });
  });

  describe('and the numbers of their connections', () => {
    const pools = poolFixture();
    const strangers: Connection[] = [];

    afterEach(() => {
      for (const stranger of strangers.splice(0)) stranger.destroy();
    });

    const open = (url: string) => pools.open({ connectWait: 1 }, parseMysqlUrl(url).connection);

    /** Runs a statement of somebody else on `server`, on the connection that has the number of `connection`. */
    const runStrangers = async (server: TcpServer, { threadId }: MysqlConnection) => {
      for (;;) {
        const stranger = await server.connect();
        strangers.push(stranger);
        expect(stranger.threadId).to.be.at.most(threadId);
        if (stranger.threadId < threadId) continue;
        stranger.query('select sleep(60)').catch(() => {});
        await until(() => isSleeping(server, threadId));
        return;
      }
    };

    const isSleeping = async (server: TcpServer, threadId: number) => {
      const sql = `select count(*) from information_schema.processlist where id = ${threadId} and info like '%sleep(60)%'`;
      return String(await server.query(sql)) === '1';
    };

    /** Stops a statement of the connection by KILL QUERY, which must not cost the connection. */
    const stopsStatement = async (running: MysqlConnection) => {
      const stopped = running.query('select sleep(60)');
      await until(() => isSleeping(serverOf(0), running.threadId));
      await running.kill();
      await stopped.catch(() => {});
      expect(running.lost).to.equal(undefined);
    };

    /** Makes the numbers of the first server larger than those of the second. */
    const advance = async () => {
      while ((await opened(serverOf(0))) < (await opened(serverOf(1))) + 5) await first?.query('do 0');
    };

    it('are those of the server that runs the statement, when others have moved', async () => {
      await advance();
      open(urlOfAll(servers));
      const [running, writing] = [await pools.acquire(), await pools.acquire()];
      await readOnly(first, true);
      expect(await writing.runOwn('insert into shared values (1)').catch(({ errno }) => errno)).to.equal(1290);
      expect(await (await pools.acquire()).query('select number from this_server')).to.deep.equal([['2']]);
      await runStrangers(serverOf(1), running);
      await stopsStatement(running);
      expect(await isSleeping(serverOf(1), running.threadId)).to.equal(true);
    });

    it('are not used if another server has the address by now', async () => {
      await advance();
      const target = { port: serverOf(0).port };
      const proxy = await TcpProxy.start(target);
      open(`mysql://${APPLICATION}@127.0.0.1:${proxy.port}/test`);
      const running = await pools.acquire();
      const failed = running.query('select sleep(60)').catch((error: MysqlError) => error.errno);
      target.port = serverOf(1).port;
      await runStrangers(serverOf(1), running);
      await running.kill();
      expect(await failed).to.equal(2013);
      expect(await isSleeping(serverOf(1), running.threadId)).to.equal(true);
      await proxy.stop();
    });

    it('are those of the address that is connected to, whatever its name means by now', async () => {
      let addresses = ['127.0.0.3', '127.0.0.1'];
      const { lookup } = dns;
      const patched = (name: string, options: unknown, done: (...args: unknown[]) => void) => {
        if (name !== 'db.test') return Reflect.apply(lookup, dns, [name, options, done]);
        return done(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        );
      };
      Reflect.set(dns, 'lookup', patched);
      try {
        const url = `mysql://${APPLICATION}@db.test:${serverOf(0).port}/test?ssl-mode=DISABLED`;
        open(url);
        const running = await pools.acquire();
        addresses = ['127.0.0.3'];
        expect(await pools.acquire().catch(({ errno }) => errno)).to.equal(2003);
        await stopsStatement(running);
      } finally {
        Reflect.set(dns, 'lookup', lookup);
      }
    });
  });
});
