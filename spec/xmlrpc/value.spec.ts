import { format, inspect } from 'node:util';
import { expect } from 'chai';
import { DateTime, Decimal, Double, listItems, type Value } from '#lib/xmlrpc/value.js';

describe('scalars of classes of their own', () => {
  const day = new DateTime('20030501T12:30:00');

  /** Each with its text, what JSON has of it, and what console.log shows. */
  const printed: readonly (readonly [Double | Decimal | DateTime, string, string, string])[] = [
    [new Double(1e300), '1e+300', '1e+300', '1e+300'],
    [new Double(1), '1', '1', '1'],
    [new Double(-0), '0', '0', '-0'],
    [new Double(Number.NaN), 'NaN', 'null', 'NaN'],
    [new Decimal('1.50'), '1.50', '"1.50"', '1.50'],
    [day, '20030501T12:30:00', '"20030501T12:30:00"', '20030501T12:30:00'],
  ];
  for (const [value, text, json, shown] of printed) {
    it(`print as values: ${value.constructor.name} ${shown}`, () => {
      expect([value].map(String)).to.deep.equal([text]);
      expect([`${value}`, [value].join(), `${[value]}`, `${''}${value}`]).to.deep.equal([text, text, text, text]);
      expect(value.toLocaleString()).to.equal(text);
      expect(JSON.stringify({ value: [value] })).to.equal(`{"value":[${json}]}`);
      expect([inspect(value), inspect({ a: [value] })]).to.deep.equal([shown, `{ a: [ ${shown} ] }`]);
      expect(format('%s %o', value, value)).to.contain(shown);
    });
  }

  it('print in the colours of values', () => {
    expect(inspect(new Double(1), { colors: true })).to.equal(inspect(1, { colors: true }));
  });

  it('compare as values', () => {
    expect(new Double(2) > new Double(10)).to.equal(false);
    expect(day < new DateTime('20030501T12:30:01')).to.equal(true);
    expect(new Double(0.5) as never as number).to.satisfy((half: number) => half * 3 === 1.5 && half + 1 === 1.5);
  });
});

describe('DateTime', () => {
  it('is made of an instant in UTC, or in the zone of the process', () => {
    const date = new Date(Date.UTC(1998, 6, 17, 14, 8, 55, 999));
    expect(String(DateTime.utc(date))).to.equal('19980717T14:08:55');
    const zone = process.env.TZ;
    process.env.TZ = 'Asia/Kolkata';
    expect(String(DateTime.local(date))).to.equal('19980717T19:38:55');
    expect(String(DateTime.local(new Date(-62_167_219_200_000)))).to.match(/^0000010[1-9]T/);
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  it('cannot be made of a Date that the type does not have', () => {
    for (const time of [Number.NaN, Date.UTC(10_000, 0), Date.UTC(-1, 0), 8.64e15, -8.64e15]) {
      expect(() => DateTime.utc(new Date(time)), String(time)).to.throw(RangeError);
      expect(() => DateTime.local(new Date(time)), String(time)).to.throw(RangeError);
    }
  });

  it("keeps dates and fractions that JavaScript's Date does not have", () => {
    for (const text of ['20030501T12:30:00', '00000000T00:00:00', '99991231T23:59:59.999999']) {
      expect(String(new DateTime(text))).to.equal(text);
    }
  });

  it('accepts only the canonical form', () => {
    for (const text of ['', '<', '2003-05-01T12:30:00', '20030501', '20030501T12:30:00Z', '20030501T12:30:00\n']) {
      expect(() => new DateTime(text)).to.throw(RangeError, 'YYYYMMDDTHH:MM:SS');
    }
  });
});

describe('Decimal', () => {
  it('keeps every digit', () => {
    for (const text of ['0', '-0', '1.50', '-12345678901234567890.10']) {
      expect(String(new Decimal(text))).to.equal(text);
    }
  });

  it('accepts only digits, which SQL can contain as they are', () => {
    for (const text of ['', '+1', '.5', '5.', '1e5', 'NaN', '1 ', '1\n', '--1', '1;']) {
      expect(() => new Decimal(text)).to.throw(RangeError, 'is not a decimal number');
    }
  });
});

describe('Double', () => {
  it('converts to the number that it contains', () => {
    expect(new Double(1.5).value).to.equal(1.5);
    expect(Number(new Double(2)) + 1).to.equal(3);
  });
});

describe('listItems', () => {
  /** A struct as the decoder creates it. */
  const struct = (...members: [string, Value][]) => {
    const made: { [name: string]: Value } = Object.create(null);
    for (const [name, value] of members) made[name] = value;
    return made;
  };

  it('returns the array itself', () => {
    const array = [1, 2];
    expect(listItems(array)).to.equal(array);
  });

  it('returns the members of a struct named 1, 2, 3 ..., which can be in any order', () => {
    const names = Array.from({ length: 3000 }, (_, i) => String(i + 1));
    const backwards = names.toReversed().map((name): [string, Value] => [name, Number(name)]);
    expect(listItems(struct(...backwards))).to.deep.equal(names.map(Number));
    expect(listItems(struct(['2', 'b'], ['1', null]))).to.deep.equal([null, 'b']);
  });

  it('returns an empty list for a struct without members', () => {
    expect(listItems(struct())).to.deep.equal([]);
  });

  it('returns undefined for a struct with any other name, or with a gap', () => {
    for (const names of [['0'], ['0', '1'], ['1', '3'], ['2'], ['1', 'n'], ['01'], ['1', '1.0'], ['1', '-1'], ['a']]) {
      expect(listItems(struct(...names.map((name): [string, Value] => [name, 1]))), String(names)).to.equal(undefined);
    }
    expect(listItems(struct(['1', 1], ['2', 2], ['4294967296', 3]))).to.equal(undefined);
    expect(listItems(struct(['1', 1], ['__proto__', 2]))).to.equal(undefined);
  });

  it('returns undefined for what is neither an array nor a struct', () => {
    for (const value of [null, '1', 1, true, new Double(1), new Uint8Array(1)]) {
      expect(listItems(value)).to.equal(undefined);
    }
  });
});
