import { expect } from 'chai';
import { HeldConnection } from '#lib/database/lease/held-connection.js';
import { type Holding, LeaseState } from '#lib/database/lease/lease-state.js';
import { SessionState } from '#lib/database/lease/session-state.js';
import { silentConnection } from '../../support/silent-connection.js';

/** To each state a shortest way from the first one, and what may follow. */
const STATES: Readonly<Record<Holding['is'], readonly [way: Holding['is'][], next: Holding['is'][]]>> = {
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
const ALL = Object.keys(STATES) as Holding['is'][];

describe('the states of what a session holds', () => {
  const held = new HeldConnection(silentConnection(), {
    session: new SessionState(),
    options: {},
    pool: undefined,
    mustGoOn: () => {},
    onStatementEnd: () => {},
    onSettled: () => {},
  });

  after(() => held.connection.destroy());

  const holding = (is: Holding['is']): Holding => (is === 'none' || is === 'released' ? { is } : { is, held });

  for (const [from, [way, allowed]] of Object.entries(STATES)) {
    it(`only ${allowed.join(', ') || 'none'} follows ${from}`, () => {
      for (const next of ALL) {
        const state = new LeaseState();
        for (const step of way) state.become(holding(step));
        const change = () => state.become(holding(next));
        if (allowed.includes(next)) change();
        else expect(change, next).to.throw(`a lease cannot change from ${from} to ${next}`);
        const { is } = state.now;
        expect(is).to.equal(allowed.includes(next) ? next : from);
        expect(state.held).to.equal(is === 'none' || is === 'released' ? undefined : held);
        expect(state.hasEnded).to.equal(is === 'ending' || is === 'released');
      }
    });
  }
});
