import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { PrivateServer } from '#lib/server/private/private-server.js';
import { faultOf } from '../support/client.js';
import { DatabaseGateway, type GatewayOptions } from '../support/database-gateway.js';
import { startPrivateServer, testDatabase, urlOf } from '../support/mariadb.js';
import { leakCheck } from '../support/resources.js';
import { until } from '../support/until.js';

describe('a MySQL server', () => {
  let folder: string;
  let server: PrivateServer;
  let gateway: DatabaseGateway;
  let noLeaks: (gateway: DatabaseGateway) => Promise<void>;

  before(async function () {
    testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-faults-'));
    server = await startPrivateServer(folder);
    const setUp = await DatabaseGateway.start(urlOf(server));
    for (const statement of [
      'create table account (id int primary key, amount int)',
      'insert into account values (1, 10), (2, 20)',
      'create user app@localhost',
      'grant all on test.* to app@localhost',
    ]) {
      await setUp.execute(statement);
    }
    await setUp.stop();
  });

  after(async () => {
    await server?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    noLeaks = await leakCheck();
  });

  const start = async (options: GatewayOptions = {}, user = 'root') => {
    gateway = await DatabaseGateway.start(urlOf(server).replace('root@', `${user}@`), options);
  };

  afterEach(async () => {
    expect(await (await gateway.cursor()).rows('select 42')).to.deep.equal([[42]]);
    await noLeaks(gateway);
  });

  /** Sets a global variable of the server while `during` runs. */
  const set = async (variable: string, value: number, during: () => Promise<void>) => {
    const administrator = await DatabaseGateway.start(urlOf(server), { connections: 1 });
    const [[before]] = (await administrator.execute(`select @@global.${variable}`)) as [[number]];
    await administrator.execute(`set global ${variable} = ${value}`);
    try {
      await during();
    } finally {
      await administrator.execute(`set global ${variable} = ${before}`);
      await administrator.stop();
    }
  };

  it('that hangs: fault 58 after --query-timeout, and recovery when it continues', async () => {
    await start({ queryTimeout: 0.3 });
    const [waiting, other] = [await gateway.cursor(), await gateway.cursor()];
    await other.execute('set @mine = 7');
    await waiting.execute('select 1');
    process.kill(server.pid ?? 0, 'SIGSTOP');
    try {
      await until(() => /^State:\s+T/m.test(readFileSync(`/proc/${server.pid}/status`, 'utf8')));
      expect((await faultOf(waiting.execute('select 1'))).code).to.equal(58);
    } finally {
      process.kill(server.pid ?? 0, 'SIGCONT');
    }
    expect(await waiting.rows('select 1')).to.deep.equal([[1]]);
    expect(await other.rows('select @mine')).to.deep.equal([[7]]);
  }).timeout(20_000);

  it('that is restarted: fault 2006 for pinned sessions, none for the others', async () => {
    await start();
    const [pinned, free] = [await gateway.cursor(), await gateway.cursor()];
    await pinned.call('begin');
    await pinned.execute('update account set amount = 0');
    await free.execute('select 1');
    await server.stop();
    server = await startPrivateServer(folder);
    expect(await free.rows('select amount from account')).to.deep.equal([[10], [20]]);
    expect((await faultOf(pinned.execute('select 1'))).code).to.equal(2006);
    expect(await pinned.rows('select amount from account')).to.deep.equal([[10], [20]]);
  });

  it('that is read-only: fault 1290, and the session stays open', async () => {
    await start({}, 'app');
    await set('read_only', 1, async () => {
      const cursor = await gateway.cursor();
      const { code, string } = await faultOf(cursor.execute('update account set amount = 0'));
      expect(code).to.equal(1290);
      expect(string).to.match(/^mysql -- .*read-only/);
      expect(await cursor.rows('select count(*) from account')).to.deep.equal([[2]]);
    });
  });

  it('that accepts no more connections: fault 1040, and recovery when it does', async () => {
    await start({ connectWait: 0.5 }, 'app');
    const cursor = await gateway.cursor();
    await cursor.call('begin');
    await set('max_connections', 10, async () => {
      const others = await DatabaseGateway.start(urlOf(server), { connections: 20, connectWait: 1 });
      const sessions = await Promise.all(Array.from({ length: 20 }, () => others.cursor()));
      await Promise.allSettled(sessions.map((session) => session.call('begin')));
      const refused = await gateway.cursor();
      expect((await faultOf(refused.execute('select 1'))).code).to.equal(1040);
      expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
      await others.stop();
      await until(async () => (await refused.execute('select 1').catch(() => 0)) === 1);
    });
  });

  it('that does not accept a statement of its size: fault 1153, and the session stays open', async () => {
    await start();
    await set('max_allowed_packet', 1024 * 1024, async () => {
      const cursor = await gateway.cursor();
      await cursor.execute('set @kept = 1');
      const { code } = await faultOf(cursor.execute('select length(%s)', ['x'.repeat(2 * 1024 * 1024)]));
      expect(code).to.equal(1153);
      expect(await cursor.rows('select @kept')).to.deep.equal([[1]]);
      expect(await cursor.execute('select length(%s)', ['x'.repeat(1000 * 1024)])).to.equal(1);
    });
  });

  it('that times out on a lock: fault 1205, and the transaction stays open', async () => {
    await start();
    const [first, second] = [await gateway.cursor(), await gateway.cursor()];
    await second.execute('set innodb_lock_wait_timeout = 1');
    for (const cursor of [first, second]) await cursor.call('begin');
    await first.execute('update account set amount = 11 where id = 1');
    await second.execute('update account set amount = 21 where id = 2');
    expect((await faultOf(second.execute('update account set amount = 12 where id = 1'))).code).to.equal(1205);
    await first.call('rollback');
    expect(await second.rows('select amount from account order by id')).to.deep.equal([[10], [21]]);
    await second.call('rollback');
  });

  it('that detects a deadlock: fault 1213 for one session, and the other continues', async () => {
    await start();
    const cursors = [await gateway.cursor(), await gateway.cursor()];
    for (const cursor of cursors) await cursor.call('begin');
    await Promise.all(cursors.map((cursor, i) => cursor.execute(`update account set amount = 0 where id = ${i + 1}`)));
    const outcomes = await Promise.allSettled(
      cursors.map((cursor, i) => cursor.execute(`update account set amount = 0 where id = ${2 - i}`)),
    );
    const failed = outcomes.filter(({ status }) => status === 'rejected');
    expect(failed).to.have.length(1);
    expect(failed[0]).to.have.nested.property('reason.faultCode', 1213);
    for (const cursor of cursors) await cursor.call('rollback');
    expect(await gateway.execute('select amount from account')).to.deep.equal([[10], [20]]);
  });
});
