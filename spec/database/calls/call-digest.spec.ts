import { expect } from 'chai';
import { callDigest } from '#lib/database/calls/call-digest.js';
import { atOnce } from '#lib/turns/turns.js';
import { DateTime, Decimal, Double, type Struct, type Value } from '#lib/xmlrpc/value.js';

const struct = (members: Record<string, Value>): Struct => Object.assign(Object.create(null), members);

const digestOf = (values: readonly Value[]) => atOnce(callDigest(values));

describe('callDigest', () => {
  it('differs if a value, its type or its place differs', () => {
    const calls: Value[][] = [
      [],
      [null],
      ['null'],
      [''],
      [[]],
      [struct({})],
      [1],
      ['1'],
      [true],
      [new Double(1)],
      [new Double(1.5)],
      [new Decimal('1.5')],
      [new Decimal('1.50')],
      ['1.5'],
      [1n],
      [Buffer.from('1')],
      [new DateTime('20260101T00:00:00')],
      ['20260101T00:00:00'],
      [['a', 'b']],
      ['a', 'b'],
      ['ab'],
      [['a'], 'b'],
      ['as1:b'],
      [struct({ a: 1 })],
      [struct({ a: 2 })],
      [struct({ b: 1 })],
      [struct({ a: null })],
      ['x'.repeat(100_000)],
      ['x'.repeat(100_001)],
    ];
    expect(new Set(calls.map(digestOf)).size).to.equal(calls.length);
  });

  it('does not depend on the order of the members of a struct', () => {
    const bytes = Buffer.from('x');
    expect(digestOf([struct({ a: 1, b: [bytes] })])).to.equal(digestOf([struct({ b: [bytes], a: 1 })]));
  });
});
