import { expect } from 'chai';
import { callDocument, faultOf } from '../support/client.js';
import { type CursorClient, DatabaseGateway, type GatewayOptions } from '../support/database-gateway.js';
import { askBytes } from '../support/http.js';
import { testDatabase } from '../support/mariadb.js';
import { leakCheck } from '../support/resources.js';
import { untilItRuns } from '../support/running-statement.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const GONE = { code: 2006, string: 'mysql -- MySQL server has gone away' };
const LOST = { code: 2013, string: 'mysql -- Lost connection to MySQL server during query' };

describe('a network to MySQL', () => {
  let proxy: TcpProxy;
  let gateway: DatabaseGateway;
  let direct: DatabaseGateway;
  let noLeaks: (gateway: DatabaseGateway) => Promise<void>;

  before(async function () {
    direct = await DatabaseGateway.start(testDatabase(this), { connections: 2 });
    await direct.execute('drop table if exists faulty');
    await direct.execute('create table faulty (id int)');
  });

  after(() => direct?.stop());

  beforeEach(async () => {
    const path = new URL(process.env.NETSVC_TEST_DATABASE ?? '').searchParams.get('socket') ?? '';
    proxy = await TcpProxy.start({ path });
    noLeaks = await leakCheck();
  });

  const start = async (options: GatewayOptions = {}) => {
    gateway = await DatabaseGateway.start(`mysql://root@127.0.0.1:${proxy.port}/test`, options);
  };

  afterEach(async () => {
    proxy.heal();
    await until(async () => JSON.stringify(await gateway.execute('select 42').catch(() => 0)) === '[[42]]');
    await noLeaks(gateway);
    await proxy.stop();
  });

  /** A session in a transaction, and its connection to MySQL. */
  const pinned = async (cursorclass = 'Cursor') => {
    const before = proxy.connections;
    const cursor = await gateway.cursor(60, cursorclass);
    await cursor.call('begin');
    const connection = proxy.connections.find((one) => !before.includes(one)) ?? before.at(-1);
    if (connection === undefined) throw new Error('it has no connection of its own');
    return { cursor, connection };
  };

  /** Another session is not affected. */
  const unnoticed = async (fault: () => Promise<void>) => {
    const { cursor: other } = await pinned();
    await other.execute('set @mine = 7');
    await fault();
    expect(await other.rows('select @mine')).to.deep.equal([[7]]);
    await other.call('close');
  };

  const finds = async (fault: object, cursor: CursorClient, query: string) => {
    expect(await faultOf(cursor.execute(query))).to.deep.equal(fault);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
  };

  it('that cuts a connection in a transaction: fault 2006 once', async () => {
    await start();
    await unnoticed(async () => {
      const { cursor, connection } = await pinned();
      proxy.cut([connection]);
      await until(() => !proxy.connections.includes(connection));
      await finds(GONE, cursor, 'select 1');
    });
  });

  it('that cuts a connection of a session that is not pinned: no fault', async () => {
    await start();
    const cursor = await gateway.cursor();
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    proxy.cut();
    await until(() => gateway.pool.counts.open === 0);
    expect(await cursor.rows('select 2')).to.deep.equal([[2]]);
  });

  it('that cuts a connection during a statement: fault 2013, and the statement is not run again', async () => {
    await start();
    await direct.execute('truncate table faulty');
    await unnoticed(async () => {
      const { cursor, connection } = await pinned();
      await cursor.call('commit');
      const query = 'insert into faulty select 1 from dual where sleep(0.3) = 0';
      const answer = faultOf(cursor.execute(query));
      await untilItRuns(direct, query);
      proxy.cut([connection]);
      expect(await answer).to.deep.equal(LOST);
      await until(async () => JSON.stringify(await direct.execute('select count(*) from faulty')) !== '[[0]]', 1).catch(
        () => {},
      );
      expect(Number(((await direct.execute('select count(*) from faulty')) as number[][])[0]?.[0])).to.be.at.most(1);
      expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    });
  });

  it('that cuts a connection during a result: fault 2013, and no partial result', async () => {
    await start();
    await unnoticed(async () => {
      const { cursor } = await pinned();
      proxy.cutAfter(100_000);
      const answer = await faultOf(cursor.execute('select seq from numbers'));
      proxy.heal();
      expect(answer).to.deep.equal(LOST);
      expect((await faultOf(cursor.call('fetchall'))).string).to.contain('execute() first');
      expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    });
  });

  it('that cuts a connection during a stream: fault 2013, or a broken-off response', async () => {
    await start();
    await unnoticed(async () => {
      const { cursor } = await pinned('SSCursor');
      proxy.cutAfter(2_000_000);
      await cursor.execute("select a.seq, repeat('x', 100) from numbers a, numbers b where b.seq <= 10");
      const answer = await askBytes(cursor.url, { body: callDocument('fetchall') }).catch((error: Error) => error);
      proxy.heal();
      // A loss that is noticed before the response has begun is a fault.
      if (answer instanceof Error) expect(await faultOf(cursor.call('fetchone'))).to.deep.equal(LOST);
      else expect(String(answer.bytes)).to.contain('<int>2013</int>');
      await until(async () => {
        await cursor.execute('select 1').catch(() => {});
        return JSON.stringify(await cursor.call('fetchall').catch(() => '')) === '[[1]]';
      });
    });
  });

  it('that loses the packets of an idle connection: no fault, and another connection', async () => {
    await start();
    const cursor = await gateway.cursor();
    await cursor.execute('select 1');
    proxy.freeze();
    // Long enough for a ping before the next use.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const answer = cursor.rows('select 2');
    await until(() => proxy.connections.length > 1);
    proxy.thaw();
    expect(await answer).to.deep.equal([[2]]);
  });

  it('that loses packets during a statement: fault 58 after --query-timeout, even if KILL QUERY is lost', async () => {
    await start({ queryTimeout: 0.7 });
    const { cursor } = await pinned();
    const answer = faultOf(cursor.execute('select sleep(77)'));
    await untilItRuns(direct, 'select sleep(77)');
    proxy.freeze();
    expect((await answer).code).to.equal(58);
    proxy.heal();
    expect(await faultOf(cursor.execute('select 1'))).to.deep.equal(GONE);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
  }).timeout(20_000);

  it('that sends garbage: a fault, and another connection', async () => {
    // Garbage may announce a packet that never arrives.
    await start({ queryTimeout: 1, connectWait: 2, connections: 6 });
    await unnoticed(async () => {
      const all: Awaited<ReturnType<typeof pinned>>[] = [];
      for (let i = 0; i < 4; i++) all.push(await pinned());
      const states = new Map(all.map(({ connection }, i) => [connection, i + 1]));
      proxy.scramble((connection) => {
        const state = ((states.get(connection) ?? 5) * 1103515245 + 12345) % 2 ** 31;
        states.set(connection, state);
        return state / 2 ** 31;
      });
      // At once, because each may wait until the connection that would stop its statement is given up.
      const answers = await Promise.all(all.map(({ cursor }) => cursor.execute('select 1').catch((error) => error)));
      proxy.heal();
      for (const answer of answers) expect(answer).to.be.instanceOf(Error);
      await until(() => all.every(({ connection }) => !proxy.connections.includes(connection)));
      for (const { cursor } of all) {
        // An attempt to connect may have begun with garbage.
        await until(async () => (await cursor.execute('select 1').catch(() => 0)) === 1);
        await cursor.call('close');
      }
    });
  }).timeout(40_000);

  it('that is slow, or splits packets: no fault', async () => {
    await start();
    const query = "select seq, repeat('x', seq) from numbers where seq <= 300";
    const expected = await direct.execute(query);
    const cursor = await gateway.cursor();
    proxy.delay(30);
    expect(await cursor.rows(query)).to.deep.equal(expected);
    for (const bytes of [1, 3, 7]) {
      proxy.drip(bytes);
      expect(await cursor.rows(query)).to.deep.equal(expected);
    }
  });
});
