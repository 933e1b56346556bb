import { VALUE_FORMS, type ValueOptions } from '#lib/database/rows/value-options.js';
import type { PerServer, ServerKind } from './test-server.js';

/** A value of MySQL: how it is written in SQL, and what clients get. */
export interface MysqlValue {
  /** Of the column that it is stored in; undefined if it is an expression. */
  readonly type?: string;
  readonly literal: string;
  /** With the default options. */
  readonly xml: string;
  /** The same with decimals=double or dates=iso8601, if that changes it. */
  readonly other?: string;
  /** The type code in the description of its column. */
  readonly code?: number | PerServer<number>;
  /** In Python, if it is not simply what the XML says. */
  readonly python?: string;
  /** The only server that has the type. */
  readonly server?: ServerKind;
  /** The name of a value that some client is known to change, in docs/clients.md. */
  readonly hostile?: string;
}

type More = Omit<MysqlValue, 'type' | 'literal' | 'xml' | 'code'>;

const of = (type: string, code: MysqlValue['code'], literal: string, xml: string, more: More = {}): MysqlValue => ({
  type,
  literal,
  xml,
  ...(code !== undefined && { code }),
  ...more,
});

const from = (literal: string, xml: string, more: More = {}): MysqlValue => ({ literal, xml, ...more });

/** In the format of the encoder, with a line end as Python's library writes it if it is text that XML cannot carry. */
const base64 = (hex: string) => `<base64>${Buffer.from(hex, 'hex').toString('base64')}</base64>`;
const binary = (hex: string) => `<base64>\n${Buffer.from(hex, 'hex').toString('base64')}</base64>`;
const string = (text: string) => `<string>${text}</string>`;
const int = (number: number) => `<int>${number}</int>`;
const i8 = (number: string) => `<i8>${number}</i8>`;
const double = (number: string) => `<double>${number}</double>`;
const iso8601 = (text: string) => `<dateTime.iso8601>${text}</dateTime.iso8601>`;
const decimal = (text: string, number: string): readonly [string, More] => [
  string(text),
  { other: double(number), python: `Decimal('${text}')` },
];
const date = (text: string, iso: string, python: string): readonly [string, More] => [
  string(text),
  { other: iso8601(iso), python: `datetime.${python}` },
];

const POINT = '000000000101000000000000000000f03f0000000000000040';
const UUID = '123e4567-e89b-12d3-a456-426655440000';
const NOON = '2003-05-01 12:30:00';

const NUMBERS: readonly MysqlValue[] = [
  of('tinyint', 1, '-128', int(-128)),
  of('boolean', 1, 'true', int(1)),
  of('smallint unsigned', 2, '65535', int(65535)),
  of('mediumint', 9, '-8388608', int(-8388608)),
  of('int zerofill', 3, '42', int(42)),
  of('int', 3, '2147483647', int(2147483647)),
  of('int', 3, '-2147483648', int(-2147483648)),
  of('int unsigned', 3, '2147483648', i8('2147483648')),
  of('bigint', 8, '4294967295', i8('4294967295')),
  of('bigint', 8, '-2147483649', i8('-2147483649')),
  of('bigint', 8, '9007199254740993', i8('9007199254740993')),
  of('bigint', 8, '9223372036854775807', i8('9223372036854775807')),
  of('bigint', 8, '-9223372036854775808', i8('-9223372036854775808')),
  of('bigint unsigned', 8, '9223372036854775808', string('9223372036854775808'), { python: '9223372036854775808' }),
  of('bigint unsigned', 8, '18446744073709551615', string('18446744073709551615'), {
    python: '18446744073709551615',
  }),
  of('int generated always as (1 + 1)', 3, 'default', int(2)),
  of('int invisible', 3, '5', int(5)),
  of('year', 13, '2003', int(2003)),
  from('cast(-128 as signed)', int(-128)),
  from('2147483648', i8('2147483648'), { hostile: '2^31' }),
  from('9007199254740993', i8('9007199254740993'), { hostile: '2^53+1' }),
  from('-9223372036854775808', i8('-9223372036854775808'), { hostile: '-2^63' }),
  from('18446744073709551615', string('18446744073709551615'), { hostile: '2^64-1', python: '18446744073709551615' }),
  of('float', 4, '1.1', double('1.1')),
  of('double', 5, '-1.5e-7', double('-0.00000015')),
  from('1e0', double('1.0')),
  from('1e300', double(`1${'0'.repeat(300)}.0`), { hostile: '1e300' }),
  from('5e-324', double(`0.${'0'.repeat(323)}5`), { hostile: '5e-324' }),
  of(
    'decimal(30, 10)',
    246,
    '12345678901234567890.5',
    ...decimal('12345678901234567890.5000000000', '12345678901234567000.0'),
  ),
  of('decimal(5, 2)', 246, '-5', ...decimal('-5.00', '-5.0')),
  of('decimal(5)', 246, '7', ...decimal('7', '7.0')),
  from('1.10', ...decimal('1.10', '1.1')),
  from('12345678901234567890.10', string('12345678901234567890.10'), {
    hostile: 'DECIMAL',
    other: double('12345678901234567000.0'),
    python: "Decimal('12345678901234567890.10')",
  }),
  from(
    "cast('123456789012345678901234567890.10' as decimal(40,2))",
    ...decimal('123456789012345678901234567890.10', '123456789012345680000000000000.0'),
  ),
];

const TIMES: readonly MysqlValue[] = [
  of('date', 10, "'2003-05-01'", ...date('2003-05-01', '20030501T00:00:00', 'date(2003, 5, 1)')),
  of('date', 10, "'0000-00-00'", string('0000-00-00'), { python: 'None' }),
  of('time(3)', 11, "'-838:59:58.999'", string('-838:59:58.999'), {
    python: '-datetime.timedelta(hours=838, minutes=59, seconds=58, milliseconds=999)',
  }),
  of('time', 11, "'12:30:00'", string('12:30:00'), { python: 'datetime.timedelta(hours=12, minutes=30)' }),
  of('datetime', 12, `'${NOON}'`, ...date(NOON, '20030501T12:30:00', 'datetime(2003, 5, 1, 12, 30)')),
  of('datetime(6)', 12, `'${NOON}'`, ...date(`${NOON}.000000`, '20030501T12:30:00', 'datetime(2003, 5, 1, 12, 30)')),
  of('datetime(3)', 12, `'${NOON}.25'`, string(`${NOON}.250`), {
    python: 'datetime.datetime(2003, 5, 1, 12, 30, 0, 250000)',
  }),
  of(
    'timestamp null',
    7,
    "'2003-05-01 12:30:59'",
    ...date('2003-05-01 12:30:59', '20030501T12:30:59', 'datetime(2003, 5, 1, 12, 30, 59)'),
  ),
  of('datetime(6)', 12, `'${NOON}.000001'`, string(`${NOON}.000001`), {
    python: 'datetime.datetime(2003, 5, 1, 12, 30, 0, 1)',
  }),
  from("cast('-838:59:59' as time)", string('-838:59:59'), {
    python: '-datetime.timedelta(hours=838, minutes=59, seconds=59)',
  }),
  from('(select day from zero_date)', string('0000-00-00'), { hostile: 'zero date', python: 'None' }),
];

const TEXTS: readonly MysqlValue[] = [
  of('char(5)', 254, "'é😀'", string('é😀')),
  of('varchar(5)', 253, "'a '", string('a ')),
  of('char(5) character set latin1', 254, "'é€'", string('é€')),
  of('varchar(5) character set ucs2', 253, "'é€'", string('é€')),
  of('char(5) character set utf16', 254, "'é😀'", string('é😀')),
  of('varchar(5) character set utf16le', 253, "'é😀'", string('é😀')),
  of('varchar(5) character set utf32', 253, "'é😀'", string('é😀')),
  of('varchar(5) character set gbk', 253, "'汉字'", string('汉字')),
  of('tinytext', 252, "'é'", string('é')),
  of('text', 252, "'<&>'", string('&lt;&amp;&gt;')),
  of('mediumtext', 252, "''", string('')),
  of('longtext', 252, 'null', '<nil></nil>', { python: 'None' }),
  of("enum('a', 'é')", 254, "'é'", string('é')),
  of("set('a', 'é')", 254, "'a,é'", string('a,é')),
  of('json', { MariaDB: 252, MySQL: 245 }, `'{"é": "😀 <&>"}'`, string('{"é": "😀 &lt;&amp;&gt;"}')),
  of('varchar(5) collate utf8mb4_0900_ai_ci', 253, "'é😀'", string('é😀'), { server: 'MySQL' }),
  of('inet6', 254, "'::1'", string('::1'), { server: 'MariaDB' }),
  of('uuid', 254, `'${UUID}'`, string(UUID), { server: 'MariaDB' }),
  from("'höpper & <sons> 😀'", string('höpper &amp; &lt;sons&gt; 😀')),
  from("''", string('')),
  from("json_object('a', 1)", string('{"a": 1}')),
  from("_utf8mb4 x'610d0a62'", string('a&#13;\nb'), { hostile: 'CR LF', python: "u'a\\r\\nb'" }),
  from("_utf8mb4 x'61c285e280a862'", string('a\u0085\u2028b'), { hostile: 'U+0085, U+2028' }),
  from("_utf8mb4 x'f09f9880'", string('😀'), { hostile: 'emoji' }),
  from("_utf8mb4 x'610162'", binary('610162'), { hostile: 'U+0001', python: "u'a\\x01b'" }),
  from("_utf8mb4 x'610062'", binary('610062'), { hostile: 'NUL', python: "u'a\\0b'" }),
  from("_utf8mb4 x'61efbfbe62'", binary('61efbfbe62'), { hostile: 'U+FFFE', python: "u'a\\ufffeb'" }),
  from('char(1 using utf8mb4)', binary('01'), { python: "u'\\x01'" }),
  from('null', '<nil></nil>', { hostile: 'NULL', python: 'None' }),
];

const BYTES: readonly MysqlValue[] = [
  of('bit(10)', 16, "b'1000000001'", base64('0201')),
  of('bit(9)', 16, "b'100000001'", base64('0101')),
  of('binary(3)', 254, "'a'", base64('610000')),
  of('varbinary(3)', 253, "x'ff'", base64('ff')),
  of('tinyblob', 252, "'a'", base64('61')),
  of('blob', 252, "''", base64('')),
  of('mediumblob', 252, "x'00'", base64('00')),
  of('longblob', 252, "'b'", base64('62')),
  of('point', 255, 'point(1, 2)', base64(POINT)),
  of('geometry', 255, 'point(1, 2)', base64(POINT)),
  of('vector(2)', 242, "to_vector('[1, 2]')", base64('0000803f00000040'), { server: 'MySQL' }),
  from("x'00ff'", base64('00ff')),
  from("x'00ff0d0a'", base64('00ff0d0a'), { hostile: 'bytes' }),
  from('(select b from (select cast(5 as binary(1)) b) t)', base64('35')),
];

/** Values of each type, and those at the limits of XML-RPC's. */
export const MYSQL_VALUES: readonly MysqlValue[] = [...NUMBERS, ...TIMES, ...TEXTS, ...BYTES];

/** All combinations of the options that change values. */
export const OPTIONS: readonly Partial<ValueOptions>[] = VALUE_FORMS.bigints.flatMap((bigints) =>
  VALUE_FORMS.decimals.flatMap((decimals) =>
    VALUE_FORMS.dates.flatMap((dates) => VALUE_FORMS.nulls.map((nulls) => ({ bigints, decimals, dates, nulls }))),
  ),
);

/** The XML of a value with some options. */
export function xmlWith({ xml, other }: MysqlValue, options: Partial<ValueOptions>): string {
  const { bigints, decimals, dates, nulls } = options;
  if (bigints === 'string' && xml.startsWith('<i8>')) return xml.replaceAll('i8', 'string');
  if (nulls === 'empty' && xml === '<nil></nil>') return string('');
  const changes = other?.startsWith('<double>') ? decimals === 'double' : dates === 'iso8601';
  return changes && other !== undefined ? other : xml;
}

/** The content of its cell in MySQL's text protocol. */
export function cellOf({ xml, literal }: MysqlValue): Buffer | null {
  const [, tag = '', text = ''] = /^<(\w+)>(.*)<\/\w+>$/s.exec(xml) ?? [];
  if (tag === 'nil') return null;
  if (tag === 'base64') return Buffer.from(text, 'base64');
  // As MySQL prints them.
  if (tag === 'double') return Buffer.from(String(Number(text)));
  if (literal === '42') return Buffer.from('0000000042');
  return Buffer.from(
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#13;', '\r').replaceAll('&amp;', '&'),
  );
}

/** Whether it is text that XML cannot carry. */
export function isUnprintable({ xml }: MysqlValue): boolean {
  return xml.startsWith('<base64>\n');
}

/** An expression of Python for it. */
export function inPython(value: MysqlValue): string {
  const { python, xml } = value;
  if (python !== undefined) return python;
  const cell = cellOf(value) ?? Buffer.alloc(0);
  if (xml.startsWith('<base64>')) return `bytes(bytearray.fromhex(u"${cell.toString('hex')}"))`;
  if (xml.startsWith('<string>')) return `u${JSON.stringify(cell.toString())}`;
  return xml.startsWith('<double>') ? `float("${cell}")` : cell.toString().replace(/^0+(?=\d)/, '');
}
