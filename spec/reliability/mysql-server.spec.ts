import { expect } from 'chai';
import { faultOf } from '../support/client.js';
import { DatabaseGateway, type GatewayOptions } from '../support/database-gateway.js';
import { PrivateMysql } from '../support/private-mysql.js';
import { leakCheck } from '../support/resources.js';

describe('a MySQL server', () => {
  const mysql = new PrivateMysql();
  let gateway: DatabaseGateway;
  let noLeaks: (gateway: DatabaseGateway) => Promise<void>;

  before(async () => {
    await mysql.query('create table test.account (id int primary key, amount int)');
    await mysql.query('insert into test.account values (1, 10), (2, 20)');
    await mysql.query('create user app@localhost');
    await mysql.query('grant all on test.* to app@localhost');
  });

  beforeEach(async () => {
    noLeaks = await leakCheck();
  });

  const start = async (options: GatewayOptions = {}, user?: string) => {
    gateway = await DatabaseGateway.start(mysql.url(user), options);
  };

  afterEach(async () => {
    expect(await (await gateway.cursor()).rows('select 42')).to.deep.equal([[42]]);
    await noLeaks(gateway);
  });

  it('that hangs: fault 58 after --query-timeout, and recovery when it continues', async () => {
    await start({ queryTimeout: 0.3 });
    const [waiting, other] = [await gateway.cursor(), await gateway.cursor()];
    await other.execute('set @mine = 7');
    await waiting.execute('select 1');
    await mysql.frozen(async () => {
      expect((await faultOf(waiting.execute('select 1'))).code).to.equal(58);
    });
    expect(await waiting.rows('select 1')).to.deep.equal([[1]]);
    expect(await other.rows('select @mine')).to.deep.equal([[7]]);
  }).timeout(20_000);

  it('that is read-only: fault 1290, and the session stays open', async () => {
    await start({}, 'app');
    await mysql.withVariable('read_only', 1, async () => {
      const cursor = await gateway.cursor();
      const { code, string } = await faultOf(cursor.execute('update account set amount = 0'));
      expect(code).to.equal(1290);
      expect(string).to.match(/^mysql -- .*read-only/);
      expect(await cursor.rows('select count(*) from account')).to.deep.equal([[2]]);
    });
  });

  it('that does not accept a statement of its size: fault 1153, and the session stays open', async () => {
    await start();
    await mysql.withVariable('max_allowed_packet', 1024 * 1024, async () => {
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
