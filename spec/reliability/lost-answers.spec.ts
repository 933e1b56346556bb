import { expect } from 'chai';
import { call } from '../support/client.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { runs, untilItRuns } from '../support/running-statement.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

describe('a client whose response is lost', () => {
  let gateway: DatabaseGateway;
  let proxy: TcpProxy;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
    await gateway.execute('drop table if exists ledger');
    await gateway.execute('create table ledger (id int)');
  });

  after(() => gateway?.stop());

  beforeEach(async () => {
    await gateway.execute('truncate table ledger');
    proxy = await TcpProxy.start({ port: Number(new URL(gateway.url).port) });
  });

  afterEach(() => proxy.stop());

  const entries = async () => Number(((await gateway.execute('select count(*) from ledger')) as number[][])[0]?.[0]);

  it('has its statement run once, and its session stays open', async () => {
    const cursor = await gateway.cursor();
    const url = cursor.url.replace(/:\d+\//, `:${proxy.port}/`);
    proxy.swallow();
    const answer = call(url, 'execute', 'insert into ledger values (1)').catch((error: Error) => error);
    await until(async () => (await entries()) === 1);
    proxy.cut();
    expect(await answer).to.be.instanceOf(Error);
    expect(await cursor.rows('select count(*) from ledger')).to.deep.equal([[1]]);
    expect(await cursor.call('rowcount')).to.equal(1);
  });

  it('has its running statement stopped, and its transaction stays open', async () => {
    const cursor = await gateway.cursor();
    await cursor.call('begin');
    await cursor.execute('insert into ledger values (1)');
    const url = cursor.url.replace(/:\d+\//, `:${proxy.port}/`);
    const query = 'insert into ledger select 2 from dual where sleep(50) = 0';
    const answer = call(url, 'execute', query).catch((error: Error) => error);
    await untilItRuns(gateway, query);
    proxy.cut();
    expect(await answer).to.be.instanceOf(Error);
    await until(async () => !(await runs(gateway, query)));
    expect(await cursor.rows('select id from ledger')).to.deep.equal([[1]]);
    await cursor.call('commit');
    expect(await entries()).to.equal(1);
  });
});
