import { expect } from 'chai';
import { ServiceFailure } from '#lib/index.js';
import { FakeServer } from '../../support/fake-server.js';
import { poolFixture } from '../../support/pool-fixture.js';
import { until } from '../../support/until.js';

describe('ConnectionPool', () => {
  const pools = poolFixture();

  const acquire = (signal?: AbortSignal) => pools.acquire({ signal });

  const rejection = (work: Promise<unknown>) => work.catch((error: unknown) => error);

  it('opens connections on demand and keeps them', async () => {
    pools.open({ connections: 5 });
    expect(pools.pool.counts).to.include({ open: 0, idle: 0, parked: 0, waiting: 0 });
    const connections = [await acquire(), await acquire()];
    expect(pools.pool.counts).to.include({ open: 2, idle: 0, parked: 0, waiting: 0 });
    for (const connection of connections) await pools.pool.release(connection);
    expect(pools.pool.counts).to.include({ open: 2, idle: 2, parked: 0, waiting: 0 });
    expect(connections).to.include(await acquire());
  });

  it('closes a connection that has had a large statement, for which MySQL keeps a large buffer', async () => {
    pools.open({ connections: 1 });
    for (const [size, kept] of [
      [1_000_000, true],
      [1_100_000, false],
    ] as const) {
      const connection = await acquire();
      await connection.query(`select 1 /* ${'x'.repeat(size)} */`);
      await pools.pool.release(connection);
      const next = await acquire();
      expect(next === connection, `a statement of ${size} bytes`).to.equal(kept);
      await pools.pool.release(next);
    }
  });

  it('rejects a request with fault 51 after the wait timeout, or if the wait queue is full', async () => {
    pools.open({ connections: 1, connectWait: 0.2, maxWaiting: 2 });
    const held = await acquire();
    const waiting = [rejection(acquire()), rejection(acquire())];
    expect(await rejection(acquire()))
      .to.be.instanceOf(ServiceFailure)
      .and.include({
        error: 51,
        details: '2 requests wait for a MySQL connection, which is the limit.',
      });
    for (const refused of waiting) {
      expect(await refused).to.include({ error: 51, details: 'All 1 MySQL connections were in use for 0.2 seconds.' });
    }
    expect(pools.pool.counts.waiting).to.equal(0);
    await pools.pool.release(held);
    await pools.pool.release(await acquire());
  });

  it('removes an aborted request from the wait queue and takes its connection back', async () => {
    pools.open({ connections: 1 });
    const held = await acquire();
    const request = new AbortController();
    const waiting = rejection(acquire(request.signal));
    request.abort('disconnected');
    expect(await waiting).to.equal('disconnected');
    const served = new AbortController();
    const late = rejection(acquire(served.signal));
    // The connection is given to the request, which aborts before it continues.
    void pools.pool.release(held);
    served.abort('disconnected');
    expect(await late).to.equal('disconnected');
    await until(() => pools.pool.counts.idle === 1);
  });

  it('reclaims the connection that was parked first', async () => {
    pools.open({ connections: 2 });
    const connections = [await acquire(), await acquire()];
    const reclaimed: number[] = [];
    for (const [i, connection] of connections.entries()) {
      pools.pool.park(connection, async () => {
        reclaimed.push(i);
      });
    }
    expect(await acquire()).to.equal(connections[0]);
    expect(reclaimed).to.deep.equal([0]);
    pools.pool.reuse(connections[1] ?? (await acquire()));
    const waiting = acquire();
    await pools.pool.release(connections[0] ?? (await acquire()));
    expect(await waiting).to.equal(connections[0]);
    expect(reclaimed).to.deep.equal([0]);
  });

  it('closes a separate connection whose server hangs', async () => {
    const silent = await FakeServer.silent();
    pools.open({}, { host: '127.0.0.1', port: silent.port, user: 'root' });
    expect(await rejection(pools.pool.ask('select 1'))).to.have.property('errno', 2013);
    await until(() => silent.connections === 0);
    await silent.stop();
  });

  it('resets every connection that is released after a statement', async () => {
    pools.open({ connections: 1 });
    const connection = await acquire();
    await connection.runOwn("select last_insert_id(5), cast('x' as signed)");
    await pools.pool.release(connection);
    const same = await acquire();
    expect(same).to.equal(connection);
    expect(await same.query('select last_insert_id(), @@warning_count')).to.deep.equal([['0', '0']]);
  });
});
