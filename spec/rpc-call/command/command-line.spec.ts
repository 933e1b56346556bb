import { expect } from 'chai';
import { UsageError } from '#lib/rpc-call/client/command-errors.js';
import { parseCommandLine, type Task } from '#lib/rpc-call/command/command-line.js';

const URL_ = 'http://127.0.0.1:8000/database';

const parse = (...args: string[]) => parseCommandLine(args, '1.2.3', () => {});
const task = (...args: string[]) => parse(...args)?.task;

const call = (method: string, args: string[] = [], format = 'json', print = {}) => ({
  kind: 'call',
  method,
  args,
  format,
  print,
});
const sql = (source: unknown, args: string[] = [], other: object = {}) => ({
  kind: 'sql',
  source,
  args,
  format: undefined,
  print: {},
  force: false,
  ...other,
});

const rows = (other: object) => ({
  kind: 'import',
  file: 'a.csv',
  table: ['t'],
  format: 'csv',
  columns: undefined,
  header: true,
  nullText: undefined,
  bytes: 'hex',
  delimiter: ',',
  encoding: undefined,
  continues: false,
  ...other,
});

describe('parseCommandLine', () => {
  const good: [string, string[], object][] = [
    ['a method', [URL_, 'm'], call('m')],
    ['arguments', [URL_, 'm', '1', 'a b'], call('m', ['1', 'a b'])],
    ['a negative number', [URL_, 'm', '-5', '-.5'], call('m', ['-5', '-.5'])],
    ['arguments that begin with -', [URL_, 'm', '-f', '--5', '-'], call('m', ['-f', '--5', '-'])],
    ['a comment as argument', [URL_, 'm', '-- a'], call('m', ['-- a'])],
    ['options before the URL', ['--csv', URL_, 'm'], call('m', [], 'csv')],
    ['options between', [URL_, '--csv', 'm'], call('m', [], 'csv')],
    ['options at the end', [URL_, 'm', '-1', '--csv'], call('m', ['-1'], 'csv')],
    ['-- before what would be an option', [URL_, 'm', '--', '--csv', '--'], call('m', ['--csv', '--'])],
    ['a list', [URL_, '--list'], { kind: 'list' }],
    ['help of a method', [URL_, '--help', 'm'], { kind: 'describe', method: 'm' }],
    ['help of a method, the other way round', ['-h', URL_, 'm'], { kind: 'describe', method: 'm' }],
    ['a statement', [URL_, '--sql', 'select 1'], sql({ sql: 'select 1' })],
    ['a statement before the URL', ['--sql', 'select 1', URL_], sql({ sql: 'select 1' })],
    ['a statement that begins with a comment', [URL_, '--sql', '-- a\nselect 1'], sql({ sql: '-- a\nselect 1' })],
    ['a statement after =', [URL_, '--sql=select 1'], sql({ sql: 'select 1' })],
    ['arguments of a statement', [URL_, '--sql', 'select %s', '-5', '-f'], sql({ sql: 'select %s' }, ['-5', '-f'])],
    ['-f before', ['-f', URL_, '--sql', 'x', '--json'], sql({ sql: 'x' }, [], { force: true, format: 'json' })],
    ['a file', [URL_, '--file', 'a.sql', '--force'], sql({ file: 'a.sql' }, [], { force: true })],
    ['standard input', [URL_, '--sql', '-'], sql('stdin')],
    ['the URL alone', [URL_], sql('any')],
    ['an import', [URL_, '--import', 'a.csv', '--table', 'shop.`a.b`'], rows({ table: ['shop', 'a.b'] })],
    ['an import, the other way round', ['--table', 't', '--import=a.csv', URL_], rows({})],
    [
      'the options of an import',
      [URL_, '--import=-', '--table=t', '--format=tsv', '--columns', 'a,`b,c`', '--no-header', '--null=', '--continue'],
      rows({ file: '-', format: 'tsv', columns: ['a', 'b,c'], header: false, nullText: '', continues: true }),
    ],
    [
      'the characters of an import',
      [URL_, '--import=a.csv', '--table=t', '--delimiter', '\\t', '--encoding=latin1'],
      rows({ delimiter: '\t', encoding: 'latin1' }),
    ],
    [
      'JSON Lines',
      [URL_, '--import', 'a.jsonl', '--table', 't'],
      rows({ file: 'a.jsonl', format: 'jsonl', bytes: 'text' }),
    ],
    ['how NULL is printed', [URL_, 'm', '--csv', '--null', 'N/A'], call('m', [], 'csv', { nil: 'N/A' })],
    ['no header', [URL_, '--sql', 'a', '--no-header'], sql({ sql: 'a' }, [], { print: { header: false } })],
    ['an option of imports behind --', [URL_, 'm', '--table', '--', '--import'], call('m', ['--import'], 'table')],
  ];
  for (const [what, args, expected] of good) {
    it(`accepts ${what}`, () => expect(task(...args)).to.deep.equal(expected as Task));
  }

  it('accepts a user and a file with a password', () => {
    const line = parse(URL_, 'm', '--user', 'grace', '--password-file=secret');
    expect([line?.user, line?.passwordFile]).to.deep.equal(['grace', 'secret']);
  });

  const bad: [string, string[], string][] = [
    ['no URL', [], "missing required argument 'url'"],
    ['another URL', ['mysql://localhost', 'm'], 'invalid URL "mysql://localhost" (expected http:// or https://)'],
    ['a URL with a password', ['mysql://grace:s@b', 'm'], 'invalid URL "...@b" (expected http:// or https://)'],
    ...['se#cret', '1#cret', 'se/cret', '1/cret', 'se?cret', '1?cret'].map((password): [string, string[], string] => [
      `an unescaped character in a password: ${password}`,
      [`http://grace:${password}@127.0.0.1:8000/x`, 'm'],
      'malformed URL (in a password, escape # as %23, / as %2F, ? as %3F and % as %25)',
    ]),
    ['an unknown option before the URL', ['--nonsense', URL_, 'm'], "unknown option '--nonsense'"],
    ['an unknown option before the method', [URL_, '--nonsense', 'm'], "unknown option '--nonsense'"],
    ['an unknown option behind arguments', [URL_, 'm', '1', '--nonsense'], "unknown option '--nonsense'"],
    ['an unknown option behind a statement', [URL_, '--sql', 'a', '--nonsense=1'], "unknown option '--nonsense=1'"],
    ['a misspelt option', [URL_, 'm', '--jsno'], "unknown option '--jsno' (--json?)"],
    ['an import without a table', [URL_, '--import', 'a.csv'], '--import needs --table NAME'],
    ['an import of unknown form', [URL_, '--import', '-', '--table', 't'], 'the form of standard input is not known'],
    [
      'an import with a method',
      [URL_, 'm', '--import', 'a.csv', '--table', 't'],
      '--import has no arguments besides the URL',
    ],
    ['an empty name', [URL_, '--import', 'a.csv', '--table', 'a.'], 'invalid name in "a."'],
    ['too many names', [URL_, '--import', 'a.csv', '--table', 'a.b.c'], 'invalid table "a.b.c"'],
    ['two delimiters', [URL_, '--import=a.csv', '--table=t', '--delimiter=;;'], '--delimiter must be one character'],
    ['a delimiter of TSV', [URL_, '--import=a.tsv', '--table=t', '--delimiter=;'], '--delimiter needs CSV'],
    ['an option of imports without one', [URL_, '--sql', 'a', '--columns', 'a'], '--columns needs --import'],
    ['--table with a value', [URL_, '--sql', 'a', '--table=t'], '--table has a value only with --import'],
    ['a method that begins with -', [URL_, '-x'], "unknown option '-x'"],
    ['a misspelt option behind a statement', [URL_, '--sql', 'a', '1', '--markdwn'], "'--markdwn' (--markdown?)"],
    ['no header of JSON', [URL_, 'm', '--no-header'], '--no-header needs --csv, --tsv or --table'],
    ['NULL in JSON', [URL_, '--sql', 'a', '--json', '--null', ''], '--null needs another format: JSON has null'],
    ['lines for NULL', [URL_, '--sql', 'a', '--null', 'a\n'], '--null cannot contain tabs and line ends'],
    ['a comma for NULL', [URL_, '--sql', 'a', '--csv', '--null', ','], '--null of CSV cannot contain quotes and'],
    ['two formats', [URL_, 'm', '--csv', '--table'], "option '--csv' cannot be used with option '--table"],
    ['--sql without a statement', [URL_, '--sql'], "option '--sql <statement>' argument missing"],
    ['a statement and a file', [URL_, '--sql', 'a', '--file', 'b'], "option '--sql <statement>' cannot be used with"],
    ['a list of a method', [URL_, '--list', 'm'], '--list has no arguments besides the URL'],
    ['arguments of a file', [URL_, '--file', 'a.sql', '5'], 'arguments need --sql STATEMENT'],
    ['arguments of standard input', [URL_, '--sql', '-', '5'], 'arguments need --sql STATEMENT'],
  ];
  for (const [what, args, message] of bad) {
    it(`refuses ${what}`, () => expect(() => parse(...args)).to.throw(UsageError, message));
  }
});
