import { expect } from 'chai';
import { callDocument } from '../../support/client.js';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';

describe('the values of MySQL', () => {
  let gateway: DatabaseGateway;
  let cursor: CursorClient;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
    cursor = await gateway.cursor();
  });

  after(() => gateway?.stop());

  /** The encoded value of a query with one value. */
  async function onTheWire(query: string): Promise<string> {
    const text = query.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const { body } = await ask(gateway.url, { body: callDocument('execute', text) });
    const [, value] = /<data><value><array><data><value>(.*?)<\/value><\/data><\/array>/s.exec(body) ?? [];
    return value ?? body;
  }

  const values: [string, string, string][] = [
    ['TINYINT', 'cast(-128 as signed)', '<int>-128</int>'],
    ['an int of 32 bits', '2147483647', '<int>2147483647</int>'],
    ['BIGINT beyond 32 bits', '2147483648', '<i8>2147483648</i8>'],
    ['BIGINT beyond 53 bits', '9007199254740993', '<i8>9007199254740993</i8>'],
    ['the smallest BIGINT', '-9223372036854775808', '<i8>-9223372036854775808</i8>'],
    ['the largest BIGINT', '9223372036854775807', '<i8>9223372036854775807</i8>'],
    ['BIGINT UNSIGNED beyond 63 bits', '18446744073709551615', '<string>18446744073709551615</string>'],
    [
      'DECIMAL',
      "cast('123456789012345678901234567890.10' as decimal(40,2))",
      '<string>123456789012345678901234567890.10</string>',
    ],
    ['DOUBLE', '1e0', '<double>1.0</double>'],
    ['a large DOUBLE', '1e300', `<double>1${'0'.repeat(300)}.0</double>`],
    ['a small DOUBLE', '1.5e-7', '<double>0.00000015</double>'],
    ['DATE', "cast('2003-05-01' as date)", '<string>2003-05-01</string>'],
    ['DATETIME', "cast('2003-05-01 12:30:00.000001' as datetime(6))", '<string>2003-05-01 12:30:00.000001</string>'],
    ['TIME', "cast('-838:59:59' as time)", '<string>-838:59:59</string>'],
    ['CHAR', "'höpper & <sons> 😀'", '<string>höpper &amp; &lt;sons&gt; 😀</string>'],
    ['CHAR with CR', "'a\\r\\nb'", '<string>a&#13;\nb</string>'],
    ['an empty string', "''", '<string></string>'],
    ['text that XML cannot carry', 'char(1 using utf8mb4)', '<base64>\nAQ==</base64>'],
    ['BINARY', "x'00ff'", '<base64>AP8=</base64>'],
    ['BIT', '(select b from (select cast(5 as binary(1)) b) t)', '<base64>NQ==</base64>'],
    ['GEOMETRY', 'point(1, 2)', '<base64>AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==</base64>'],
    ['JSON', "json_object('a', 1)", '<string>{"a": 1}</string>'],
    ['NULL', 'null', '<nil></nil>'],
  ];
  for (const [type, expression, wire] of values) {
    it(`${type} is ${wire.length > 60 ? `${wire.slice(0, 57)}...` : wire}`, async () => {
      expect(await onTheWire(`select ${expression}`)).to.equal(wire);
    });
  }

  it('read from tables are correct: ENUM, SET, FLOAT, BIT, YEAR, zero dates, bytes', async () => {
    await cursor.execute("set sql_mode = ''");
    await cursor.execute(
      "create temporary table v (e enum('a','b'), s set('x','y'), f float, b bit(9), d date, t timestamp null, " +
        'c char(3), n binary(3), y year)',
    );
    await cursor.execute(
      "insert into v values ('b', 'x,y', 1.1, b'100000001', '0000-00-00', '2003-05-01', 'ab', 'ab', 2003)",
    );
    expect(await cursor.rows('select * from v')).to.deep.equal([
      ['b', 'x,y', 1.1, Buffer.from([1, 1]), '0000-00-00', '2003-05-01 00:00:00', 'ab', Buffer.from('ab\0'), 2003],
    ]);
  });

  it('sent as arguments come back equal', async () => {
    const sent = [
      null,
      true,
      -5,
      2147483647,
      1.5,
      'CR \r LF \n',
      ']]>',
      '😀',
      '',
      Buffer.from([0, 255, 39, 92]),
      '\\',
      "'",
    ];
    const back = await cursor.rows(`select ${sent.map(() => '%s').join(', ')}`, sent);
    expect(back).to.deep.equal([[null, 1, -5, 2147483647, 1.5, ...sent.slice(5)]]);
  });

  it('are text in every character set that the client sets', async () => {
    await cursor.execute('set names latin1');
    expect(await cursor.rows("select 'é€', %s", ['é€'])).to.deep.equal([['é€', 'é€']]);
  });

  const encodings: [string, string][] = [
    ['ucs2', 'aé€Ω'],
    ['utf16', 'aé€Ω😀'],
    ['utf16le', 'aé€Ω😀'],
    ['utf32', 'aé€Ω😀'],
    ['macce', 'ČŁőž'],
    ['macroman', 'é†ﬁ'],
    ['latin1', 'é€'],
    ['latin2', 'łő'],
    ['koi8r', 'Жя'],
    ['greek', 'Ωή'],
    ['gbk', '汉字'],
    ['ujis', '日本'],
  ];
  for (const [charset, text] of encodings) {
    it(`are read in their own character set if the client wants that: ${charset}`, async () => {
      await cursor.execute('set names utf8mb4');
      await cursor.execute('set character_set_results = NULL');
      const query = `select convert(%s using ${charset}) as v`;
      expect(await cursor.rows(query, [text])).to.deep.equal([[text]]);
      await cursor.execute(query, [text]);
      expect(await cursor.call('fetchone')).to.deep.equal([text]);
    });
  }
});
