import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import xmlrpc from 'xmlrpc';
import { UsageError } from '#lib/rpc-call/client/command-errors.js';
import { type Argument, parseArgument } from '#lib/rpc-call/client/typed-arguments.js';

/** The encoded argument: `tag text` if the tag is forced, else the value. */
function sent(argument: Argument): unknown {
  if (argument instanceof xmlrpc.CustomType) return `${argument.tagName} ${argument.raw}`;
  if (Array.isArray(argument)) return argument.map(sent);
  if (argument === null || typeof argument !== 'object' || Buffer.isBuffer(argument)) return argument;
  return Object.fromEntries(Object.entries(argument).map(([name, member]) => [name, sent(member)]));
}

const parse = (text: string) => sent(parseArgument(text));

describe('parseArgument', () => {
  const good: [string, unknown][] = [
    ['5', 'int 5'],
    ['-5', 'int -5'],
    ['-0', 'int 0'],
    ['2147483647', 'int 2147483647'],
    ['2147483648', 'i8 2147483648'],
    ['9223372036854775807', 'i8 9223372036854775807'],
    ['1234567890123456789', 'i8 1234567890123456789'],
    ['1.5', 'double 1.5'],
    ['true', true],
    ['null', null],
    ['"5"', 'string 5'],
    ['"a\\nb"', 'string a\nb'],
    ['', 'string '],
    ['select 1', 'string select 1'],
    ['05', 'string 05'],
    ['5 apples', 'string 5 apples'],
    ['{not json', 'string {not json'],
    ['mysql://host/db', 'string mysql://host/db'],
    ['[1, "a", [null], false]', ['int 1', 'string a', [null], false]],
    ['{"a": 1, "__proto__": {"b": 0.5}}', JSON.parse('{"a": "int 1", "__proto__": {"b": "double 0.5"}}')],
    ['int:5', 'int 5'],
    ['int:+7', 'int 7'],
    ['int:-2147483649', 'i8 -2147483649'],
    ['i8:5', 'i8 5'],
    ['i8:-9223372036854775808', 'i8 -9223372036854775808'],
    ['double:5', 'double 5.0'],
    ['double:-1.5e-7', 'double -0.00000015'],
    ['decimal:-12345678901234567890.10', 'ex:bigdecimal -12345678901234567890.10'],
    ['decimal:.5', 'ex:bigdecimal .5'],
    ['bigint:18446744073709551615', 'ex:biginteger 18446744073709551615'],
    ['1e300', `double 1${'0'.repeat(300)}.0`],
    ['1e-7', 'double 0.0000001'],
    ['string:5', 'string 5'],
    ['string:', 'string '],
    ['string:int:5', 'string int:5'],
    ['string:a\nb', 'string a\nb'],
    ['boolean:true', true],
    ['boolean:1', true],
    ['boolean:false', false],
    ['boolean:0', false],
    ['date:2003-05-01 12:30:00', 'dateTime.iso8601 20030501T12:30:00'],
    ['date:20030501T12:30:00.5', 'dateTime.iso8601 20030501T12:30:00.5'],
    ['date:2003-05-01T12:30:00.123456789', 'dateTime.iso8601 20030501T12:30:00.123456789'],
    ['date:2003-05-01', 'dateTime.iso8601 20030501T00:00:00'],
    ['base64:AAH/', Buffer.from([0, 1, 255])],
    ['base64:', Buffer.alloc(0)],
    ['nil:', null],
    ['json:[1]', ['int 1']],
    ['json:"null"', 'string null'],
    ['[9007199254740993, {"a": -9223372036854775808}]', ['i8 9007199254740993', { a: 'i8 -9223372036854775808' }]],
    ['[18446744073709551615]', ['ex:biginteger 18446744073709551615']],
    ['["1234567890123456789", 0.12345678901234567]', ['string 1234567890123456789', 'double 0.12345678901234566']],
  ];
  for (const [text, argument] of good) {
    it(`parses ${JSON.stringify(text)}`, () => expect(parse(text)).to.deep.equal(argument));
  }

  const bad: [string, string][] = [
    ['9223372036854775808', 'invalid 64-bit integer "9223372036854775808"'],
    ['int:one', 'invalid 64-bit integer "one"'],
    ['int:1.0', 'invalid 64-bit integer "1.0"'],
    ['int:', 'invalid 64-bit integer ""'],
    ['i8:-9223372036854775809', 'invalid 64-bit integer "-9223372036854775809"'],
    ['[1e17]', 'integer 100000000000000000 is too large for JSON'],
    ['decimal:', 'invalid decimal ""'],
    ['decimal:1e5', 'invalid decimal "1e5"'],
    ['decimal:NaN', 'invalid decimal "NaN"'],
    ['bigint:1.0', 'invalid integer "1.0"'],
    ['double:', 'invalid double ""'],
    ['double: ', 'invalid double " "'],
    ['double:Infinity', 'invalid double "Infinity"'],
    ['double:0x10', 'invalid double "0x10"'],
    ['1e400', 'XML-RPC does not support infinite doubles'],
    ['double:1,5', 'invalid double "1,5"'],
    ['boolean:yes', 'invalid boolean "yes"'],
    ['date:yesterday', 'invalid date "yesterday" (expected such as 2003-05-01 12:30:00'],
    ['date:2003-05-01 12:30', 'invalid date "2003-05-01 12:30"'],
    ['base64:AAE', 'invalid base64 "AAE"'],
    ['base64:A-_A', 'invalid base64 "A-_A"'],
    ['nil:0', 'nil: must be empty'],
    ['json:[1', 'invalid JSON "[1"'],
    ['json:', 'invalid JSON ""'],
    ['string:a\u0000', 'XML does not support control characters'],
    ['["\\u0001"]', 'XML does not support control characters'],
    ['json:{"a\\u0001":1}', 'XML does not support control characters'],
    ['"\\ud800"', 'XML does not support control characters'],
  ];
  for (const [text, message] of bad) {
    it(`rejects ${JSON.stringify(text)}`, () => expect(() => parseArgument(text)).to.throw(UsageError, message));
  }

  describe('with @FILE', () => {
    let folder: string;

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'rpc-call-'));
    });

    after(() => rmSync(folder, { recursive: true }));

    it('reads the bytes of the file', () => {
      const file = join(folder, 'picture');
      writeFileSync(file, Buffer.from([0, 10, 255]));
      expect(parse(`base64:@${file}`)).to.deep.equal(Buffer.from([0, 10, 255]));
    });

    it('reads the text of the file', () => {
      const file = join(folder, 'text');
      writeFileSync(file, '\ufeffé\n');
      expect(parse(`string:@${file}`)).to.equal('string é\n');
    });

    it('reads the JSON of the file', () => {
      const file = join(folder, 'in.json');
      writeFileSync(file, '[[1, "a"], [9223372036854775807, null]]');
      expect(parse(`json:@${file}`)).to.deep.equal([
        ['int 1', 'string a'],
        ['i8 9223372036854775807', null],
      ]);
    });

    it('rejects a missing file, and one with something else', () => {
      const file = join(folder, 'picture');
      writeFileSync(file, Buffer.from([0, 10, 255]));
      expect(() => parseArgument(`base64:@${file}-`)).to.throw(UsageError, /picture-: no such file$/);
      expect(() => parseArgument(`string:@${file}`)).to.throw(
        UsageError,
        /picture: not UTF-8: base64:@ sends any bytes$/,
      );
      writeFileSync(file, '[1');
      expect(() => parseArgument(`json:@${file}`)).to.throw(UsageError, /picture: invalid JSON$/);
    });
  });
});
