import { expect } from 'chai';
import { call, callDocument } from '../../support/client.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';

describe('the value options of a database', () => {
  const gateways: DatabaseGateway[] = [];

  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.stop();
  });

  async function serve(context: Mocha.Context, parameters: string): Promise<DatabaseGateway> {
    const url = testDatabase(context);
    const gateway = await DatabaseGateway.start(`${url}${url.includes('?') ? '&' : '?'}${parameters}`);
    gateways.push(gateway);
    return gateway;
  }

  /** The encoded values of a row. */
  async function onTheWire({ url }: DatabaseGateway, query: string): Promise<string[]> {
    const { body } = await ask(url, { body: callDocument('execute', query) });
    return [...body.matchAll(/<value>(<(?!array)[^>]*>[^<]*<\/[^>]*>)<\/value>/g)].map(([, value = '']) => value);
  }

  it('bigints=string: integers beyond 32 bits are strings everywhere', async function () {
    const gateway = await serve(this, 'bigints=string');
    expect(await onTheWire(gateway, 'select 2147483647, 2147483648, -9223372036854775808')).to.deep.equal([
      '<int>2147483647</int>',
      '<string>2147483648</string>',
      '<string>-9223372036854775808</string>',
    ]);
    const cursor = await gateway.cursor();
    await cursor.execute('create temporary table t (id bigint auto_increment primary key)');
    await cursor.execute('insert into t values (9007199254740993)');
    await cursor.execute('insert into t values ()');
    expect(await cursor.call('lastrowid')).to.equal('9007199254740994');
  });

  it('decimals=double: DECIMAL is double', async function () {
    const gateway = await serve(this, 'decimals=double');
    expect(await onTheWire(gateway, 'select 1.10, cast(-5 as decimal(5,2)), cast(7 as decimal(5))')).to.deep.equal([
      '<double>1.1</double>',
      '<double>-5.0</double>',
      '<double>7.0</double>',
    ]);
  });

  it('dates=iso8601: dates are dateTime.iso8601, or strings if that cannot represent them', async function () {
    const gateway = await serve(this, 'dates=iso8601');
    const cursor = await gateway.cursor();
    await cursor.execute("set sql_mode = ''");
    await cursor.execute(
      'create temporary table d (a date, b datetime, c timestamp null, d datetime(6), e date, f datetime(3), g time)',
    );
    await cursor.execute(
      "insert into d values ('2003-05-01', '2003-05-01 12:30:00', '2003-05-01 12:30:59', '2003-05-01 12:30:00', " +
        "'0000-00-00', " +
        "'2003-05-01 12:30:00.25', '12:30:00')",
    );
    await cursor.execute('select * from d');
    const { body } = await ask(cursor.url, { body: callDocument('fetchone') });
    expect(
      [...body.matchAll(/<(dateTime.iso8601|string)>([^<]*)/g)].map(([, type, text]) => [type, text]),
    ).to.deep.equal([
      ['dateTime.iso8601', '20030501T00:00:00'],
      ['dateTime.iso8601', '20030501T12:30:00'],
      ['dateTime.iso8601', '20030501T12:30:59'],
      ['dateTime.iso8601', '20030501T12:30:00'],
      ['string', '0000-00-00'],
      ['string', '2003-05-01 12:30:00.250'],
      ['string', '12:30:00'],
    ]);
  });

  it('nulls=empty: NULL and every other nil is an empty string', async function () {
    const gateway = await serve(this, 'nulls=empty');
    expect(await onTheWire(gateway, 'select null')).to.deep.equal(['<string></string>']);
    const cursor = await gateway.cursor();
    expect(await cursor.call('begin')).to.equal('');
    expect(await cursor.call('description')).to.equal('');
    await cursor.execute('select null');
    expect(await cursor.call('fetchone')).to.deep.equal(['']);
    expect(await cursor.call('fetchone')).to.equal('');
  });

  it('apply to that database only', async function () {
    const [one, other] = [await serve(this, 'nulls=empty'), await serve(this, 'decimals=double')];
    expect(await call(one.url, 'execute', 'select null, 1.10')).to.deep.equal([['', '1.10']]);
    expect(await call(other.url, 'execute', 'select null, 1.10')).to.deep.equal([[null, 1.1]]);
  });
});
