import { expect } from 'chai';
import { callDocument, faultOf } from '../../support/client.js';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { until } from '../../support/until.js';

describe('a session and its connection', () => {
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
    await until(() => gateway.pool.census.idle === 1);
  };

  afterEach(() => gateway?.stop());

  const use = () => {
    const { idle, lent } = gateway.pool.census;
    return idle === 1 ? 'nobody has it' : lent === 1 ? 'it is lent' : 'the session has it';
  };

  const uses: [string, string[], string][] = [
    ['a query', ['select * from lease'], 'nobody has it'],
    ['a query for one row of many', ['select * from lease limit 1'], 'nobody has it'],
    ['a change of one row', ['update lease set v = 4 where id = 1'], 'nobody has it'],
    ['a change of no row', ['delete from lease where id = 77'], 'nobody has it'],
    ['a transaction that is over', ['begin', 'update lease set v = 5 where id = 1', 'commit'], 'nobody has it'],
    ['an id', ['insert into lease (v) values (4)'], 'it is lent'],
    ['a change of several rows', ['update lease set v = v + 1'], 'it is lent'],
    ['a warning', ["select cast('x' as int)"], 'it is lent'],
    ['a query whose count only MySQL knows', ['select sql_calc_found_rows * from lease limit 1'], 'it is lent'],
    ['a transaction', ['begin'], 'the session has it'],
    ['a variable', ['set @x = 1'], 'the session has it'],
    ['a temporary table', ['create temporary table mine (id int)'], 'the session has it'],
    ['a lock', ["select get_lock('lease', 0)"], 'the session has it'],
    ['a function that nobody knows', ['select uuid_short()'], 'the session has it'],
  ];
  for (const [what, statements, expected] of uses) {
    it(`after ${what}: ${expected}`, async () => {
      await start();
      for (const statement of statements) await cursor.execute(statement);
      expect(use()).to.equal(expected);
      await cursor.call('close');
      expect(use()).to.equal('nobody has it');
    });
  }

  it('while rows of an SS cursor are unread: the session has it; then nobody', async () => {
    await start();
    const reader = await gateway.cursor(60, 'SSCursor');
    await reader.execute("select repeat('x', 200) from seq_1_to_10000");
    expect(use()).to.equal('the session has it');
    await reader.call('fetchall');
    await until(() => use() === 'nobody has it');
  });

  it('after a mistake: it is lent, and gone when another needs it', async () => {
    await start();
    await faultOf(cursor.execute('select nosuch'));
    expect(use()).to.equal('it is lent');
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
    const string =
      'netsvc -- Resource Unavailable\n\nWhat the statements before left (FOUND_ROWS(), ROW_COUNT(), warnings) went with ' +
      'a connection that another session needed. In a transaction, or with --pin always, a session keeps its connection.';
    expect(await faultOf(cursor.execute('show errors'))).to.deep.equal({ code: 51, string });
    expect(await cursor.rows('select row_count()')).to.deep.equal([[-1]]);
  });

  it('keeps what the session left, though another had it since', async () => {
    await start();
    await cursor.execute('insert into lease (v) values (9)');
    const id = await cursor.call('lastrowid');
    const other = await gateway.cursor();
    await other.execute('insert into lease (v) values (10)');
    expect(await cursor.rows('select last_insert_id(), row_count()')).to.deep.equal([[id, 1]]);
    expect(await other.rows('select last_insert_id()')).to.deep.equal([[(id as number) + 1]]);
  });

  it('is always the same with --pin always', async () => {
    await start({ pin: true });
    await cursor.execute('select 1');
    expect(use()).to.equal('the session has it');
    expect((await faultOf(gateway.execute('select 1'))).code).to.equal(51);
    await cursor.call('close');
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
  });

  it('is given back when a statement is refused before it is sent', async () => {
    await start();
    expect((await faultOf(cursor.execute('select %s', []))).code).to.equal(1);
    expect(use()).to.equal('nobody has it');
  });

  it('ends a statement that takes longer than the limit with fault 58, and its transaction goes on', async () => {
    await start({ queryTimeout: 0.2 });
    await cursor.call('begin');
    await cursor.execute('insert into lease (v) values (11)');
    const string = 'netsvc -- Response Aborted\n\nThe statement took more than 0.2 seconds, which is the limit.';
    expect(await faultOf(cursor.execute('select sleep(80)'))).to.deep.equal({ code: 58, string });
    expect(await cursor.rows('select v from lease where v = 11')).to.deep.equal([[11]]);
    await cursor.call('commit');
    expect(await gateway.execute('select count(*) from lease where v = 11')).to.deep.equal([[1]]);
  });

  it('does not time the reader of an SS cursor', async () => {
    await start({ queryTimeout: 0.3 });
    const reader = await gateway.cursor(60, 'SSCursor');
    await reader.execute('select seq, repeat("x", 1000) from seq_1_to_20000');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { body } = await ask(reader.url, { body: callDocument('fetchall') });
    expect(body.match(/<int>/g)).to.have.length(20_000);
  });
});
