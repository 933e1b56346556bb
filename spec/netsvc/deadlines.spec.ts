import { expect } from 'chai';
import fc from 'fast-check';
import { Deadlines } from '#lib/netsvc/deadlines.js';

/** Operations on the deadlines of a few items while time passes. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), item: fc.nat(5), after: fc.integer({ min: 0, max: 5000 }) }),
  fc.record({ kind: fc.constant('delete' as const), item: fc.nat(5) }),
  fc.record({ kind: fc.constant('sweep' as const), later: fc.integer({ min: 0, max: 3000 }) }),
);

describe('Deadlines', () => {
  it('returns every item once, never early and at most 100 ms late', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.nat(1e6), (steps, start) => {
        const items = Array.from({ length: 6 }, (_, name) => ({ name }));
        const deadlines = new Deadlines<{ name: number }>();
        const expected = new Map<number, number>();
        let now = start;
        for (const step of steps) {
          if (step.kind === 'sweep') {
            now += step.later;
            const due = deadlines.takeDue(now).map(({ name }) => name);
            for (const name of due) {
              expect(expected.get(name), 'early, or not set').to.be.at.most(now);
              expected.delete(name);
            }
            // A deadline in the past counts from the sweep before.
            for (const deadline of expected.values()) expect(deadline, 'late').to.be.greaterThan(now - 100 - 100);
            continue;
          }
          const item = items[step.item] ?? { name: -1 };
          if (step.kind === 'delete') {
            deadlines.delete(item);
            expected.delete(item.name);
          } else {
            deadlines.set(item, now + step.after);
            expected.set(item.name, now + step.after);
          }
          expect(deadlines.size).to.equal(expected.size);
        }
      }),
      { seed: 20030501, numRuns: 200 },
    );
  });

  /** Buckets have 100 ms: times on their edges, often the same. */
  const edge = fc.integer({ min: 0, max: 6 }).map((bucket) => bucket * 100);

  it('returns all items of a bucket, and moves, deletes and counts them', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('set' as const), item: fc.nat(5), after: edge }),
        fc.record({ kind: fc.constant('delete' as const), item: fc.nat(5) }),
        fc.record({ kind: fc.constant('sweep' as const), later: edge }),
      ),
      { maxLength: 40, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (steps) => {
        const items = Array.from({ length: 6 }, (_, name) => ({ name }));
        const deadlines = new Deadlines<{ name: number }>();
        /** When each is found: at its deadline, or at the next edge behind the last sweep. */
        const expected = new Map<number, number>();
        let now = 1000;
        let swept = Number.NEGATIVE_INFINITY;
        for (const step of steps) {
          if (step.kind === 'sweep') {
            now += step.later;
            const due = [...expected].filter(([, at]) => at <= now).map(([name]) => name);
            for (const name of due) expected.delete(name);
            const found = deadlines.takeDue(now).map(({ name }) => name);
            expect(found.sort()).to.deep.equal(due.sort());
            swept = now;
            continue;
          }
          const item = items[step.item] ?? { name: -1 };
          if (step.kind === 'delete') {
            deadlines.delete(item);
            expected.delete(item.name);
          } else {
            deadlines.set(item, now + step.after);
            expected.set(item.name, Math.max(now + step.after, swept + 100));
          }
          expect(deadlines.size).to.equal(expected.size);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('finds what is due after a long sleep', () => {
    const deadlines = new Deadlines<object>();
    const [early, late] = [{}, {}];
    deadlines.set(early, 1000);
    expect(deadlines.takeDue(500)).to.deep.equal([]);
    deadlines.set(late, 1e12);
    expect(deadlines.takeDue(1e11)).to.deep.equal([early]);
    expect(deadlines.size).to.equal(1);
  });
});
