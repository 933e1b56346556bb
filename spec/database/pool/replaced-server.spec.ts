import { expect } from 'chai';
import { parseMysqlUrl } from '#lib/database/index.js';
import { FakeServer } from '../../support/fake-server.js';
import { poolFixture } from '../../support/pool-fixture.js';
import { until } from '../../support/until.js';

describe('a pool whose server is replaced', () => {
  const pools = poolFixture();
  let silent: FakeServer;

  before(async () => {
    silent = await FakeServer.silent();
  });

  after(() => silent?.stop());

  const select = async () => {
    const connection = await pools.acquire();
    const rows = await connection.query('select 1');
    await pools.pool.release(connection);
    return rows;
  };

  for (const [what, hosts] of [
    ['never answers', 1],
    ['has several hosts, none of which ever answers', 3],
  ] as const) {
    it(`serves who waits at once, although the old one ${what}`, async () => {
      const url = `mysql://x@${Array(hosts).fill(`127.0.0.1:${silent.port}`).join(',')}/x`;
      pools.open({ connections: 1, connectWait: 20 }, parseMysqlUrl(url).connection);
      const waiting = select();
      await until(() => pools.pool.counts.opening === 1);
      const replaced = performance.now();
      pools.pool.replace(pools.server, { connections: 1, connectWait: 20 });
      expect(await waiting).to.deep.equal([['1']]);
      expect(performance.now() - replaced).to.be.below(2000);
    });
  }

  it('forgets that the old one could not be reached', async () => {
    pools.open({ connections: 1, connectWait: 0.3 }, { host: '127.0.0.1', port: 1, user: 'x' });
    await pools.pool.check().catch(() => {});
    await until(() => pools.pool.lastingFailure !== undefined);
    pools.pool.replace(pools.server, { connections: 1, connectWait: 5 });
    expect(pools.pool).to.include({ unreachable: false, lastingFailure: undefined });
    expect(await select()).to.deep.equal([['1']]);
  });

  it('stays paused', async () => {
    pools.open({ connections: 2, connectWait: 5 });
    const used = await pools.acquire();
    const paused = pools.pool.pause(20);
    const waiting = select();
    pools.pool.replace(pools.server, { connections: 2, connectWait: 5 });
    expect(pools.pool).to.deep.include({ paused: true });
    await pools.pool.release(used);
    await paused;
    expect(pools.pool.counts).to.include({ open: 0, waiting: 1 });
    pools.pool.resume();
    expect(await waiting).to.deep.equal([['1']]);
  });
});
