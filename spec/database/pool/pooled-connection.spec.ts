import { expect } from 'chai';
import { PoolClient } from '#lib/database/pool/pool-client.js';
import { PoolConnections } from '#lib/database/pool/pool-connections.js';
import type { ConnectionUse, PooledConnection } from '#lib/database/pool/pooled-connection.js';
import { FakeClock } from '../../support/fake-clock.js';
import { silentConnection } from '../../support/silent-connection.js';

/** To each use a shortest way from the first one, and what may follow. */
const USES: Readonly<Record<ConnectionUse, readonly [way: ConnectionUse[], next: ConnectionUse[]]>> = {
  opening: [[], ['idle', 'closing']],
  idle: [['idle'], ['used', 'resetting', 'closing']],
  used: [
    ['idle', 'used'],
    ['idle', 'parked', 'pinned', 'resetting', 'closing'],
  ],
  parked: [
    ['idle', 'used', 'parked'],
    ['idle', 'used', 'resetting', 'closing'],
  ],
  pinned: [
    ['idle', 'used', 'pinned'],
    ['used', 'resetting', 'closing'],
  ],
  resetting: [
    ['idle', 'resetting'],
    ['idle', 'closing'],
  ],
  closing: [['closing'], []],
};
const ALL = Object.keys(USES) as ConnectionUse[];

describe('the uses of a connection', () => {
  for (const [from, [way, allowed]] of Object.entries(USES)) {
    it(`only ${allowed.join(', ') || 'none'} follows ${from}`, () => {
      for (const next of ALL) {
        const changes: string[] = [];
        const connection = silentConnection({ onChange: ({ use }, from) => changes.push(`${from} ${use}`) });
        for (const use of way) connection.become(use);
        changes.length = 0;
        if (allowed.includes(next)) connection.become(next);
        else expect(() => connection.become(next)).to.throw(`a connection cannot change from ${from} to ${next}`);
        expect(connection.use).to.equal(allowed.includes(next) ? next : from);
        expect(changes).to.deep.equal(allowed.includes(next) ? [`${from} ${next}`] : []);
        connection.destroy();
        connection.destroy();
        expect(connection.use).to.equal('closing');
      }
    });
  }

  describe('as time passes', () => {
    const clock = FakeClock.forEach();

    it('are known since they began, and too old from their time on', async () => {
      const connection = silentConnection();
      const opened = clock.now;
      await clock.pass(10);
      expect([connection.since, connection.isOutdated]).to.deep.equal([opened, false]);
      connection.become('idle');
      expect(connection.since).to.equal(opened + 10);
      connection.expiry = clock.now + 5;
      await clock.pass(4);
      expect(connection.isOutdated).to.equal(false);
      await clock.pass(1);
      expect(connection.isOutdated).to.equal(true);
      connection.expiry = Number.POSITIVE_INFINITY;
      connection.retired = true;
      expect(connection.isOutdated).to.equal(true);
      connection.destroy();
    });

    it('are counted as unanswered if they wait for MySQL, and for so long', async () => {
      const connections = new PoolConnections(() => {});
      const opening = silentConnection();
      const resetting = silentConnection();
      for (const use of ['idle', 'resetting'] as const) resetting.become(use);
      const idle = [1, 2, 3].map(() => silentConnection());
      for (const one of idle) one.become('idle');
      for (const one of [opening, resetting, ...idle]) connections.all.add(one);
      await clock.pass(99);
      expect(connections.countUnanswered(100)).to.equal(0);
      await clock.pass(1);
      expect(connections.countUnanswered(100)).to.equal(2);
      for (const one of connections.all) one.destroy();
    });
  });

  describe('in a pool', () => {
    let connections: PoolConnections;
    let givenBack: string[];

    beforeEach(() => {
      givenBack = [];
      connections = new PoolConnections(({ key }) => givenBack.push(key));
    });

    const add = (): PooledConnection => {
      const connection = silentConnection({ onChange: connections.changed });
      connections.all.add(connection);
      connection.become('idle');
      return connection;
    };

    const lend = (connection: PooledConnection, user: string) => {
      connection.holder = new PoolClient(user, true);
      connection.become('used');
    };

    it('are counted, and the idle one that was used last is the next', () => {
      const [first, second, third] = [add(), add(), add()];
      expect(connections.lastIdle).to.equal(third);
      lend(second, 'ada');
      second.become('idle');
      expect(connections.idle).to.deep.equal([first, third, second]);
      lend(third, 'ada');
      first.become('resetting');
      expect(connections.counts).to.deep.equal({
        opening: 0,
        idle: 1,
        used: 1,
        parked: 0,
        pinned: 0,
        resetting: 1,
        closing: 0,
      });
      expect(connections.size).to.equal(3);
      for (const one of connections.all) one.destroy();
      expect(connections.idle).to.deep.equal([]);
    });

    it('belong to a client until they are idle, parked or closed', () => {
      const connection = add();
      lend(connection, 'ada');
      for (const use of ['pinned', 'used'] as const) connection.become(use);
      expect(givenBack).to.deep.equal([]);
      connection.become('parked');
      connections.parked.add(connection, async () => {}, false);
      expect(givenBack).to.deep.equal(['ada']);
      expect(connection.holder).to.equal(undefined);
      lend(connection, 'bob');
      expect(connections.parked.size).to.equal(0);
      connection.become('resetting');
      expect(givenBack, 'as long as it is reset').to.deep.equal(['ada']);
      connection.become('idle');
      expect(givenBack).to.deep.equal(['ada', 'bob']);
      lend(connection, 'eve');
      connection.destroy();
      expect(givenBack).to.deep.equal(['ada', 'bob', 'eve']);
    });
  });
});
