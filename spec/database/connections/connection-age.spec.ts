import { expect } from 'chai';
import { ConnectionPool, type ConnectionPoolOptions, parseMysqlUrl } from '#lib/database/index.js';
import { testDatabase } from '../../support/mariadb.js';
import { until } from '../../support/until.js';

/** Of a connection, in seconds. */
const AGE = 0.4;

describe('the age of a connection', () => {
  let url: string;
  let pool: ConnectionPool;

  before(function () {
    url = testDatabase(this);
  });

  afterEach(() => pool?.end());

  const open = (options: ConnectionPoolOptions) => {
    pool = new ConnectionPool(parseMysqlUrl(url).connection, options);
  };

  const acquire = async () => pool.acquire();

  it('is limited: an idle connection is closed', async () => {
    open({ maxConnectionAge: AGE });
    await pool.release(await acquire());
    expect(pool.counts).to.include({ open: 1, idle: 1 });
    await until(() => pool.counts.open === 0);
  });

  it('differs between connections that were opened together', async () => {
    open({ maxConnectionAge: AGE });
    const connections = await Promise.all(Array.from({ length: 5 }, acquire));
    const expiries = connections.map(({ expiry }) => expiry - performance.now());
    expect(new Set(expiries.map(Math.round)).size).to.be.greaterThan(1);
    expect(Math.max(...expiries)).to.be.at.most(AGE * 1000);
  });

  it('is not limited while a session uses a connection, which is closed behind it', async () => {
    open({ maxConnectionAge: AGE });
    const used = await acquire();
    const pinned = await acquire();
    pool.pin(pinned);
    await until(() => used.isOutdated && pinned.isOutdated);
    await used.runOwn('do sleep(0.2)');
    expect(pool.counts).to.include({ open: 2, used: 1, pinned: 1 });
    await Promise.all([pool.release(used), pool.release(pinned)]);
    await until(() => pool.counts.open === 0);
  });

  it('is not limited by 0', async () => {
    open({ maxConnectionAge: 0 });
    const connection = await acquire();
    expect(connection.expiry).to.equal(Number.POSITIVE_INFINITY);
    await pool.release(connection);
  });

  it('does not matter if all connections are replaced: those without a session at once, others as these end', async () => {
    open({ maxConnectionAge: 0 });
    const [idle, parked, used] = [await acquire(), await acquire(), await acquire()];
    let reclaimed = 0;
    await pool.release(idle);
    // Its session may still ask for the warnings of the last statement.
    pool.park(parked, async () => void reclaimed++, true);
    pool.replaceConnections();
    expect(pool.counts).to.include({ idle: 0, parked: 1, used: 1 });
    await until(() => pool.counts.open === 1);
    expect(reclaimed).to.equal(1);
    await pool.release(used);
    await until(() => pool.counts.open === 0);
    expect([idle, parked, used]).not.to.include(await acquire());
  });
});
