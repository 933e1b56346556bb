import { expect } from 'chai';
import fc from 'fast-check';
import { RowWriter } from '#lib/database/statements/row-writer.js';
import { atOnce } from '#lib/turns/turns.js';
import { DateTime, Decimal, Double, type Value } from '#lib/xmlrpc/value.js';

const value = fc.oneof<fc.Arbitrary<Value>[]>(
  fc.string({ unit: fc.constantFrom('a', "'", '\\', '%', 'é', '😀'), maxLength: 8 }),
  fc.constant('long '.repeat(2000)),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => new Double(number)),
  fc.constantFrom<Value>(null, true, new Decimal('-1.5'), new DateTime('20260101T00:00:00'), [1], Buffer.from('a')),
);

describe('RowWriter', () => {
  it('writes the rows that it writes at once as it does in steps', () => {
    let count = 0;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), fc.boolean(), (row, backslashEscapes) => {
        const group = `(now(),${row.map(() => ' %s').join(',')} , 0)`;
        const target = { maxAllowedPacket: 1 << 20, charset: { backslashEscapes } };
        const simple = new RowWriter(group, target).atOnce(row);
        if (simple === undefined) return;
        count++;
        const { text, literals, hasForms } = atOnce(new RowWriter(group, target).inSteps(row, 0));
        expect({ text, literals, hasForms }).to.deep.equal({ text: simple.text, literals: [], hasForms: false });
      }),
      { seed: 20030501, numRuns: 1000 },
    );
    expect(count).to.be.greaterThan(300);
  });

  const left: [string, string, Value][] = [
    ['too few values', '(%s, %s)', [1]],
    ['a value alone', '(%s)', 1],
    ['a struct', '(%(a)s)', { a: 1 }],
    ['a number that SQL has not', '(%s)', [new Double(Number.NaN)]],
    ['a placeholder in quotes', "('%s')", [1]],
    ['a long row', '(%s)', ['x'.repeat(10_000)]],
  ];
  for (const [what, group, row] of left) {
    it(`writes ${what} in steps`, () => {
      expect(new RowWriter(group, { maxAllowedPacket: 1 << 20 }).atOnce(row)).to.equal(undefined);
    });
  }

  it('lets other work have its turn between many rows', () => {
    const writer = new RowWriter('(%s, %s)', { maxAllowedPacket: 1 << 20 });
    let turns = 0;
    for (let row = 0; row < 1000; row++) {
      if (writer.atOnce([row, 'a'])) continue;
      for (const _ of writer.inSteps([row, 'a'], row)) turns++;
    }
    expect(turns).to.be.within(7, 20);
  });
});
