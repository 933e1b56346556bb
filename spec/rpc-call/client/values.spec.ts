import { expect } from 'chai';
import { rpcCall } from '../../support/command.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { suiteGateway } from '../../support/suite-gateway.js';

/** MySQL refuses them otherwise. */
const ZERO_DATES = ["SET sql_mode = ''"];

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

/** Expressions, the type of a column for their values, and the values as JSON and as text. */
const VALUES: [string, string, unknown, string][] = [
  ['9007199254740993', 'bigint', 9007199254740993n, '9007199254740993'],
  ['9223372036854775807', 'bigint', 9223372036854775807n, '9223372036854775807'],
  ['-9223372036854775808', 'bigint', -9223372036854775808n, '-9223372036854775808'],
  ['18446744073709551615', 'bigint unsigned', '18446744073709551615', '18446744073709551615'],
  ['true', 'boolean', 1, '1'],
  ['1.50', 'decimal(5,2)', '1.50', '1.50'],
  [
    '-0.00000000000000000000000000001',
    'decimal(65,29)',
    '-0.00000000000000000000000000001',
    '-0.00000000000000000000000000001',
  ],
  ['1e300', 'double', 1e300, '1e300'],
  ['0.1e0', 'double', 0.1, '0.1'],
  ['5e-324', 'double', 5e-324, '5e-324'],
  ['100e0', 'double', 100, '100'],
  ["concat('two', _utf8mb4 x'0b', 'lines')", 'text', 'two\u000blines', 'two\u000blines'],
  ["_utf8mb4 x'010009'", 'text', '\u0001\u0000\t', '\u0001\u0000\t'],
  ["_utf8mb4 x'C29BC285'", 'text', '\u009b\u0085', '\u009b\u0085'],
  ["_utf8mb4 x'EFBFBEEFBFBF'", 'text', '\ufffe\uffff', '\ufffe\uffff'],
  ["_utf8mb4 x'610D0A62'", 'text', 'a\r\nb', 'a\r\nb'],
  ["'😀é漢'", 'text', '😀é漢', '😀é漢'],
  [`'"a", b <&>]]>'`, 'text', '"a", b <&>]]>', '"a", b <&>]]>'],
  ["' '", 'text', ' ', ' '],
  ["''", 'text', '', ''],
  ["'NULL'", 'text', 'NULL', 'NULL'],
  ["'0x0AFF'", 'text', '0x0AFF', '0x0AFF'],
  [String.raw`'C:\\new\\\\N'`, 'text', 'C:\\new\\\\N', 'C:\\new\\\\N'],
  [`'{"base64": "YQ=="}'`, 'text', '{"base64": "YQ=="}', '{"base64": "YQ=="}'],
  [`x'${ALL_BYTES.toString('hex')}'`, 'blob', ALL_BYTES, ''],
  ["cast('text' as binary)", 'varbinary(20)', Buffer.from('text'), ''],
  ["x''", 'blob', Buffer.alloc(0), ''],
  ["b'101'", 'bit(3)', Buffer.from([5]), ''],
  ['point(1, 2)', 'point', Buffer.from('000000000101000000000000000000f03f0000000000000040', 'hex'), ''],
  ['cast(null as char)', 'text', null, ''],
  [
    "cast('2024-02-29 23:59:59.000001' as datetime(6))",
    'datetime(6)',
    '2024-02-29 23:59:59.000001',
    '2024-02-29 23:59:59.000001',
  ],
  ["cast('0000-00-00' as date)", 'date', '0000-00-00', '0000-00-00'],
  ["cast('-838:59:59' as time)", 'time', '-838:59:59', '-838:59:59'],
  [`json_object('a', 1, 'b', 'c')`, 'json', '{"a": 1, "b": "c"}', '{"a": 1, "b": "c"}'],
];

const EXPRESSIONS = VALUES.map(([expression], i) => `${expression} as c${i}`);

describe('the values that rpc-call prints', () => {
  const gateway = suiteGateway({ init: ZERO_DATES });

  const printed = async (...args: string[]) => {
    const { status, stdout, stderr } = await rpcCall([gateway.url, ...args]);
    expect([status, stderr]).to.deep.equal([0, '']);
    return stdout;
  };
  const select = (expressions = EXPRESSIONS) => `select ${expressions.join(', ')}`;

  it('are exact in JSON, by --sql and by a method', async () => {
    const expected = VALUES.map(([, , value]) => json(value));
    expect(await printed('--sql', select(), '--jsonl')).to.equal(
      `{${expected.map((text, i) => `"c${i}":${text}`).join(',')}}\n`,
    );
    expect(await printed('execute', select())).to.equal(`[[${expected.join(',')}]]\n`);
    expect(await printed('execute', select(), '--jsonl')).to.equal(`[${expected.join(',')}]\n`);
  });

  it('are exact in CSV, by --sql and by a method', async () => {
    const fields = VALUES.map(([expression, , value, text]) => {
      if (value === null) return '';
      if (Buffer.isBuffer(value)) return `0x${value.toString('hex').toUpperCase()}`;
      const isPlain = /^[^",\p{Cc}]+$/u.test(text.replaceAll(/[\u007f-\u009f]/g, 'x')) && expression !== "'0x0AFF'";
      return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
    });
    expect(await printed('--sql', select(), '--csv', '--no-header')).to.equal(`${fields.join(',')}\r\n`);
    expect(await printed('execute', select(), '--csv', '--no-header')).to.equal(`${fields.join(',')}\r\n`);
  });

  for (const format of ['csv', 'tsv', 'table', 'vertical', 'markdown'] as const) {
    it(`are the same as ${format} by --sql and by query`, async () => {
      for (const options of [[], ['--null', '-']]) {
        const args = [select(), `--${format}`, ...options];
        expect(await printed('--sql', ...args)).to.equal(await printed('query', ...args));
      }
    });
  }

  it('are the same by a cursor with names', async () => {
    const id = (await printed('cursor', '60', 'DictCursor', '--raw')).trim();
    const session = async (...args: string[]) => (await rpcCall([`${gateway.url}/${id}`, ...args])).stdout;
    await session('execute', select());
    for (const format of ['--jsonl', '--csv', '--tsv'] as const) {
      const expected = await printed('--sql', select(), format);
      await session('execute', select());
      expect(await session('fetchall', format)).to.equal(expected);
    }
    await session('close');
  });

  it('are dates as MySQL writes them, if the database sends dates', async function () {
    const url = new URL(testDatabase(this));
    url.searchParams.set('dates', 'iso8601');
    const dated = await DatabaseGateway.start(url.href, { init: ZERO_DATES });
    const query = "select cast('2024-02-29 23:59:59.000001' as datetime(6)), cast('0000-00-00' as date)";
    for (const args of [
      ['--sql', query],
      ['execute', query],
      ['query', query],
    ]) {
      const { stdout } = await rpcCall([dated.url, ...args, '--csv', '--no-header']);
      expect(stdout).to.match(/^2024-02-29 23:59:59\.000001,"?0000-00-00/);
    }
    await dated.stop();
  });

  for (const format of ['csv', 'tsv', 'jsonl'] as const) {
    it(`are imported from ${format} as they were`, async () => {
      const columns = VALUES.map(([, type], i) => `c${i} ${type}`);
      await gateway.execute('drop table if exists printed, imported');
      await gateway.execute(`create table printed (${columns.join(', ')}) engine = innodb`);
      await gateway.execute('create table imported like printed');
      await gateway.execute(`insert into printed ${select()}`);
      const rows = await printed('--sql', 'select * from printed', `--${format}`);
      const { stderr } = await rpcCall([gateway.url, '--import', '-', '--format', format, '--table', 'imported'], rows);
      expect(stderr).to.equal('imported 1 row\n');
      expect(await printed('--sql', 'select * from imported', '--vertical')).to.equal(
        await printed('--sql', 'select * from printed', '--vertical'),
      );
      await gateway.execute('drop table printed, imported');
    });
  }
});

function json(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (value === 1e300 || value === 5e-324) return String(value).replace('+', '');
  if (Buffer.isBuffer(value)) return JSON.stringify({ base64: value.toString('base64') });
  return JSON.stringify(value).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}
