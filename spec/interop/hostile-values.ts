import { cellOf, MYSQL_VALUES } from '../support/mysql-values.js';

/** A value that some client or server is known to change, and the type and text that it is sent and received with. */
export interface HostileValue {
  readonly name: string;
  /** `sql` is for an expression that MySQL evaluates. */
  readonly type: 'string' | 'int' | 'double' | 'boolean' | 'base64' | 'dateTime' | 'nil' | 'sql';
  /** Bytes of base64 in hexadecimal. */
  readonly text: string;
  /** The value that MySQL returns, if it differs. */
  readonly back?: readonly [type: string, text: string];
}

const string = (name: string, text: string): HostileValue => ({ name, type: 'string', text });
const int = (name: string, text: string): HostileValue => ({ name, type: 'int', text });
const double = (name: string, text = name): HostileValue => ({ name, type: 'double', text });

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('hex');

/** Values that clients send and receive. */
export const SENT_VALUES: readonly HostileValue[] = [
  string('empty string', ''),
  string('blanks only', '  '),
  string('blanks around', ' a '),
  string('LF', 'a\nb'),
  string('CR', 'a\rb'),
  string('CR LF', 'a\r\nb'),
  string('tab', 'a\tb'),
  string('markup', '<a b="c">&amp;\'</a>'),
  string('`]]>`', 'a]]>b'),
  string('quotes and backslashes', '\\\'"\\\\'),
  string('percent signs', '%s %% %(a)s'),
  string('Latin-1', 'höpper ÿ'),
  string('Cyrillic', 'Жук'),
  string('U+0085, U+2028', 'a\u0085b\u2028c'),
  string('emoji', 'a😀b'),
  string('U+FFFE', 'a\ufffeb'),
  string('U+0001', 'a\u0001b'),
  string('NUL', 'a\u0000b'),
  int('2^31-1', '2147483647'),
  int('-2^31', '-2147483648'),
  int('2^31', '2147483648'),
  int('2^53+1', '9007199254740993'),
  int('2^63-1', '9223372036854775807'),
  int('-2^63', '-9223372036854775808'),
  double('0.1'),
  double('1/3', String(1 / 3)),
  double('1.0'),
  double('1e300'),
  double('5e-324'),
  { name: 'true', type: 'boolean', text: 'true', back: ['int', '1'] },
  { name: 'every byte', type: 'base64', text: EVERY_BYTE },
  { name: 'no bytes', type: 'base64', text: '' },
  { name: 'dateTime', type: 'dateTime', text: '19980717T14:08:55', back: ['string', '1998-07-17 14:08:55'] },
  { name: 'nil', type: 'nil', text: '' },
];

/** Values that clients receive from MySQL. What XML cannot represent is base64. */
export const READ_VALUES: readonly HostileValue[] = MYSQL_VALUES.flatMap((value) => {
  if (value.hostile === undefined) return [];
  const [, tag = ''] = /^<(\w+)>/.exec(value.xml) ?? [];
  const cell = cellOf(value);
  const text = cell?.toString(tag === 'base64' ? 'hex' : 'utf8') ?? '';
  return [{ name: value.hostile, type: 'sql', text: value.literal, back: [tag === 'i8' ? 'int' : tag, text] }];
});

/** The values in the input format of the clients: on each line the type, a tab and the text in hexadecimal. */
export function valuesFile(): string {
  return [...SENT_VALUES, ...READ_VALUES]
    .map(({ type, text }) => `${type}\t${Buffer.from(text).toString('hex')}\n`)
    .join('');
}
