import { expect } from 'chai';
import { type Settlement, settlementOf, type Use } from '#lib/database/lease/settlement.js';

/** What decides, in this order: the first row that a use has in common decides, whatever else is true. */
const RULES: readonly [when: Partial<Use>, becomes: Settlement][] = [
  [{ isRunning: true }, 'wait'],
  [{ hasEnded: true }, 'give back'],
  [{ isLost: true, isPinned: true, isLossTold: false }, 'report loss'],
  [{ isLost: true }, 'drop'],
  [{ isKept: true }, 'keep'],
  [{ isRollbackDue: true }, 'roll back'],
  [{ isUnused: true }, 'return unused'],
  [{ isPinned: true }, 'pin'],
  [{}, 'park'],
];

const FACTS = [
  'hasEnded',
  'isRunning',
  'isLost',
  'isLossTold',
  'isKept',
  'isRollbackDue',
  'isUnused',
  'isPinned',
] as const satisfies readonly (keyof Use)[];

/** All 256. */
const USES = Array.from(
  { length: 2 ** FACTS.length },
  (_, bits) =>
    Object.fromEntries(FACTS.map((fact, i) => [fact, ((bits >> i) & 1) === 1])) as Record<keyof Use, boolean>,
);

function agrees(use: Use, when: Partial<Use>): boolean {
  return Object.entries(when).every(([fact, value]) => use[fact as keyof Use] === value);
}

describe('what becomes of a connection behind a call', () => {
  for (const [i, [when, becomes]] of RULES.entries()) {
    const facts = Object.entries(when).map(([fact, value]) => (value ? fact : `not ${fact}`));
    it(`${becomes}: ${facts.join(', ') || 'otherwise'}`, () => {
      const decided = USES.filter((use) => RULES.findIndex(([earlier]) => agrees(use, earlier)) === i);
      expect(decided).not.to.deep.equal([]);
      for (const use of decided) expect(settlementOf(use), JSON.stringify(use)).to.equal(becomes);
    });
  }
});
