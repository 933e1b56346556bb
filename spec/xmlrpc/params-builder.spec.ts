import { expect } from 'chai';
import { DecodingError } from '#lib/xmlrpc/codec-error.js';
import { ParamsBuilder } from '#lib/xmlrpc/params-builder.js';
import { ARRAY_COST, FIRST_ITEM_COST, ITEM_COST, nameCost, STRUCT_COST, valueCost } from '#lib/xmlrpc/value-cost.js';

describe('ParamsBuilder', () => {
  /** Returns what the builder counts for one param, beside its place. */
  const costOf = (build: (builder: ParamsBuilder) => void) => {
    const builder = new ParamsBuilder();
    const before = builder.cost;
    build(builder);
    return { cost: builder.cost - before - ITEM_COST, param: builder.items[0] };
  };
  const struct = (names: readonly string[]) => (builder: ParamsBuilder) => {
    builder.begin('struct');
    for (const [i, name] of names.entries()) {
      builder.name = name;
      builder.give(i, 2);
    }
    builder.endStruct(2);
  };

  for (const length of [0, 1, 2, 3, 16, 17, 18]) {
    it(`counts an array of ${length}, which is kept without space for more if it is a row`, () => {
      const { cost, param } = costOf((builder) => {
        builder.begin('array');
        for (let i = 0; i < length; i++) builder.give(i, 1);
        builder.endArray(1);
      });
      const isRow = length > 1 && length < 17;
      expect(cost).to.equal(ARRAY_COST + (length > 0 && !isRow ? FIRST_ITEM_COST : 0) + length * ITEM_COST);
      expect(param).to.deep.equal(Array.from({ length }, (_, i) => i));
    });
  }

  for (const names of [['a'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd'], ['0'], ['0', '1', 'a']]) {
    it(`counts a struct with the members ${names.join(', ')} as valueCost does`, () => {
      const { cost, param } = costOf(struct(names));
      const value = Object.fromEntries(names.map((name, i) => [name, i]));
      expect({ ...(param as object) }).to.deep.equal(value);
      expect(cost).to.equal(valueCost(value));
    });
  }

  it('counts nothing for a struct without members, of which there is one', () => {
    const [a, b] = [costOf(struct([])), costOf(struct([]))];
    expect([a.cost, a.param === b.param]).to.deep.equal([0, true]);
  });

  it('counts a name of one byte a character', () => {
    const { cost } = costOf((builder) => {
      builder.begin('struct');
      builder.name = 'name';
      builder.give(1, 1);
      builder.endStruct(1);
    });
    expect(cost).to.equal(STRUCT_COST + nameCost('name', 1));
  });

  it('refuses a struct of more than 100,000 members, and more than 200 levels', () => {
    const names = Array.from({ length: 100_001 }, (_, i) => `m${i}`);
    costOf(struct(names.slice(1)));
    expect(() => costOf(struct(names))).to.throw(DecodingError, 'a struct has more than 100000 members');
    const nested = (depth: number) => (builder: ParamsBuilder) => {
      for (let i = 0; i < depth; i++) builder.begin('array');
      for (let i = 0; i < depth; i++) builder.endArray(1);
    };
    costOf(nested(200));
    expect(() => costOf(nested(201))).to.throw(DecodingError, 'arrays and structs nest deeper than 200');
  });
});
