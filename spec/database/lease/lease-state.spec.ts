import { expect } from 'chai';
import { ConnectionPool, type ConnectionUse, parseMysqlUrl } from '#lib/database/index.js';
import { HeldConnection, type Holding, LeaseState } from '#lib/database/lease/lease-state.js';
import { testDatabase } from '../../support/mariadb.js';

describe('the states of what a session holds', () => {
  let pool: ConnectionPool;

  before(function () {
    pool = new ConnectionPool(parseMysqlUrl(testDatabase(this)).connection);
  });

  after(() => pool?.end());

  /** From each state to the ones that may follow, by a shortest way from the first. */
  const LEASES: Readonly<Record<Holding['is'], [way: Holding['is'][], next: Holding['is'][]]>> = {
    none: [[], ['used', 'released']],
    used: [['used'], ['parked', 'pinned', 'none', 'ending']],
    parked: [
      ['used', 'parked'],
      ['used', 'none', 'released'],
    ],
    pinned: [
      ['used', 'pinned'],
      ['used', 'none', 'released'],
    ],
    ending: [['used', 'ending'], ['released']],
    released: [['released'], []],
  };
  const all = Object.keys(LEASES) as Holding['is'][];

  for (const [from, [way, allowed]] of Object.entries(LEASES)) {
    it(`of a lease: only ${allowed.join(', ') || 'none'} follows ${from}`, async () => {
      const connection = await pool.acquire();
      const held = new HeldConnection(connection, () => {});
      const holding = (is: Holding['is']): Holding => (is === 'none' || is === 'released' ? { is } : { is, held });
      for (const next of all) {
        const state = new LeaseState();
        for (const step of way) state.become(holding(step));
        const change = () => state.become(holding(next));
        if (allowed.includes(next)) change();
        else expect(change, next).to.throw(`a lease cannot change from ${from} to ${next}`);
        expect(state.now.is).to.equal(allowed.includes(next) ? next : from);
      }
      await pool.release(connection);
    });
  }

  it('of a connection: no session gets one that another uses, or that is being reset or closed', async () => {
    const connection = await pool.acquire();
    const refuses = (...uses: ConnectionUse[]) => {
      const { use } = connection;
      for (const next of uses) {
        expect(() => connection.become(next)).to.throw(`a connection cannot change from ${use} to ${next}`);
      }
      expect(connection.use).to.equal(use);
    };
    refuses('used', 'opening');
    pool.pin(connection);
    refuses('idle', 'parked', 'pinned');
    await connection.query('select 1');
    const reset = pool.release(connection);
    refuses('used', 'parked', 'pinned', 'resetting');
    await reset;
    refuses('parked', 'pinned', 'opening');
    connection.destroy();
    refuses('used', 'idle', 'opening', 'resetting', 'closing');
  });
});
