import { expect } from 'chai';
import type { FormatName } from '#lib/rpc-call/formats/formats.js';
import { resultText as textOf } from '#lib/rpc-call/formats/result-text.js';
import { Numeral, type ResponseValue } from '#lib/rpc-call/values/response-value.js';
import { plainDecimal } from '#lib/xmlrpc/plain-decimal.js';
import { DateTime } from '#lib/xmlrpc/value.js';

/** Values as JavaScript writes them. */
function encoded(value: unknown): ResponseValue {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? new Numeral(String(value), false) : new Numeral(plainDecimal(value), true);
  }
  if (Array.isArray(value)) return value.map(encoded);
  if (Object.getPrototypeOf(value ?? 0) !== Object.prototype) return value as ResponseValue;
  return Object.fromEntries(Object.entries(value as object).map(([name, member]) => [name, encoded(member)]));
}

const resultText = (value: unknown, name: FormatName, terminal: boolean, options = {}) =>
  textOf(encoded(value), { name, ...options }, terminal);

describe('resultText', () => {
  const json: [string, unknown, string][] = [
    ['an array', [1, 1.5, 'a', null, true], '[1,1.5,"a",null,true]'],
    ['a struct', { a: { b: [] } }, '{"a":{"b":[]}}'],
    ['bytes as base64', Buffer.from([0, 1, 255]), '{"base64":"AAH/"}'],
    ['nested bytes', [{ a: Buffer.from('a') }, new Uint8Array([0])], '[{"a":{"base64":"YQ=="}},{"base64":"AA=="}]'],
    ['a date', new DateTime('00000000T00:00:00'), '"0000-00-00 00:00:00"'],
    ['a large integer', new Numeral('9007199254740993', false), '9007199254740993'],
    ['an infinite number', new Numeral('Infinity', true), '"Infinity"'],
  ];
  for (const [what, value, text] of json) {
    it(`writes ${what} as JSON on one line`, async () =>
      expect(await resultText(value, 'json', false)).to.equal(`${text}\n`));
  }

  it('indents JSON for a terminal', async () => {
    const large = new Numeral('9007199254740993', false);
    expect(await resultText({ a: [large, Buffer.from('a'), [], {}] }, 'json', true)).to.equal(
      '{\n  "a": [\n    9007199254740993,\n    {\n      "base64": "YQ=="\n    },\n    [],\n    {}\n  ]\n}\n',
    );
  });

  it('writes a raw string without quotes, and other values as JSON', async () => {
    expect(await resultText('a "b"\n', 'raw', false)).to.equal('a "b"\n\n');
    expect(await resultText([1, 'a'], 'raw', true)).to.equal('[1,"a"]\n');
    expect(await resultText(null, 'raw', false)).to.equal('NULL\n');
    expect(await resultText(Buffer.from('a'), 'raw', false)).to.equal('0x61\n');
    expect(await resultText(null, 'raw', false, { nil: '-' })).to.equal('-\n');
  });

  it('writes each item of an array on a line', async () => {
    expect(await resultText([[1, 'a'], { b: null }], 'jsonl', false)).to.equal('[1,"a"]\n{"b":null}\n');
    expect(await resultText(5, 'jsonl', false)).to.equal('5\n');
  });

  it('names the columns of structs, and numbers those of arrays', async () => {
    const structs = [
      { a: 1, b: 'x' },
      { c: null, a: 20 },
    ];
    expect((await resultText(structs, 'table', false)).split('\n')).to.deep.equal([
      '+----+------+------+',
      '| a  | b    | c    |',
      '+----+------+------+',
      '|  1 | x    | NULL |',
      '| 20 | NULL | NULL |',
      '+----+------+------+',
      '',
    ]);
    expect(await resultText([[1, 'a,b'], [2]], 'csv', false)).to.equal('1,2\r\n1,"a,b"\r\n2,\r\n');
    expect(await resultText([[1, null]], 'csv', false, { nil: '-', header: false })).to.equal('1,-\r\n');
  });

  it('names the columns of what the method query returns', async () => {
    const result = {
      columns: [
        ['id', 3, 1, 2, 2, 0, 0],
        ['name', 253, 4, 4, 4, 0, 1],
        ['price', 5, 6, 6, 6, 2, 1],
      ],
      rows: [
        [1, 'nut', 1.5],
        [20, null, null],
      ],
      rowcount: 2,
    };
    expect(await resultText(result, 'csv', false)).to.equal('id,name,price\r\n1,nut,1.50\r\n20,,\r\n');
    expect((await resultText(result, 'table', false)).split('\n').slice(1, 4)).to.deep.equal([
      '| id | name | price |',
      '+----+------+-------+',
      '|  1 | nut  |  1.50 |',
    ]);
    const without = { columns: null, rows: [], rowcount: 1 };
    expect(await resultText(without, 'csv', false)).to.equal('columns,rows,rowcount\r\n,[],1\r\n');
  });

  it('writes any other value as a row with one cell', async () => {
    expect(await resultText(5, 'csv', false)).to.equal('1\r\n5\r\n');
    expect(await resultText({ id: 5, name: 'x' }, 'csv', false)).to.equal('id,name\r\n5,x\r\n');
    expect(await resultText(['a', [1, { b: [2] }]], 'csv', false)).to.equal('1,2\r\na,\r\n1,"{""b"":[2]}"\r\n');
    expect(await resultText([Buffer.from('a')], 'csv', false)).to.equal('1\r\n0x61\r\n');
  });

  it('writes no table without rows', async () => expect(await resultText([], 'table', false)).to.equal(''));
});
