import { expect } from 'chai';
import { poolFixture } from '../../support/pool-fixture.js';
import { until } from '../../support/until.js';

/** Of a connection, in seconds. */
const AGE = 0.4;

describe('the age of a connection', () => {
  const pools = poolFixture();

  const acquire = () => pools.acquire();

  it('is limited: an idle connection is closed', async () => {
    pools.open({ maxConnectionAge: AGE });
    await pools.pool.release(await acquire());
    expect(pools.pool.counts).to.include({ open: 1, idle: 1 });
    await until(() => pools.pool.counts.open === 0);
  });

  it('differs between connections that were opened together', async () => {
    pools.open({ maxConnectionAge: AGE });
    const connections = await Promise.all(Array.from({ length: 5 }, acquire));
    const expiries = connections.map(({ expiry }) => expiry - performance.now());
    expect(new Set(expiries.map(Math.round)).size).to.be.greaterThan(1);
    expect(Math.max(...expiries)).to.be.at.most(AGE * 1000);
  });

  it('is not limited while a session uses a connection, which is closed behind it', async () => {
    pools.open({ maxConnectionAge: AGE });
    const used = await acquire();
    const pinned = await acquire();
    pools.pool.pin(pinned);
    await until(() => used.isOutdated && pinned.isOutdated);
    await used.runOwn('do sleep(0.2)');
    expect(pools.pool.counts).to.include({ open: 2, used: 1, pinned: 1 });
    await Promise.all([pools.pool.release(used), pools.pool.release(pinned)]);
    await until(() => pools.pool.counts.open === 0);
  });

  it('is not limited by 0', async () => {
    pools.open({ maxConnectionAge: 0 });
    const connection = await acquire();
    expect(connection.expiry).to.equal(Number.POSITIVE_INFINITY);
    await pools.pool.release(connection);
  });

  it('does not matter if all connections are replaced: those without a session at once, others as these end', async () => {
    pools.open({ maxConnectionAge: 0 });
    const [idle, parked, used] = [await acquire(), await acquire(), await acquire()];
    let reclaimed = 0;
    await pools.pool.release(idle);
    // Its session may still ask for the warnings of the last statement.
    pools.pool.park(parked, async () => void reclaimed++, true);
    pools.pool.replaceConnections();
    expect(pools.pool.counts).to.include({ idle: 0, parked: 1, used: 1 });
    await until(() => pools.pool.counts.open === 1);
    expect(reclaimed).to.equal(1);
    await pools.pool.release(used);
    await until(() => pools.pool.counts.open === 0);
    expect([idle, parked, used]).not.to.include(await acquire());
  });
});
