import { expect } from 'chai';
import { ProgrammingError } from '#lib/database/errors/mysql-error.js';
import { boundStatement, inSteps } from '#lib/database/statements/bound-statement.js';
import { ServiceFailure } from '#lib/index.js';
import { atOnce } from '#lib/turns/turns.js';
import { DateTime, Double, type Value } from '#lib/xmlrpc/value.js';

const bind = (query: string, args?: Value, maxAllowedPacket = Number.POSITIVE_INFINITY) => {
  const target = { maxAllowedPacket, literal: (value: Value) => `<${JSON.stringify(value)}>` };
  return atOnce(inSteps(boundStatement(query, args), target)).text;
};

describe('boundStatement', () => {
  const bound: [string, string, Value | undefined, string][] = [
    ['leaves a query without arguments as it is', "like '%%s%'", undefined, "like '%%s%'"],
    ['treats nil as no arguments', "like '%s%'", null, "like '%s%'"],
    ['puts an array in order', '%s, %s', [1, 'a'], '<1>, <"a">'],
    ['binds nil in an array', '%s', [null], '<null>'],
    ['binds an array in an array', 'in %s', [[1, 2]], 'in (<1>, <2>)'],
    ['turns %% into a percent sign', "like 'a%%' and %s", [1], "like 'a%' and <1>"],
    ['turns %% into a percent sign when there is nothing to bind', "like '%%'", [], "like '%'"],
    ['turns %% into a percent sign before an s', '%%s%s', [1], '%s<1>'],
    ['turns %% with a name into a percent sign', '%(a)%', { a: 1 }, '%'],
    ['binds members by their name, as often as they are named', '%(b)s%(a)s%(b)s', { a: 1, b: 2 }, '<2><1><2>'],
    ["treats Lua's tables, structs named from 1, as arrays", '%s, %s', { 2: 'b', 1: 'a' }, '<"a">, <"b">'],
    ['treats an empty struct as an empty array', '%%', {}, '%'],
    ['binds members that are named so by their name', '%(2)s', { 1: 'a', 2: 'b' }, '<"b">'],
    ['ignores unnamed members', 'a%%', { a: 1 }, 'a%'],
    ['accepts any name in parentheses', '%(a b, ü)s %()s', { 'a b, ü': 1, '': 2 }, '<1> <2>'],
    ['treats a string as the only argument', '%s', 'a', '<"a">'],
    ['treats an int as the only argument', '%s', 0, '<0>'],
    ['treats a boolean as the only argument', '%s', false, '<false>'],
    ['treats a double as the only argument', '%s', new Double(1.5), '<1.5>'],
    ['treats a date as the only argument', '%s', new DateTime('20030501T00:00:00'), '<"20030501T00:00:00">'],
    ['treats bytes as the only argument', '%s', new Uint8Array([7]), "_binary x'07'"],
    ['does not parse bound arguments', '%s %s', ['%s', '%(a)s $& $1'], '<"%s"> <"%(a)s $& $1">'],
  ];
  for (const [what, query, args, sql] of bound) {
    it(what, () => expect(bind(query, args)).to.equal(sql));
  }

  const refused: [string, string, Value, string][] = [
    ['too few arguments', '%s %s', [1], 'not enough arguments for format string'],
    ['no arguments', '%s', [], 'not enough arguments for format string'],
    ['too many arguments', '%s', [1, 2], 'not all arguments converted during string formatting'],
    ['an argument without a placeholder', 'select 1', 'a', 'not all arguments converted during string formatting'],
    ['a name without a struct', '%(a)s', [1], 'format requires a mapping'],
    ['too few members of a table', '%s %s', { 1: 'a' }, 'not enough arguments for format string'],
    ['too many members of a table', '%s', { 1: 'a', 2: 'b' }, 'not all arguments converted during string formatting'],
    ['a table with a gap', '%s %s', { 1: 'a', 3: 'b' }, 'format requires a sequence for %s, not a mapping'],
    ['a struct without a name', '%s', { a: 1 }, 'format requires a sequence for %s, not a mapping'],
    ['a name that the struct has not', '%(b)s', { a: 1 }, "the arguments have no member 'b'"],
    ["a name of JavaScript's Object", '%(toString)s', {}, "the arguments have no member 'toString'"],
    ['another conversion', 'a %d', [1], "unsupported format character 'd' (0x64) at index 3"],
    ['another conversion with a name', '%(a)d', { a: 1 }, "unsupported format character 'd' (0x64) at index 4"],
    ['a percent sign in front of a quote', "like 'a%'", [], "unsupported format character ''' (0x27) at index 8"],
    [
      'a percent sign in front of an astral character',
      '%😀',
      [],
      "unsupported format character '😀' (0x1f600) at index 1",
    ],
    ['a percent sign at the end', 'a%', [], 'incomplete format'],
    ['a name that is not closed', '%(a', { a: 1 }, 'incomplete format key'],
  ];
  for (const [what, query, args, message] of refused)
    it(`rejects ${what}`, () => {
      expect(() => bind(query, args))
        .to.throw(ProgrammingError)
        .with.property('message', message);
    });

  const STRUCT = { a: 1 };
  const places: [string, Value, string][] = [
    ['%s, %s', [1, STRUCT], 'args[1]: SQL has no literal for a struct.'],
    ['%(name)s', { name: STRUCT }, 'args.name: SQL has no literal for a struct.'],
    ['%s, %s', [1, [2, { 1: 3, 2: STRUCT }]], 'args[1][1][1]: SQL has no literal for a struct.'],
    ['%s', [{ 1: 'a', 3: 'b' }], 'args[0]: SQL has no literal for a struct.'],
    ['%s', new Double(Number.NaN), 'args[0]: SQL has no literal for NaN.'],
  ];
  for (const [query, args, details] of places) {
    it(`says where the value is for which SQL has no literal: ${details}`, () => {
      const writing = boundStatement(query, args);
      expect(() => atOnce(inSteps(writing, { maxAllowedPacket: 1 << 20 })))
        .to.throw(ServiceFailure)
        .that.includes({ error: 56, details });
    });
  }

  it('finds a member named __proto__', () => {
    expect(bind('%(__proto__)s', JSON.parse('{"__proto__":1}'))).to.equal('<1>');
    expect(() => bind('%(__proto__)s', {})).to.throw(ProgrammingError, 'no member');
  });
});
