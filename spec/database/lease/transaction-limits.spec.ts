import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { Cursor } from '#lib/database/index.js';
import { call, faultOf } from '../../support/client.js';
import type { CursorClient, GatewayOptions } from '../../support/database-gateway.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway, specGateway } from '../../support/suite-gateway.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';

describe('a transaction that exceeds a limit', () => {
  const gateway = specGateway({ connections: 1 });
  let cursor: CursorClient;

  before(async () => {
    await using outside = await otherGateway();
    await recreate(outside, 'table kept (id int auto_increment primary key, v int)');
  });

  const start = async (options: GatewayOptions, cursorclass = 'Cursor', url?: string) => {
    await gateway.start(options, url);
    await gateway.execute('truncate table kept');
    cursor = await gateway.cursor(60, cursorclass);
  };

  const insert = () => cursor.execute('insert into kept (v) values (1)');
  /** Waits until the connection is free, and so for the end of the transaction. */
  const free = () => until(() => gateway.pool.counts.parked + gateway.pool.counts.idle === 1);
  const sessionOf = ({ id }: CursorClient) =>
    gateway.registry.lookupServiceName(`database/${id}`) as Cursor | undefined;
  const count = () => gateway.execute('select count(*) from kept');

  const told = async (call: Promise<unknown>, text: RegExp) => {
    const { code, string } = await faultOf(call);
    expect(code).to.equal(58);
    expect(string).to.match(text);
  };

  it('of its idle time is rolled back, frees its connection, and is told once', async () => {
    await start({ idleTransactionTimeout: 0.2 });
    await cursor.call('begin');
    await insert();
    await free();
    expect(await count()).to.deep.equal([[0]]);
    await told(cursor.call('commit'), /The transaction was idle for more than 0\.2 seconds, which is the limit\./);
    expect(await cursor.rows('select count(*) from kept')).to.deep.equal([[0]]);
    await insert();
    expect(await count()).to.deep.equal([[1]]);
  });

  it('of its time is rolled back, although statements keep it from being idle', async () => {
    await start({ transactionTimeout: 0.5, idleTransactionTimeout: 10 });
    await cursor.call('begin');
    await insert();
    const repeat = async () => {
      for (;;) await cursor.execute('select 1');
    };
    await told(repeat(), /The transaction took more than 0\.5 seconds, which is the limit\./);
    expect(await count()).to.deep.equal([[0]]);
    expect(await cursor.rows('select 2')).to.deep.equal([[2]]);
  });

  it('is rolled back if it is that of one call, whose running statement is stopped', async () => {
    await start({ transactionTimeout: 0.3 });
    const statements = [['insert into kept (v) values (1)'], ['select sleep(20)']];
    await told(call(gateway.url, 'transaction', statements), /The transaction took more than 0\.3 seconds/);
    expect(await count()).to.deep.equal([[0]]);
  });

  it('is rolled back although completion_type begins another one', async () => {
    await start({ idleTransactionTimeout: 0.2 });
    for (const type of ['CHAIN', 'RELEASE']) {
      await cursor.execute(`set completion_type = '${type}'`);
      await cursor.call('begin');
      await insert();
      await until(() => sessionOf(cursor)?.describe().pinReason !== 'transaction');
      await told(insert(), /was idle/);
      expect(await cursor.rows('select @@completion_type, count(*) from kept')).to.deep.equal([[type, 0]]);
    }
  });

  it('does not shorten the next one if its connection was lost', async () => {
    await start({ transactionTimeout: 1.5, connections: 2 });
    await cursor.call('begin');
    await insert();
    const [[id]] = (await cursor.rows('select connection_id()')) as [[number]];
    const begun = performance.now();
    await gateway.execute(`kill ${id}`);
    expect((await faultOf(cursor.execute('select 1'))).code).to.be.oneOf([2006, 2013]);
    await delay(1000);
    await cursor.call('begin');
    await insert();
    await delay(begun + 1700 - performance.now());
    await cursor.call('commit');
    expect(await count()).to.deep.equal([[1]]);
  });

  it('is told, and then the loss of the session, if the connection is lost during the rollback', async () => {
    const socket = new URL(process.env.NETSVC_TEST_DATABASE ?? '').searchParams.get('socket') ?? '';
    const proxy = await TcpProxy.start({ path: socket });
    try {
      await start({ idleTransactionTimeout: 1, connections: 2 }, 'Cursor', `mysql://root@127.0.0.1:${proxy.port}/test`);
      await cursor.execute('set autocommit = 0');
      const [[id]] = (await cursor.rows('select connection_id()')) as [[number]];
      await insert();
      proxy.cutAfter(0);
      // Others may be open, such as that of the statement before the session.
      await until(() => !gateway.pool.connections.some(({ threadId }) => threadId === id));
      proxy.heal();
      await told(cursor.execute('select 1'), /was idle/);
      expect((await faultOf(insert())).code).to.equal(2006);
      expect(await cursor.rows('select @@autocommit')).to.deep.equal([[1]]);
      expect(await count()).to.deep.equal([[0]]);
    } finally {
      await proxy.stop();
    }
  });

  it('is rolled back although rows of an SS cursor are unread', async () => {
    await start({ transactionTimeout: 0.3, idleTransactionTimeout: 0.1 }, 'SSCursor');
    await cursor.call('begin');
    await cursor.execute('select a.seq from numbers a, numbers b');
    await told(cursor.call('fetchall'), /The transaction took more than 0\.3 seconds/).catch(() => {});
    await free();
    await told(cursor.execute('select 1'), /The transaction took more than 0\.3 seconds/);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
  });

  it('keeps LAST_INSERT_ID(), and ROW_COUNT() is fault 51 instead of a wrong answer', async () => {
    await start({ idleTransactionTimeout: 0.2 });
    await cursor.call('begin');
    await cursor.execute('insert into kept (v) values (1), (2)');
    await until(() => gateway.pool.counts.parked === 1);
    await told(cursor.execute('select 1'), /was idle/);
    expect((await faultOf(cursor.execute('select row_count()'))).code).to.equal(51);
    expect(await cursor.rows('select last_insert_id()')).to.deep.equal([[1]]);
  });

  it('ends also if autocommit is off', async () => {
    await start({ idleTransactionTimeout: 0.2, connections: 2 });
    await cursor.execute('set autocommit = 0');
    await insert();
    // It waits for the row until the transaction has been rolled back.
    expect(await gateway.execute('update kept set v = 2 where id = 1')).to.equal(0);
    await told(insert(), /was idle/);
    expect(await count()).to.deep.equal([[0]]);
    expect(await cursor.rows('select @@autocommit')).to.deep.equal([[0]]);
  });
});
