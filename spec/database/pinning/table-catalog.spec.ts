import { expect } from 'chai';
import { ConnectionPool, parseMysqlUrl } from '#lib/database/index.js';
import { classify } from '#lib/database/pinning/classify.js';
import { TableCatalog } from '#lib/database/pinning/table-catalog.js';
import { EndedSession } from '../../support/ended-session.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { until } from '../../support/until.js';
import { within } from '../../support/within.js';

describe('TableCatalog', () => {
  let pool: ConnectionPool;

  before(function () {
    pool = new ConnectionPool(parseMysqlUrl(testDatabase(this)).connection);
  });

  after(() => pool?.end());

  it('looks up a limited number of tables at a time: a statement with others pins', async () => {
    const connection = await pool.acquire();
    void pool.release(connection);
    const catalog = TableCatalog.of(connection.host);
    const found = await Promise.all(
      Array.from({ length: 1200 }, (_, i) => catalog.classify(classify(`select * from missing_${i}`))),
    );
    const unknown = found.map(({ pinReason }) => pinReason === 'unknown table');
    expect(unknown.slice(0, 1000)).not.to.include(true);
    expect(unknown.slice(1000)).not.to.include(false);
    // It is asked for when it is used again.
    expect((await catalog.classify(classify('select * from missing_1199'))).pinReason).to.equal(undefined);
  });
});

describe('a lookup of tables that ends late', () => {
  let ended: EndedSession;

  before(async function () {
    ended = await EndedSession.start(testDatabase(this), { connections: 2 });
    await recreate(ended.gateway, 'table late (v int)');
    await recreate(ended.gateway, 'trigger late_trigger before insert on late for each row set @late = 1');
  });

  after(() => ended?.stop());

  it('does not pin the connection that the session has got meanwhile', async () => {
    const { client, gateway, proxy, session } = ended;
    await client.execute('select 1');
    const lookup = proxy.withhold('answer', ({ text }) => /information_schema/i.test(text));
    const { threadId } = session.use;
    await client.execute('insert into late values (1)').catch(() => {});
    // A catalog that is complete asks nothing.
    const withheld = await within(1, lookup, 'the lookup').catch(() => undefined);
    await gateway.execute(`kill ${threadId}`);
    await until(() => !gateway.pool.connections.some((connection) => connection.threadId === threadId));
    // The first statement may be told of the loss.
    await client.execute('select 1').catch(() => {});
    await client.execute('select 1');
    expect(session.use.threadId).to.not.equal(threadId);
    withheld?.release();
    await until(() => gateway.pool.counts.parked === 1);
    expect(session.pinReason).to.equal(undefined);
  });
});
