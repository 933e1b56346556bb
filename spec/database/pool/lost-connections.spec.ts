import { expect } from 'chai';
import { faultOf } from '../../support/client.js';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { FakeServer } from '../../support/fake-server.js';
import { PrivateMysql } from '../../support/private-mysql.js';
import { suiteGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

const GONE = { code: 2006, string: 'mysql -- MySQL server has gone away' };
const LOST = { code: 2013, string: 'mysql -- Lost connection to MySQL server during query' };

/** The number of connections of which a condition is true. */
async function connections(gateway: DatabaseGateway, condition: string): Promise<number> {
  const rows = await gateway.execute(`select count(*) from information_schema.processlist where ${condition}`);
  return Number(rows);
}

describe('a lost connection to MySQL', () => {
  const gateway = suiteGateway();
  let cursor: CursorClient;
  let other: CursorClient;

  beforeEach(async () => {
    [cursor, other] = [await gateway.cursor(), await gateway.cursor()];
    await other.execute('set @mine = 7');
  });

  afterEach(async () => {
    expect(await other.rows('select @mine')).to.deep.equal([[7]]);
  });

  const threadId = async () => Number(((await cursor.rows('select connection_id()')) as number[][])[0]?.[0]);

  it('while it is idle: fault 2006 once, and the next statement uses another connection', async () => {
    const id = await threadId();
    await cursor.call('begin');
    await gateway.execute(`kill ${id}`);
    await until(async () => (await connections(gateway, `id = ${id}`)) === 0);
    expect(await faultOf(cursor.execute('select 1'))).to.deep.equal(GONE);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    expect(await threadId()).to.not.equal(id);
  });

  it('during a statement: fault 2013, and the next statement uses another connection', async () => {
    const id = await threadId();
    const running = faultOf(cursor.execute('select sleep(60.5)'));
    await until(async () => (await connections(gateway, "info = 'select sleep(60.5)'")) === 1);
    await gateway.execute(`kill ${id}`);
    const { code } = await running;
    // The server may send an error before it closes the connection.
    expect(code).to.be.oneOf([LOST.code, 1927, 1053]);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
  });

  it('by a statement that closes it: a fault, and the connection is not used again', async () => {
    expect((await faultOf(cursor.execute('kill connection_id()'))).code).to.be.oneOf([LOST.code, 1317, 1927]);
    await cursor.execute('select 1').catch(() => {});
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
  });
});

describe('a MySQL server that does not exist', () => {
  it('causes fault 2003 for a host and port', async () => {
    const gateway = await DatabaseGateway.start('mysql://root:secret@127.0.0.1:1/test', { connectWait: 0.3 });
    const string = "mysql -- Can't connect to MySQL server on '127.0.0.1:1' (connection refused)";
    expect(await faultOf(gateway.execute('select 1'))).to.deep.equal({ code: 2003, string });
    await gateway.stop();
  });
});

describe('a MySQL server that does not answer', () => {
  it('causes fault 2003 before the wait for a connection ends', async () => {
    const silent = await FakeServer.silent();
    const { port } = silent;
    const gateway = await DatabaseGateway.start(`mysql://root@127.0.0.1:${port}/test`, { connectWait: 1 });
    const string = `mysql -- Can't connect to MySQL server on '127.0.0.1:${port}' (connection timed out)`;
    expect(await faultOf(gateway.execute('select 1'))).to.deep.equal({ code: 2003, string });
    // The next attempt is being made.
    await until(() => gateway.pool.counts.opening === 1);
    const since = performance.now();
    await gateway.stop();
    expect(performance.now() - since).to.be.lessThan(500);
    await silent.stop();
  });
});

describe('a MySQL server that stops', () => {
  const mysql = new PrivateMysql();

  it('causes faults until it is back, and is used again afterwards', async () => {
    await using gateway = await DatabaseGateway.start(mysql.url(), { connectWait: 2 });
    const cursor = await gateway.cursor();
    await cursor.execute('create table kept (id int)');
    const running = faultOf(cursor.execute('select sleep(60)'));
    const unused = await gateway.cursor();
    await until(async () => (await connections(gateway, "info = 'select sleep(60)'")) === 1);
    await mysql.kill();
    expect(await running).to.deep.equal(LOST);
    const { code, string } = await faultOf(unused.execute('select 1'));
    expect(code).to.equal(2002);
    expect(string).to.match(/^mysql -- Can't connect to local MySQL server through socket '\/.*'/);
    expect((await faultOf(gateway.execute('select 1'))).code).to.equal(2002);
    await mysql.start();
    await until(async () => Boolean(await gateway.execute('select 1').catch(() => false)));
    for (const client of [cursor, unused]) expect(await client.rows('select count(*) from kept')).to.deep.equal([[0]]);
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
  });
});
