import { expect } from 'chai';
import { resultText } from '#lib/rpc-call/result-text.js';

describe('resultText', () => {
  const json: [string, unknown, string][] = [
    ['an array', [1, 1.5, 'a', null, true], '[1,1.5,"a",null,true]'],
    ['a struct', { a: { b: [] } }, '{"a":{"b":[]}}'],
    ['bytes as base64', Buffer.from([0, 1, 255]), '"AAH/"'],
    ['nested bytes', [{ a: Buffer.from('a') }, new Uint8Array([0])], '[{"a":"YQ=="},"AA=="]'],
    ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['no value at all', undefined, 'null'],
  ];
  for (const [what, value, text] of json) {
    it(`writes ${what} as JSON on one line`, async () =>
      expect(await resultText(value, 'json', false)).to.equal(`${text}\n`));
  }

  it('indents JSON for a terminal', async () => {
    expect(await resultText({ a: [1, Buffer.from('a')] }, 'json', true)).to.equal(
      '{\n  "a": [\n    1,\n    "YQ=="\n  ]\n}\n',
    );
  });

  it('writes a raw string without quotes, and other values as JSON', async () => {
    expect(await resultText('a "b"\n', 'raw', false)).to.equal('a "b"\n\n');
    expect(await resultText([1, 'a'], 'raw', true)).to.equal('[1,"a"]\n');
    expect(await resultText(null, 'raw', false)).to.equal('null\n');
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
  });

  it('names the columns of what the method query returns', async () => {
    const result = {
      columns: [
        ['id', 3, 1],
        ['name', 253, 4],
      ],
      rows: [
        [1, 'nut'],
        [20, null],
      ],
      rowcount: 2,
    };
    expect(await resultText(result, 'csv', false)).to.equal('id,name\r\n1,nut\r\n20,\r\n');
    expect((await resultText(result, 'table', false)).split('\n').slice(1, 4)).to.deep.equal([
      '| id | name |',
      '+----+------+',
      '|  1 | nut  |',
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
