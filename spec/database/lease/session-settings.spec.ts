import { expect } from 'chai';
import { settingsOf } from '#lib/database/pinning/settings-reader.js';
import { faultOf } from '../../support/client.js';
import type { CursorClient, GatewayOptions } from '../../support/database-gateway.js';
import { otherGateway, specGateway } from '../../support/suite-gateway.js';
import { type PerServer, perServer } from '../../support/test-server.js';

describe('the settings of a session', () => {
  const gateway = specGateway({ connections: 1, connectWait: 0.3 });

  before(async () => {
    await using outside = await otherGateway();
    for (const name of ['netsvc_used', 'netsvc_gone']) {
      await outside.execute(`drop database if exists ${name}`);
      await outside.execute(`create database ${name} character set latin1`);
    }
    await outside.execute('create function netsvc_used.used() returns int no sql return get_lock("used", 0)');
    await outside.execute('create view netsvc_used.used_view as select netsvc_used.used() as l');
    await outside.execute('create table netsvc_used.used_table (id int)');
  });

  after(async () => {
    await using outside = await otherGateway();
    await outside.execute('drop database netsvc_used');
    await outside.execute('drop database if exists netsvc_gone');
  });

  const start = async (options: GatewayOptions = {}): Promise<CursorClient> => {
    await gateway.start(options);
    return gateway.cursor();
  };

  const isShared = () =>
    gateway.execute("select cast('x' as signed) from numbers where seq < 5").then(
      () => true,
      () => false,
    );

  /** What the queries return, if the connection is used by another session after each statement. */
  const answers = async (statements: readonly string[], query: string, options: GatewayOptions) => {
    const cursor = await start(options);
    const seen: unknown[] = [];
    for (const statement of statements) {
      await cursor.execute(statement);
      if (!options.pin) seen.push(await isShared());
      await cursor.execute('select 1');
      if (!options.pin) seen.push(await isShared());
    }
    const rows = await cursor.rows(query);
    await gateway.stop();
    return { rows, isShared: !seen.includes(false) };
  };

  const ISOLATION = { MariaDB: 'select @@tx_isolation', MySQL: 'select @@transaction_isolation' };
  const CHARSETS =
    'select @@character_set_client, @@character_set_connection, @@collation_connection, @@character_set_results';

  const restored: [string[], string | PerServer<string>][] = [
    [['set names latin1'], CHARSETS],
    [["set names 'utf8' collate 'utf8_bin'"], CHARSETS],
    [['set names latin1', 'set collation_connection = latin1_bin'], CHARSETS],
    [['set collation_connection = latin1_bin', 'set names utf8mb4'], CHARSETS],
    [['set names latin1, character_set_results = null'], CHARSETS],
    [['set character_set_results = binary', 'set names latin1'], CHARSETS],
    [['set character set latin2'], CHARSETS],
    [['set character_set_connection = latin2', 'set character_set_client = latin1'], CHARSETS],
    [['set names latin1'], "select collation('a'), charset(concat('a', 'é')), length(convert('é' using latin1))"],
    [["set sql_mode = ''"], 'select @@sql_mode'],
    [["set sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'"], "select 'a' || 'b', @@sql_mode"],
    [['SET SESSION sql_mode := "NO_BACKSLASH_ESCAPES"'], "select '\\\\', @@sql_mode"],
    [["set sql_mode = 'ANSI'", 'set sql_mode = default'], 'select @@sql_mode'],
    [['set @@session.sql_mode = NO_ZERO_DATE'], 'select @@sql_mode'],
    [['set autocommit = 1'], 'select @@autocommit'],
    [['set autocommit = 0'], 'select @@autocommit'],
    [['set autocommit = 0', 'set autocommit = on'], 'select @@autocommit'],
    [["set time_zone = '+05:00', @@local.foreign_key_checks = off"], 'select @@time_zone, @@foreign_key_checks'],
    [['set group_concat_max_len = 5000', 'set sql_auto_is_null = 0'], 'select @@group_concat_max_len'],
    [['set sql_select_limit = 0'], 'select @@sql_select_limit limit 1'],
    [["set lc_time_names = 'de_DE'"], "select monthname('2020-03-01')"],
    [['set session transaction isolation level read committed'], ISOLATION],
    [
      ['set session transaction isolation level serializable, read only', 'set session transaction read write'],
      ISOLATION,
    ],
    [['use netsvc_used'], 'select database(), @@collation_database'],
    [['use `netsvc_used`;', 'use test'], 'select database(), @@collation_database'],
    [['use netsvc_used', 'create table if not exists used_table (id int)'], 'select count(*) from used_table'],
    [
      ['set names latin1', "set sql_mode = ''", 'use netsvc_used', 'set autocommit = 0'],
      'select @@sql_mode, database()',
    ],
  ];
  for (const [statements, query] of restored) {
    it(`are on each of its connections: ${statements.join('; ')}`, async () => {
      const sql = typeof query === 'string' ? query : perServer(query);
      const expected = await answers(statements, sql, { pin: true });
      expect(await answers(statements, sql, {})).to.deep.equal({ rows: expected.rows, isShared: true });
    });
  }

  const pinning: string[] = [
    'set global max_connections = 100',
    'set @a = 1',
    "set @a = 'x', names latin1",
    'set autocommit = 1 + 0',
    'set tx_isolation = serializable',
    'set @@transaction_isolation = serializable',
    "set session sql_mode = 'A', global max_connections = 100",
    'set sql_mode = (select @@sql_mode)',
    'set sql_mode = @@sql_mode',
    "set sql_mode = concat('A', 'NSI')",
    'set transaction isolation level serializable',
    'set sql_auto_is_null = 1',
    'set timestamp = 1000',
    'set names binary',
    "set optimizer_switch = 'mrr=on'",
    "set sql_mode = 'it''s'",
    "set sql_mode = 'é'",
    'set password = ""',
    'set role none',
    'use a.b',
  ];
  for (const sql of pinning) {
    it(`are only on the connection itself if it is not certain how to set them again: ${sql.slice(0, 80)}`, () => {
      expect(settingsOf(sql)).to.equal(undefined);
    });
  }

  it('pin nothing, and stay as they are, if MySQL refuses a SET', async () => {
    const cursor = await start();
    await cursor.execute("set sql_mode = 'ANSI_QUOTES'");
    await faultOf(cursor.execute("set sql_mode = '', time_zone = 'nowhere', foreign_key_checks = 0"));
    await faultOf(cursor.execute("set foreign_key_checks = 0, sql_mode = 'nosuch'"));
    expect(await isShared()).to.equal(true);
    expect(await cursor.rows('select @@sql_mode, @@foreign_key_checks')).to.deep.equal([['ANSI_QUOTES', 1]]);
  });

  it('are there in a transaction, and after it', async () => {
    const cursor = await start();
    await cursor.call('begin');
    await cursor.execute("set time_zone = '+03:00'");
    await cursor.call('commit');
    expect(await isShared()).to.equal(true);
    expect(await cursor.rows('select @@time_zone')).to.deep.equal([['+03:00']]);
  });

  it('begin a transaction with each statement if autocommit is one of them', async () => {
    const cursor = await start();
    await cursor.execute('set autocommit = 0');
    expect(await isShared()).to.equal(true);
    await cursor.execute('insert into netsvc_used.used_table values (1)');
    expect(await isShared()).to.equal(false);
    await cursor.call('rollback');
    expect(await gateway.execute('select count(*) from netsvc_used.used_table')).to.deep.equal([[0]]);
  });

  it('leave no warnings', async () => {
    const cursor = await start();
    // Deprecated.
    await cursor.execute("set sql_mode = 'NO_ZERO_DATE'");
    await cursor.execute('use netsvc_used');
    expect(await isShared()).to.equal(true);
    expect(await cursor.rows('select @@warning_count')).to.deep.equal([[0]]);
  });

  it('make the names of the schema of USE count', async () => {
    const cursor = await start();
    await cursor.execute('use netsvc_used');
    expect(await isShared()).to.equal(true);
    await cursor.execute('select l from used_view');
    expect(await isShared()).to.equal(false);
    expect(await cursor.rows("select is_used_lock('used') is null")).to.deep.equal([[0]]);
  });

  it('that cannot be restored are a fault once, before anything runs', async () => {
    const cursor = await start();
    await cursor.execute('use netsvc_gone');
    await cursor.execute('set sql_notes = 0');
    await gateway.execute('drop database netsvc_gone');
    const { code, string } = await faultOf(cursor.execute('insert into netsvc_used.used_table values (77)'));
    expect(code).to.equal(2006);
    expect(string).to.match(/the settings of the session cannot be restored: Unknown database 'netsvc_gone'/);
    expect(await cursor.rows('select database(), @@sql_notes')).to.deep.equal([['test', 1]]);
    expect(await gateway.execute('select count(*) from netsvc_used.used_table where id = 77')).to.deep.equal([[0]]);
  });

  it('are lost with the connection of a session that is pinned, which is told so', async () => {
    const cursor = await start({ connections: 2 });
    await cursor.execute("set sql_mode = 'ANSI'");
    await cursor.call('begin');
    const [[id]] = (await cursor.rows('select connection_id()')) as [[number]];
    await gateway.execute(`kill ${id}`);
    expect((await faultOf(cursor.execute('select 1'))).code).to.be.oneOf([2006, 2013]);
    expect(await cursor.rows("select instr(@@sql_mode, 'ANSI')")).to.deep.equal([[0]]);
  });

  it('survive the loss of the connection of a session that is not pinned', async () => {
    const cursor = await start({ connections: 2 });
    const id = gateway.pool.connections[0]?.threadId;
    await cursor.execute("set sql_mode = 'ANSI_QUOTES'");
    const [connection] = gateway.pool.connections;
    await gateway.execute(`kill ${connection?.threadId ?? id}`);
    expect(await cursor.rows('select @@sql_mode')).to.deep.equal([['ANSI_QUOTES']]);
  });
});
