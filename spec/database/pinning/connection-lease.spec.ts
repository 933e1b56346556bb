import { expect } from 'chai';
import { callDocument, faultOf } from '../../support/client.js';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { until } from '../../support/until.js';

describe('the connection of a session', () => {
  let url: string;
  let gateway: DatabaseGateway;
  let cursor: CursorClient;

  before(function () {
    url = testDatabase(this);
  });

  const start = async (options = {}) => {
    gateway = await DatabaseGateway.start(url, { connections: 1, connectWait: 0.3, ...options });
    await gateway.execute('create or replace table lease (id int auto_increment primary key, v int)');
    await gateway.execute('insert into lease (v) values (1), (2), (3)');
    cursor = await gateway.cursor();
    await until(() => gateway.pool.counts.idle === 1);
  };

  afterEach(() => gateway?.stop());

  const status = () => {
    const { idle, parked } = gateway.pool.counts;
    return idle === 1 ? 'idle' : parked === 1 ? 'parked' : 'pinned';
  };

  const cases: [string, string[], string][] = [
    ['a query', ['select * from lease'], 'idle'],
    ['a query with LIMIT', ['select * from lease limit 1'], 'idle'],
    ['a change of one row', ['update lease set v = 4 where id = 1'], 'idle'],
    ['a change of no row', ['delete from lease where id = 77'], 'idle'],
    ['a committed transaction', ['begin', 'update lease set v = 5 where id = 1', 'commit'], 'idle'],
    ['an INSERT that generates an id', ['insert into lease (v) values (4)'], 'parked'],
    ['a change of several rows', ['update lease set v = v + 1'], 'parked'],
    ['a warning', ["select cast('x' as int)"], 'parked'],
    ['a query with SQL_CALC_FOUND_ROWS', ['select sql_calc_found_rows * from lease limit 1'], 'parked'],
    ['a transaction', ['begin'], 'pinned'],
    ['a variable', ['set @x = 1'], 'pinned'],
    ['a temporary table', ['create temporary table mine (id int)'], 'pinned'],
    ['a lock', ["select get_lock('lease', 0)"], 'pinned'],
    ['an unknown function', ['select uuid_short()'], 'pinned'],
  ];
  for (const [what, statements, expected] of cases) {
    it(`is ${expected} after ${what}`, async () => {
      await start();
      for (const statement of statements) await cursor.execute(statement);
      expect(status()).to.equal(expected);
      await cursor.call('close');
      expect(status()).to.equal('idle');
    });
  }

  it('is pinned while rows of an SS cursor are unread, and idle afterwards', async () => {
    await start();
    const reader = await gateway.cursor(60, 'SSCursor');
    await reader.execute("select repeat('x', 200) from seq_1_to_10000");
    expect(status()).to.equal('pinned');
    await reader.call('fetchall');
    await until(() => status() === 'idle');
  });

  it('is parked after an error, and reclaimed when another session needs it', async () => {
    await start();
    await faultOf(cursor.execute('select nosuch'));
    expect(status()).to.equal('parked');
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
    const string =
      'netsvc -- Resource Unavailable\n\nThe session state that the statement reads (FOUND_ROWS(), ROW_COUNT() ' +
      'or warnings) is lost: ' +
      'another session needed the MySQL connection. A session keeps its connection in a transaction, or with ' +
      '--pin always.';
    expect(await faultOf(cursor.execute('show errors'))).to.deep.equal({ code: 51, string });
    expect(await cursor.rows('select row_count()')).to.deep.equal([[-1]]);
  });

  it('keeps the session state after another session has used it', async () => {
    await start();
    await cursor.execute('insert into lease (v) values (9)');
    const id = await cursor.call('lastrowid');
    const other = await gateway.cursor();
    await other.execute('insert into lease (v) values (10)');
    expect(await cursor.rows('select last_insert_id(), row_count()')).to.deep.equal([[id, 1]]);
    expect(await other.rows('select last_insert_id()')).to.deep.equal([[(id as number) + 1]]);
  });

  it('is always pinned with --pin always', async () => {
    await start({ pin: true });
    await cursor.execute('select 1');
    expect(status()).to.equal('pinned');
    expect((await faultOf(gateway.execute('select 1'))).code).to.equal(51);
    await cursor.call('close');
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
  });

  it('is idle after a statement that is rejected before it is sent', async () => {
    await start();
    expect((await faultOf(cursor.execute('select %s', []))).code).to.equal(1);
    expect(status()).to.equal('idle');
  });

  it('stops a statement at the time limit with fault 58 and keeps the transaction', async () => {
    await start({ queryTimeout: 0.2 });
    await cursor.call('begin');
    await cursor.execute('insert into lease (v) values (11)');
    const string = 'netsvc -- Response Aborted\n\nThe statement took more than 0.2 seconds, which is the limit.';
    expect(await faultOf(cursor.execute('select sleep(80)'))).to.deep.equal({ code: 58, string });
    expect(await cursor.rows('select v from lease where v = 11')).to.deep.equal([[11]]);
    await cursor.call('commit');
    expect(await gateway.execute('select count(*) from lease where v = 11')).to.deep.equal([[1]]);
  });

  it('does not limit the time of a reader of an SS cursor', async () => {
    await start({ queryTimeout: 0.3 });
    const reader = await gateway.cursor(60, 'SSCursor');
    await reader.execute('select seq, repeat("x", 1000) from seq_1_to_20000');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { body } = await ask(reader.url, { body: callDocument('fetchall') });
    expect(body.match(/<int>/g)).to.have.length(20_000);
  });
});
