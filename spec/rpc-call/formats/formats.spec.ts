import { expect } from 'chai';
import { type FormatName, rowsFormat } from '#lib/rpc-call/formats/formats.js';
import type { PrintedColumn, PrintOptions } from '#lib/rpc-call/formats/rows-format.js';
import { Numeral } from '#lib/rpc-call/values/response-value.js';
import { plainDecimal } from '#lib/xmlrpc/plain-decimal.js';
import { DateTime } from '#lib/xmlrpc/value.js';

async function print(
  format: FormatName,
  columns: readonly (PrintedColumn | string)[],
  rows: readonly unknown[][],
  options: PrintOptions = {},
): Promise<string> {
  const printer = await rowsFormat(format, options);
  const named = columns.map((column) => (typeof column === 'string' ? { name: column } : column));
  return printer.begin(named) + rows.map((row) => printer.row(row)).join('') + printer.end();
}

const double = (digits: string) => new Numeral(digits, true);

const lines = (text: string) => text.split('\n').slice(0, -1);

describe('rowsFormat', () => {
  const values: [string, unknown, string, string][] = [
    ['an int', new Numeral('5', false), '5', '5'],
    ['an integer of 64 bits', new Numeral('9223372036854775807', false), '9223372036854775807', '9223372036854775807'],
    ['a double', double('0.1'), '0.1', '0.1'],
    ['a whole double', double('100.0'), '100', '100'],
    ['a large double', double(plainDecimal(1.5e300)), '1.5e300', '1.5e300'],
    ['1e15', double('1000000000000000.0'), '1e15', '1e15'],
    ['a double below 1e15', double('999999999999999.0'), '999999999999999', '999999999999999'],
    ['1e-15', double('0.000000000000001'), '0.000000000000001', '0.000000000000001'],
    ['the smallest double', double(plainDecimal(5e-324)), '5e-324', '5e-324'],
    ['-0', double('-0.0'), '-0', '-0'],
    ['0', double('0.0'), '0', '0'],
    ['a string', 'text', 'text', '"text"'],
    ['NULL', null, 'NULL', 'null'],
    ['a boolean', true, 'true', 'true'],
    ['bytes', Buffer.from([0, 171, 255]), '0x00ABFF', '{"base64":"AKv/"}'],
    ['a date', new DateTime('20030501T12:30:00'), '2003-05-01 12:30:00', '"2003-05-01 12:30:00"'],
  ];
  for (const [what, value, text, json] of values) {
    it(`prints ${what}`, async () => {
      expect(await print('raw', ['a'], [[value]])).to.equal(`${text}\n`);
      expect(await print('jsonl', ['a'], [[value]])).to.equal(`{"a":${json}}\n`);
    });
  }

  it('prints doubles with a fixed number of decimals', async () => {
    expect(await print('raw', [{ name: 'a', scale: 2 }], [[double('1.0')], [double('2.5')]])).to.equal('1.00\n2.50\n');
  });

  it('prints CSV as RFC 4180 describes it', async () => {
    const rows = [
      ['a,b', 'say "x"', 'line\nend', ' c '],
      ['', null, 'cr\r', 5],
    ];
    expect(await print('csv', ['a', 'b "c"', 'd', ''], rows)).to.equal(
      'a,"b ""c""",d,""\r\n"a,b","say ""x""","line\nend", c \r\n"",,"cr\r",5\r\n',
    );
  });

  it('prints tab-separated rows with the escapes of mysql', async () => {
    expect(await print('tsv', ['a', 'b'], [['tab\t, line\n, \\ and \0', null]])).to.equal(
      'a\tb\ntab\\t, line\\n, \\\\ and \\0\tNULL\n',
    );
  });

  it('prints raw rows without header and escapes', async () => {
    expect(await print('raw', ['a', 'b'], [['a\tb\\', 'c']])).to.equal('a\tb\\\tc\n');
  });

  it('prints JSON: one array, or one object a line', async () => {
    expect(
      JSON.parse(
        await print(
          'json',
          ['a', 'b'],
          [
            [1, 'x'],
            [2, null],
          ],
        ),
      ),
    ).to.deep.equal([
      { a: 1, b: 'x' },
      { a: 2, b: null },
    ]);
    expect(await print('json', ['a'], [])).to.equal('[]\n');
    expect(
      await print(
        'jsonl',
        ['a', 'b'],
        [
          [1, 'x'],
          [2, null],
        ],
      ),
    ).to.equal('{"a":1,"b":"x"}\n{"a":2,"b":null}\n');
  });

  it('gives columns of the same name different names in JSON', async () => {
    expect(await print('jsonl', ['id', 'id', 'id_2', 'id'], [[1, 2, 3, 4]])).to.equal(
      '{"id":1,"id_3":2,"id_2":3,"id_4":4}\n',
    );
  });

  it('prints one value a line', async () => {
    expect(
      lines(
        await print(
          'vertical',
          ['a', 'long'],
          [
            [1, 'x\ny\u001b'],
            [null, ''],
          ],
        ),
      ),
    ).to.deep.equal([
      '*************************** 1. row ***************************',
      '   a: 1',
      'long: x',
      'y\\x1b',
      '*************************** 2. row ***************************',
      '   a: NULL',
      'long: ',
    ]);
  });

  it('prints tables of Markdown', async () => {
    const columns = [{ name: 'id', numeric: true }, 'a|b'];
    expect(
      await print('markdown', columns, [
        [new Numeral('1', false), ' *x*\n<b> '],
        [null, 'C:\\d'],
      ]),
    ).to.equal('| id | a\\|b |\n| ---: | --- |\n| 1 | &#32;\\*x\\*\\\\n\\<b\\>&#32; |\n| NULL | C:\\\\d |\n');
  });

  describe('for texts that look like something else', () => {
    // NULL, bytes, and texts that look like them or like each other
    const values = [
      null,
      Buffer.from('a'),
      'NULL',
      '0x61',
      '',
      '\\NULL',
      'N\\ULL',
      '\\0x61',
      '0\\x61',
      '\n',
      '\\n',
      '\\\\n',
    ];
    const more = ['\u000b', '\\x0b', '\\', '\\\\', '"NULL"', '-', 'a\n b: c', 'x\na: y', 'x\\na: y', '\u0000', '\\0'];
    for (const format of ['csv', 'tsv', 'table', 'vertical', 'markdown', 'json', 'jsonl'] as const) {
      for (const options of [{}, ...(format.startsWith('json') ? [] : [{ nil: 'NULL' }, { nil: '-' }])]) {
        it(`prints each differently as ${format} with ${JSON.stringify(options)}`, async () => {
          const texts = new Map<string, unknown>();
          for (const value of [...values, ...more]) {
            const text = await print(format, ['a'], [[value]], options);
            if (texts.has(text)) expect(value, text).to.deep.equal(texts.get(text));
            texts.set(text, value);
          }
        });
      }
    }

    it('prints what RFC 4180 and LOAD DATA read as the text', async () => {
      expect(await print('csv', ['NULL'], [['NULL'], ['0x61'], ['a\tb']], { nil: 'NULL' })).to.equal(
        '"NULL"\r\n"NULL"\r\n"0x61"\r\n"a\tb"\r\n',
      );
      expect(await print('tsv', ['a'], [['NULL'], ['0x61'], ['0xG'], [null]])).to.equal(
        'a\nN\\ULL\n0\\x61\n0xG\nNULL\n',
      );
    });

    it('prints structs that look like bytes as others', async () => {
      const bytes = { base64: 'YQ==' };
      expect(
        await print('jsonl', ['a'], [[Buffer.from('a')], [bytes], [{ struct: bytes }], [{ struct: 1, a: 2 }]]),
      ).to.equal(
        '{"a":{"base64":"YQ=="}}\n{"a":{"struct":{"base64":"YQ=="}}}\n' +
          '{"a":{"struct":{"struct":{"struct":{"base64":"YQ=="}}}}}\n{"a":{"struct":1,"a":2}}\n',
      );
    });
  });

  it('prints rows without a header', async () => {
    for (const [format, text] of [
      ['csv', '1\r\n'],
      ['tsv', '1\n'],
      ['table', '+---+\n| 1 |\n+---+\n'],
    ] as const) {
      expect(await print(format, ['long'], [[1]], { header: false })).to.equal(text);
    }
  });

  it('escapes in JSON what would change a terminal', async () => {
    expect(await print('jsonl', ['a\u009b'], [['\u0000\u007f\u009b\ud800"é😀']])).to.equal(
      '{"a\\u009b":"\\u0000\\u007f\\u009b\\ud800\\"é😀"}\n',
    );
  });

  describe('for a table', () => {
    it('aligns numbers to the right, and makes room for NULL', async () => {
      const columns = [{ name: 'id', numeric: true }, 'name', { name: 'x', nullable: true }];
      expect(
        lines(
          await print('table', columns, [
            [1, 'abc', 'y'],
            [20, 'd', null],
          ]),
        ),
      ).to.deep.equal([
        '+----+------+------+',
        '| id | name | x    |',
        '+----+------+------+',
        '|  1 | abc  | y    |',
        '| 20 | d    | NULL |',
        '+----+------+------+',
      ]);
    });

    it('aligns wide characters', async () => {
      expect(lines(await print('table', ['a'], [['漢字'], ['é'], ['😀x']]))).to.deep.equal([
        '+------+',
        '| a    |',
        '+------+',
        '| 漢字 |',
        '| é    |',
        '| 😀x  |',
        '+------+',
      ]);
    });

    it('shows characters that would change the terminal', async () => {
      expect(await print('table', ['a\n'], [['\u001b[2J\t\r\n\u009b']]))
        .to.contain('| a\\n')
        .and.contain('| \\x1b[2J\\t\\r\\n\\x9b |');
    });

    it('decides about the widths after a thousand rows, and only makes columns wider', async () => {
      const rows = Array.from({ length: 2500 }, (_, i) => ['x'.repeat(i < 1000 ? 5 : i < 2000 ? 7 : 2)]);
      const widths = lines(await print('table', ['a'], rows)).map((line) => line.length);
      expect(new Set(widths.slice(0, 1003))).to.deep.equal(new Set([9]));
      expect(new Set(widths.slice(1003))).to.deep.equal(new Set([11]));
    });

    it('prints nothing without rows', async () => expect(await print('table', ['a'], [])).to.equal(''));
  });
});
