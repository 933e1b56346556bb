import { expect } from 'chai';
import fc from 'fast-check';
import { Deadlines } from '#lib/netsvc/deadlines.js';

/** The width of a bucket. */
const BUCKET = 100;

/** Milliseconds: any, and those on the edges of a few buckets, which are often the same. */
const time = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: 6 }).map((bucket) => bucket * BUCKET),
);

/** Operations on the deadlines of a few items while time passes. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), item: fc.nat(5), after: time }),
  fc.record({ kind: fc.constant('delete' as const), item: fc.nat(5) }),
  fc.record({ kind: fc.constant('sweep' as const), later: time }),
);

describe('Deadlines', () => {
  it('returns every item once, never early and at most 100 ms late', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50, size: 'max' }), fc.nat(1e6), (steps, start) => {
        const items = Array.from({ length: 6 }, (_, name) => ({ name }));
        const deadlines = new Deadlines<{ name: number }>();
        /** When each is found: at the end of its bucket, or of the one behind the last sweep. */
        const expected = new Map<number, number>();
        let now = start;
        let swept = Number.NEGATIVE_INFINITY;
        for (const step of steps) {
          if (step.kind === 'sweep') {
            now += step.later;
            const due = [...expected].filter(([, at]) => at <= now).map(([name]) => name);
            for (const name of due) expected.delete(name);
            const found = deadlines.takeDue(now).map(({ name }) => name);
            expect(found.sort()).to.deep.equal(due.sort());
            swept = Math.floor(now / BUCKET) * BUCKET;
            continue;
          }
          const item = items[step.item] ?? { name: -1 };
          if (step.kind === 'delete') {
            deadlines.delete(item);
            expected.delete(item.name);
          } else {
            deadlines.set(item, now + step.after);
            expected.set(item.name, Math.max(Math.ceil((now + step.after) / BUCKET) * BUCKET, swept + BUCKET));
          }
          expect(deadlines.size).to.equal(expected.size);
        }
      }),
      { numRuns: 300 },
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
