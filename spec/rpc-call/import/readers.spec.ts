import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { CsvReader } from '#lib/rpc-call/import/csv-reader.js';
import { encodedText } from '#lib/rpc-call/import/encoded-text.js';
import { type RecordReader, UnreadableLine } from '#lib/rpc-call/import/file-record.js';
import { JsonLinesReader } from '#lib/rpc-call/import/json-lines-reader.js';
import { TsvReader } from '#lib/rpc-call/import/tsv-reader.js';

const read = (reader: RecordReader, ...pieces: string[]) => [
  ...pieces.flatMap((p) => reader.write(p)),
  ...reader.end(),
];
const values = (reader: RecordReader, ...pieces: string[]) => read(reader, ...pieces).map((record) => record.values);

describe('CsvReader', () => {
  const files: [string, string, (string | null)[][]][] = [
    ['nothing', '', []],
    ['a line without an end', 'a,b', [['a', 'b']]],
    [
      'CR LF',
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['CR', 'a\rb\r', [['a'], ['b']]],
    ['quotes', '"a,b","c\r\nd","e ""f"""\n', [['a,b', 'c\r\nd', 'e "f"']]],
    ['NULL and the empty string', ',"",\n', [[null, '', null]]],
    ['a quote in the middle', '5" pipe,1\n', [['5" pipe', '1']]],
    ['blanks', ' a , b \n', [[' a ', ' b ']]],
  ];
  for (const [what, text, expected] of files) {
    it(`reads ${what}`, () => expect(values(new CsvReader(), text)).to.deep.equal(expected));
  }

  it('reads another text as NULL, unless it is in quotes', () => {
    expect(values(new CsvReader('\\N'), '\\N,"\\N",\n')).to.deep.equal([[null, '\\N', '']]);
  });

  it('reads another delimiter', () => {
    expect(values(new CsvReader('', ';'), 'a,b;"c;d"\n;e\n')).to.deep.equal([
      ['a,b', 'c;d'],
      [null, 'e'],
    ]);
  });

  it('tells the line on which each record begins', () => {
    const lines = read(new CsvReader(), 'a,b\r\n"1\n2",3\r\n\n4,5').map(({ line, blank }) => [line, blank]);
    expect(lines).to.deep.equal([
      [1, false],
      [2, false],
      [4, true],
      [5, false],
    ]);
  });

  it('refuses quotes that are not closed, or not at the end of a field', () => {
    expect(() => values(new CsvReader(), 'a\n"b\nc'))
      .to.throw(UnreadableLine)
      .with.property('line', 2);
    expect(() => values(new CsvReader(), 'a\n"b" c'))
      .to.throw(UnreadableLine)
      .with.property('line', 2);
  });

  it('reads the same in one piece as character by character', () => {
    const characters = fc.string({ unit: fc.constantFrom(...'aé;,,""\n\n\r &<'), maxLength: 40 });
    const outcome = (...pieces: string[]) => {
      try {
        const records = read(new CsvReader('é', ','), ...pieces);
        return records.map(({ line, values, blank }) => ({ line, values, blank }));
      } catch (error) {
        return [(error as UnreadableLine).line, (error as UnreadableLine).message];
      }
    };
    fc.assert(
      fc.property(characters, (text) => {
        expect(outcome(text)).to.deep.equal(outcome(...text));
      }),
      { seed: 20030501, numRuns: 3000 },
    );
  });

  it('tells whether XML takes the texts of a record as they are', () => {
    const plain = read(new CsvReader(), 'a,"b ""c"" > d"\r\n').concat(
      read(new CsvReader(), 'a,b\r\n"c\rd",e\r\nf,g\r\n'),
    );
    expect(plain.map((record) => record.plain)).to.deep.equal([false, true, false, true]);
  });

  it('reads what csv-parse reads, in pieces of any size', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\n', '\r', ' ', '\t'), maxLength: 6 });
    const quoted = field.map((text) => `"${text.replaceAll('"', '""')}"`);
    const plain = field.map((text) => text.replace(/[",\r\n]/g, ''));
    const record = fc.array(fc.oneof(quoted, plain), { minLength: 2, maxLength: 4 }).map((fields) => fields.join(','));
    const end = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(fc.array(record), end, fc.integer({ min: 1, max: 9 }), (records, lineEnd, size) => {
        const text = records.map((line) => line + lineEnd).join('');
        const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
        const found = values(new CsvReader(), ...pieces).map((fields) => fields.map((value) => value ?? ''));
        const options = { relax_column_count: true, record_delimiter: lineEnd };
        expect(found).to.deep.equal(parse(text, options));
      }),
    );
  });
});

describe('TsvReader', () => {
  it('reads the escapes that mysql --batch writes', () => {
    expect(values(new TsvReader(), 'a\\tb\tc\\nd\\\\N\t\\0\n')).to.deep.equal([['a\tb', 'c\nd\\N', '\0']]);
  });

  it('reads NULL and \\N as NULL, or another text', () => {
    expect(values(new TsvReader(), 'NULL\t\\N\t\n')).to.deep.equal([[null, null, '']]);
    expect(values(new TsvReader('-'), 'NULL\t-\n')).to.deep.equal([['NULL', null]]);
  });

  it('takes a CR for a part of the value if the first line ends with LF', () => {
    expect(values(new TsvReader(), 'a\tb\r\n1\t2\r\n')).to.deep.equal([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(values(new TsvReader(), 'a\tb\n1\t2\r\n')).to.deep.equal([
      ['a', 'b'],
      ['1', '2\r'],
    ]);
  });
});

describe('JsonLinesReader', () => {
  it('reads objects and arrays, and skips empty lines', () => {
    const text = '{"a": 1, "b": [true]}\n\n[1.50, null]\r\n{"a": 12345678901234567890}';
    const records = read(new JsonLinesReader(), text);
    expect(records.map(({ line, names }) => [line, names])).to.deep.equal([
      [1, ['a', 'b']],
      [3, undefined],
      [4, ['a']],
    ]);
    expect(String(records[2]?.values[0])).to.equal('12345678901234567890');
  });

  it('tells what is no row', () => {
    const errors = read(new JsonLinesReader(), '{"a"\n5\nnull\n').map(({ line, error }) => `${line} ${error}`);
    expect(errors).to.deep.equal([
      '1 invalid JSON',
      '2 neither an object nor an array',
      '3 neither an object nor an array',
    ]);
  });
});

describe('encodedText', () => {
  async function* chunks(bytes: Buffer, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  for (const encoding of ['windows-1252', 'utf-16', 'shift_jis']) {
    it(`decodes ${encoding} in pieces`, async () => {
      const text = encoding === 'shift_jis' ? 'a,表\nb' : 'a,é\nb';
      const bytes = iconv.encode(text, encoding, { addBOM: true });
      let found = '';
      let count = 0;
      for await (const piece of encodedText(chunks(bytes, 3), encoding, (read) => (count += read))) found += piece;
      expect([found, count]).to.deep.equal([text, bytes.length]);
    });
  }

  it('refuses bytes that are no character, behind the lines before', async () => {
    for (const size of [1, 100]) {
      let found = '';
      const read = async () => {
        const bytes = Buffer.from('a\nb\nc\x81\n', 'latin1');
        for await (const piece of encodedText(chunks(bytes, size), 'windows-1252', () => {})) found += piece;
      };
      const error = await read().catch((error: unknown) => error);
      expect(error).to.be.instanceOf(UnreadableLine).with.property('line', 3);
      expect(found.startsWith('a\nb\n')).to.equal(true);
    }
  });
});
