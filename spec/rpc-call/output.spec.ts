import { expect } from 'chai';
import { toJson, toTable } from '#lib/rpc-call/output.js';

describe('toJson', () => {
  const values: [string, unknown, string][] = [
    ['an array', [1, 1.5, 'a', null, true], '[1,1.5,"a",null,true]'],
    ['a struct', { a: { b: [] } }, '{"a":{"b":[]}}'],
    ['bytes as base64', Buffer.from([0, 1, 255]), '"AAH/"'],
    ['nested bytes of any class', [{ a: Buffer.from('a') }, new Uint8Array([0])], '[{"a":"YQ=="},"AA=="]'],
    ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['no value at all', undefined, 'null'],
  ];
  for (const [what, value, json] of values) {
    it(`writes ${what} on one line`, () => expect(toJson(value, false)).to.equal(json));
  }

  it('indents for a terminal', () => {
    expect(toJson({ a: [1, Buffer.from('a')] }, true)).to.equal('{\n  "a": [\n    1,\n    "YQ=="\n  ]\n}');
  });
});

describe('toTable', () => {
  /** The cells of each line that has some. */
  const cells = (value: unknown) =>
    toTable(value)
      .split('\n')
      .filter((line) => line.startsWith('│'))
      .map((line) =>
        line
          .slice(1, -1)
          .split('│')
          .map((cell) => cell.trim()),
      );

  it('draws a row for each array', () => {
    expect(
      toTable([
        [1, 'ab'],
        [20, 'c'],
      ]),
    ).to.equal(['┌────┬────┐', '│ 1  │ ab │', '├────┼────┤', '│ 20 │ c  │', '└────┴────┘'].join('\n'));
  });

  it('draws a row for each struct, with a header of all member names', () => {
    expect(
      cells([
        { a: 1, b: 'x' },
        { c: null, a: 2 },
      ]),
    ).to.deep.equal([
      ['a', 'b', 'c'],
      ['1', 'x', ''],
      ['2', '', 'nil'],
    ]);
  });

  it('draws one struct with a header', () => {
    expect(cells({ id: 5, name: 'x' })).to.deep.equal([
      ['id', 'name'],
      ['5', 'x'],
    ]);
  });

  it('draws one cell for any other value', () => {
    expect(cells(5)).to.deep.equal([['5']]);
    expect(cells(null)).to.deep.equal([['nil']]);
    expect(cells(Buffer.from('a'))).to.deep.equal([['YQ==']]);
    expect(cells(new Date(0))).to.deep.equal([['1970-01-01T00:00:00.000Z']]);
    expect(cells([1, { a: 2 }])).to.deep.equal([['1'], ['{"a":2}']]);
  });

  it('formats cells for reading', () => {
    expect(cells([['"a"', null, true, Buffer.from('a'), [1, 'b'], '']])).to.deep.equal([
      ['"a"', 'nil', 'true', 'YQ==', '[1,"b"]', ''],
    ]);
  });

  it('draws nothing for no rows', () => expect(toTable([])).to.equal(''));
});
