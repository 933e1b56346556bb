import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { faultOf } from '../support/client.js';
import { type CursorClient, DatabaseGateway, type GatewayOptions } from '../support/database-gateway.js';
import { PrivateMysql } from '../support/private-mysql.js';
import { until } from '../support/until.js';

const CLIENTS = 40;

/** The faults of a statement that was running when its connection was lost. */
const LOST = [2013, 1053, 1927];

describe('an outage of MySQL', () => {
  const mysql = new PrivateMysql();
  let gateway: DatabaseGateway;

  before(async () => {
    await mysql.query('create table test.entries (id int auto_increment primary key, client int)');
    await mysql.query('create user app@localhost');
    await mysql.query('grant all on test.* to app@localhost');
  });

  afterEach(() => gateway?.stop());

  const start = async (options: GatewayOptions, user?: string) => {
    gateway = await DatabaseGateway.start(mysql.url(user), options);
  };

  it(`is a delay for ${CLIENTS} sessions that are not pinned, and no statement is repeated`, async function () {
    this.timeout(60_000);
    await start({ connections: 8, connectWait: 20 });
    const sessions = await Promise.all(Array.from({ length: CLIENTS }, () => gateway.cursor()));
    const pinned = await gateway.cursor();
    await pinned.call('begin');
    await pinned.execute('insert into entries (client) values (-1)');
    const done = sessions.map(() => 0);
    const faults: number[] = [];
    let ending = false;
    const run = async (cursor: CursorClient, client: number) => {
      while (!ending) {
        const fault = await cursor.execute('insert into entries (client) values (%s)', [client]).then(
          () => undefined,
          ({ faultCode }) => Number(faultCode),
        );
        if (fault === undefined) done[client] = (done[client] ?? 0) + 1;
        else faults.push(fault);
        await cursor.rows('select last_insert_id()').catch(({ faultCode }) => faults.push(Number(faultCode)));
      }
    };
    const running = Promise.all(sessions.map(run));
    const progress = (rounds: number) =>
      Promise.race([running, until(() => done.every((count) => count >= rounds), 30)]);
    await progress(1);
    await mysql.stop();
    await until(() => gateway.pool.counts.waiting >= CLIENTS);
    await mysql.start();
    await progress(Math.max(...done) + 1);
    ending = true;
    await running;
    expect(faults.filter((code) => !LOST.includes(code))).to.deep.equal([]);
    expect(faults.length).to.be.at.most(8);
    const [[written] = []] = (await gateway.execute('select count(*) from entries')) as number[][];
    const acknowledged = done.reduce((sum, count) => sum + count, 0);
    expect(written).to.be.within(acknowledged, acknowledged + faults.length);
    expect((await faultOf(pinned.execute('select 1'))).code).to.equal(2006);
    expect(await pinned.rows('select count(*) from entries where client = -1')).to.deep.equal([[0]]);
  });

  it('that lasts longer than anybody waits leaves no sessions of a storm of retries behind', async () => {
    await start({ connections: 4, connectWait: 0.3, maxSessions: 12 });
    await gateway.execute('select 1');
    await mysql.stop();
    const faults = new Map<number, number>();
    const count = ({ code }: { code: number }) => faults.set(code, (faults.get(code) ?? 0) + 1);
    let storming = true;
    const client = async () => {
      while (storming) {
        try {
          const cursor = await gateway.cursor();
          count(await faultOf(cursor.execute('select 1')));
        } catch (error) {
          count({ code: (error as { faultCode: number }).faultCode });
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    // Each opens at most two sessions before it is known that MySQL is away.
    const storm = Promise.all([1, 2, 3, 4].map(client));
    await until(() => (faults.get(2002) ?? 0) > 100);
    storming = false;
    await storm;
    expect([...faults.keys()]).to.deep.equal([2002]);
    const since = performance.now();
    expect((await faultOf(gateway.execute('select 1'))).code).to.equal(2002);
    expect(performance.now() - since).to.be.lessThan(200);
    await mysql.start();
    const back = performance.now();
    await until(() => !gateway.pool.unreachable);
    expect(performance.now() - back).to.be.lessThan(1500);
    expect(await (await gateway.cursor()).rows('select 1')).to.deep.equal([[1]]);
  });

  it('in which MySQL hangs is told as such at the deadline, and ends by itself', async () => {
    await start({ connections: 3, connectWait: 1 });
    const cursor = await gateway.cursor();
    await cursor.call('begin');
    await cursor.execute('select 1');
    await mysql.frozen(async () => {
      const { code, string } = await faultOf(gateway.execute('select 1'));
      expect({ code, string }).to.include({ code: 2002 });
      expect(string).to.contain('(connection timed out)');
      expect((await faultOf(gateway.cursor())).code).to.equal(2002);
    });
    await until(() => !gateway.pool.unreachable);
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
    expect(await cursor.rows('select 2')).to.deep.equal([[2]]);
  });

  for (const what of ['an idle connection', 'one that a session has set up']) {
    it(`in which MySQL hangs has one deadline, also for a request that finds ${what}`, async () => {
      await start({ connections: 3, connectWait: 1 });
      const cursor = await gateway.cursor();
      if (what === 'one that a session has set up') await cursor.execute("set time_zone = '+01:00'");
      if (what === 'an idle connection') await gateway.execute('select 1');
      else await cursor.execute('select 1');
      // By then it may be lost, so that it is not used unasked.
      await wait(1100);
      await mysql.frozen(async () => {
        const since = performance.now();
        const { code } = await faultOf(
          what === 'an idle connection' ? gateway.execute('select 1') : cursor.rows('do 0'),
        );
        expect(code).to.be.oneOf([51, 2002]);
        // The connection of a session has two seconds to answer.
        expect(performance.now() - since).to.be.lessThan(what === 'an idle connection' ? 1900 : 2900);
      });
      await until(async () => (await gateway.execute('select 1').catch(() => undefined)) !== undefined);
    });
  }

  it('in which MySQL hangs while it resets connections is told with true numbers', async () => {
    await start({ connections: 2, connectWait: 1 });
    const [idle, ended] = [await gateway.cursor(), await gateway.cursor()];
    for (const cursor of [idle, ended]) await cursor.call('begin');
    await ended.execute('select 1');
    await mysql.frozen(async () => {
      void ended.call('close').catch(() => {});
      await until(() => gateway.pool.counts.resetting === 1);
      const { code, string } = await faultOf(gateway.execute('select 1'));
      expect(code).to.equal(51);
      expect(string).to.match(/of 2 connections, 1 were in use, 0 were being opened and 1 were being reset\.$/);
    });
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
  });

  it('that refuses connections (1040) is no fault as long as those of the pool come back', async () => {
    await start({ connections: 40, connectWait: 10 }, 'app');
    await mysql.withVariable('max_connections', 10, async () => {
      const clients = Array.from({ length: 40 }, async () => {
        for (let i = 0; i < 3; i++) await gateway.execute('select sleep(0.05)');
      });
      await Promise.all(clients);
      const held = await Promise.all(Array.from({ length: 5 }, () => gateway.cursor()));
      for (const cursor of held) await cursor.call('begin');
    });
  });

  it('that refuses all connections (1040) until the deadline is told as such', async () => {
    const others = await DatabaseGateway.start(mysql.url('app'), { connections: 40 });
    await mysql.withVariable('max_connections', 10, async () => {
      const sessions = await Promise.all(Array.from({ length: 12 }, () => others.cursor()));
      const pins = sessions.map((cursor) => cursor.call('begin').catch(() => {}));
      await until(() => others.pool.counts.pinned >= 8);
      await start({ connections: 2, connectWait: 0.5 }, 'app');
      expect((await faultOf(gateway.execute('select 1'))).code).to.equal(1040);
      const waiting = gateway.execute('select 1');
      await until(() => gateway.pool.counts.waiting === 1);
      await others.stop();
      await Promise.all(pins);
      expect(await waiting).to.deep.equal([[1]]);
    });
  });
});
