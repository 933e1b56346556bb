import { expect } from 'chai';
import { poolFixture } from '../../support/pool-fixture.js';
import { until } from '../../support/until.js';

describe('the connections of a pool', () => {
  const pools = poolFixture();

  const acquire = (user: string) => pools.acquire({ user, remoteAddress: '10.0.0.1' });

  const several = (count: number, user: string) => Promise.all(Array.from({ length: count }, () => acquire(user)));

  const details = (work: Promise<unknown>) => work.then(() => 'no error').catch(({ details }) => String(details));

  it('are given to users in turns, and to the requests of one user in order of arrival', async () => {
    pools.open({ connections: 1 });
    const held = await acquire('ada');
    const served: string[] = [];
    const wait = async (user: string, number: number) => {
      const connection = await acquire(user);
      served.push(`${user} ${number}`);
      await pools.pool.release(connection);
    };
    const waiting = [wait('ada', 1), wait('ada', 2), wait('ada', 3), wait('bob', 1), wait('bob', 2), wait('eve', 1)];
    await pools.pool.release(held);
    // A later request does not overtake them.
    const last = wait('dan', 1);
    await Promise.all([...waiting, last]);
    expect(served).to.deep.equal(['ada 1', 'bob 1', 'eve 1', 'ada 2', 'dan 1', 'bob 2', 'ada 3']);
  });

  it('are not taken beyond the share of a user, while others pass its requests', async () => {
    pools.open({ connections: 3, connectionsPerUser: 2, connectWait: 0.3 });
    const [first, second] = await several(2, 'ada');
    const refused = details(acquire('ada'));
    const other = await acquire('bob');
    expect(await refused).to.equal('2 MySQL connections of user ada were in use for 0.3 seconds, which is the limit.');
    const next = acquire('ada');
    if (first) void pools.pool.release(first);
    const third = await next;
    for (const connection of [second, third, other]) if (connection) await pools.pool.release(connection);
    expect(pools.pool.counts).to.include({ idle: 3, waiting: 0 });
  });

  it('count for a user while it is pinned, and not while they are parked', async () => {
    pools.open({ connections: 3, connectionsPerUser: 1, connectWait: 0.2 });
    const pinned = await acquire('ada');
    pools.pool.pin(pinned);
    expect(await details(acquire('ada'))).to.match(/^1 MySQL connections of user ada/);
    await pools.pool.reuse(pinned);
    pools.pool.park(pinned, () => pinned.reset());
    const second = await acquire('ada');
    // The session of the first one has to wait like others.
    pools.pool.reclaimBeyondShare(pinned, { user: 'ada' });
    await until(() => pools.pool.counts.idle === 1);
    await pools.pool.release(second);
  });

  it('are waited for by a user although the queue is full of the requests of another', async () => {
    pools.open({ connections: 1, maxWaiting: 3 });
    const held = await acquire('ada');
    const used = [1, 2, 3].map(() => acquire('ada').then((connection) => pools.pool.release(connection)));
    expect(await details(acquire('ada'))).to.equal('3 requests wait for a MySQL connection, which is the limit.');
    const other = acquire('bob');
    // Those that wait go on waiting.
    pools.pool.maxWaiting = 1;
    expect(await details(acquire('ada'))).to.equal('1 requests wait for a MySQL connection, which is the limit.');
    await pools.pool.release(held);
    await pools.pool.release(await other);
    await Promise.all(used);
  });

  it('are counted until nothing is left, whatever becomes of the requests', async () => {
    pools.open({ connections: 4, connectionsPerUser: 2, connectWait: 5 });
    const users = ['ada', 'bob', 'eve', ''];
    const seed = Math.floor(Math.random() * 2 ** 31);
    let state = seed;
    const random = (below: number) => {
      state = (state * 48271 + 11) % 2147483647;
      return state % below;
    };
    let most = 0;
    const holds = new Map<string, number>();
    const change = (user: string, by: number) => holds.set(user, (holds.get(user) ?? 0) + by);
    const one = async () => {
      const user = users[random(users.length)] ?? '';
      const request = new AbortController();
      const acquired = pools.pool.acquire({ user, remoteAddress: '10.0.0.1', signal: request.signal });
      if (random(4) === 0) setTimeout(() => request.abort(new Error('gone')), random(5));
      const connection = await Promise.resolve(acquired).catch(() => undefined);
      if (connection === undefined) return;
      change(user, 1);
      most = Math.max(most, ...holds.values());
      await connection.query('select 1');
      if (random(3) === 0) pools.pool.pin(connection);
      if (random(5) === 0) connection.destroy();
      change(user, -1);
      await pools.pool.release(connection);
    };
    await Promise.all(Array.from({ length: 300 }, one));
    expect(most, `seed ${seed}`).to.be.at.most(2);
    await until(
      () => pools.pool.counts.waiting === 0 && pools.pool.counts.used === 0 && pools.pool.counts.resetting === 0,
    );
    for (const user of users)
      expect(await several(2, user).then((all) => Promise.all(all.map((c) => pools.pool.release(c))))).to.have.length(
        2,
      );
  });
});
