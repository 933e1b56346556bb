import { expect } from 'chai';
import fc from 'fast-check';
import { isStale, ParkedConnections } from '#lib/database/pool/parked-connections.js';
import type { PooledConnection } from '#lib/database/pool/pooled-connection.js';
import { FakeClock } from '../../support/fake-clock.js';

/** What parked connections look at. */
interface Parked {
  readonly since: number;
  readonly retired: boolean;
  readonly isOutdated: boolean;
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('park' as const),
      unread: fc.boolean(),
      age: fc.constantFrom(0, 999, 1000, 2000),
      retired: fc.boolean(),
      old: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reclaim' as const) }) },
);

describe('ParkedConnections', () => {
  const clock = FakeClock.forEach();

  it('has those whose session has nothing to lose first, and the longest parked first', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
        const parked = new ParkedConnections();
        let model: { connection: PooledConnection; reclaim: () => Promise<void>; unread: boolean }[] = [];
        const leave = (connection: PooledConnection | undefined) => {
          model = model.filter((one) => one.connection !== connection);
          if (connection) parked.delete(connection);
        };
        for (const step of steps) {
          if (step.kind === 'park') {
            const { unread, age, retired, old } = step;
            const seen: Parked = { since: performance.now() - age, retired, isOutdated: retired || old };
            const one = { connection: seen as PooledConnection, reclaim: async () => {}, unread };
            model.push(one);
            parked.add(one.connection, one.reclaim, unread);
          } else if (step.kind === 'take') leave(model[step.which]?.connection);
          else leave(parked.first?.connection);
          const plain = model.filter(({ unread }) => !unread);
          const ordered = [...plain, ...model.filter(({ unread }) => unread)];
          expect(parked.size).to.equal(model.length);
          expect(parked.first === undefined).to.equal(model.length === 0);
          expect(parked.first?.connection).to.equal(ordered[0]?.connection);
          expect(parked.first?.reclaim).to.equal(ordered[0]?.reclaim);
          expect(parked.hasStale).to.equal(plain[0] !== undefined && isStale(plain[0].connection));
          const outdated = ordered.filter(
            ({ connection }) => connection.retired || (connection.isOutdated && isStale(connection)),
          );
          expect(parked.outdated.map(({ connection }) => connection)).to.deep.equal(
            outdated.map(({ connection }) => connection),
          );
          for (const { connection, reclaim } of model) {
            expect(parked.get(connection)).to.deep.equal({ connection, reclaim });
          }
        }
        const { connection } = model[0] ?? {};
        if (connection) parked.delete(connection);
        expect(connection && parked.get(connection)).to.equal(undefined);
      }),
      { numRuns: 100 },
    );
  });

  it('are stale when they have not been used for a second', async () => {
    const connection = { since: clock.now } as PooledConnection;
    await clock.pass(999);
    expect(isStale(connection)).to.equal(false);
    await clock.pass(1);
    expect(isStale(connection)).to.equal(true);
  });
});
