import { expect } from 'chai';
import { sqlLiteral } from '#lib/database/sql/sql-literal.js';
import { ServiceFailure } from '#lib/index.js';
import { DateTime, Decimal, Double, type Value } from '#lib/xmlrpc/value.js';

describe('sqlLiteral', () => {
  const literals: [string, Value, string][] = [
    ['nil', null, 'NULL'],
    ['true', true, '1'],
    ['false', false, '0'],
    ['an int', -5, '-5'],
    ['an integer of 64 bits', 9223372036854775807n, '9223372036854775807'],
    ['a string', 'Höpper 😀', "'Höpper 😀'"],
    ['an empty string', '', "''"],
    ['a string with quotes', `'a'' "b"`, `'''a'''' "b"'`],
    ['a string with line ends', 'a\r\n\u0000', "'a\r\n\u0000'"],
    ['a decimal', new Decimal('-12345678901234567890.10'), '-12345678901234567890.10'],
    ['a double, with an exponent', new Double(1.5), '1.5e0'],
    ['a whole double', new Double(3), '3e0'],
    ['a double that is minus zero', new Double(-0), '-0e0'],
    ['a small double', new Double(-1.5e-7), '-1.5e-7'],
    ['a large double', new Double(1e300), '1e+300'],
    ['a date', new DateTime('20030501T12:30:00.25'), "'2003-05-01 12:30:00.25'"],
    ['the zero date', new DateTime('00000000T00:00:00'), "'0000-00-00 00:00:00'"],
    ['bytes', Buffer.from([0, 0x27, 0xff]), "_binary x'0027ff'"],
    ['no bytes', new Uint8Array(0), "_binary x''"],
    ['a part of an array of bytes', new Uint8Array([1, 2, 3]).subarray(1, 2), "_binary x'02'"],
    ['an array', [1, "a'", null], "(1, 'a''', NULL)"],
    ['an array in an array', [[1, 2], [3]], '((1, 2), (3))'],
    ['an empty array', [], '()'],
  ];
  for (const [what, value, sql] of literals) {
    it(`writes ${what}`, () => expect(sqlLiteral(value)).to.equal(sql));
  }

  const backslashes: [text: string, escaped: string, plain: string][] = [
    ['a\\b', "'a\\\\b'", "'a\\b'"],
    ['%\\_', "'%\\\\_'", "'%\\_'"],
    ["it''s \\\\'", "'it''''s \\\\\\\\'''", "'it''''s \\\\'''"],
    ['\\', "'\\\\'", "LEFT('\\\\', 1)"],
    ["\\'ü", "'\\\\''ü'", "CONCAT(LEFT('\\\\', 1), '''ü')"],
    ["'\\\\\\' \\\\", "'''\\\\\\\\\\\\'' \\\\\\\\'", "CONCAT('''\\\\', LEFT('\\\\', 1), ''' \\\\')"],
    ['C:\\a\\', "'C:\\\\a\\\\'", "CONCAT('C:\\a', LEFT('\\\\', 1))"],
  ];
  for (const [text, escaped, plain] of backslashes) {
    it(`writes ${text}, so that it ends in the same place in every sql_mode`, () => {
      expect(sqlLiteral(text)).to.equal(escaped);
      expect(sqlLiteral([text, 'a'], false)).to.equal(`(${plain}, 'a')`);
    });
  }

  it('writes a text with many backslashes in front of quotes in hexadecimal', () => {
    expect(sqlLiteral("\\'".repeat(200), false)).to.equal(`_utf8mb4 x'${'5c27'.repeat(200)}'`);
  });

  it("accepts Lua's tables as arrays", () => {
    expect(sqlLiteral({ 1: 'a', 2: { 1: 2 } })).to.equal("('a', (2))");
  });

  const refused: [string, Value, string][] = [
    ['NaN', new Double(Number.NaN), 'SQL has no literal for NaN.'],
    ['an infinite double', new Double(Number.POSITIVE_INFINITY), 'SQL has no literal for Infinity.'],
    ['a struct', { a: 1 }, 'SQL has no literal for a struct.'],
    ['a struct in an array', [1, [{ a: 1 }]], 'SQL has no literal for a struct.'],
  ];
  for (const [what, value, details] of refused) {
    it(`rejects ${what} with fault 56`, () => {
      expect(() => sqlLiteral(value))
        .to.throw(ServiceFailure)
        .that.includes({ error: 56, details });
    });
  }
});
