import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { Cursor } from '#lib/database/index.js';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { callDocument, faultOf } from '../../support/client.js';
import { type CursorClient, DatabaseGateway, type GatewayOptions } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { onlyOn, type PerServer, perServer, serverKind } from '../../support/test-server.js';
import { until } from '../../support/until.js';

describe('the connection of a session', () => {
  let url: string;
  let gateway: DatabaseGateway;
  let cursor: CursorClient;

  before(function () {
    url = testDatabase(this);
  });

  const start = async (options: GatewayOptions = {}) => {
    gateway = await DatabaseGateway.start(url, { connections: 1, connectWait: 0.3, ...options });
    await recreate(gateway, 'table lease (id int auto_increment primary key, v int)');
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
    ['a query', ['select * from lease'], 'parked'],
    ['a query with LIMIT', ['select * from lease limit 1'], 'parked'],
    ['a change of one row', ['update lease set v = 4 where id = 1'], 'parked'],
    ['a change of no row', ['delete from lease where id = 77'], 'parked'],
    ['a committed transaction', ['begin', 'update lease set v = 5 where id = 1', 'commit'], 'parked'],
    ['an INSERT that generates an id', ['insert into lease (v) values (4)'], 'parked'],
    ['a change of several rows', ['update lease set v = v + 1'], 'parked'],
    ['a warning', ["select cast('x' as signed)"], 'parked'],
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
      // Until its tables are known, the session is pinned.
      if (expected === 'parked') await until(() => status() === 'parked');
      expect(status()).to.equal(expected);
      await cursor.call('close');
      await until(() => status() === 'idle');
    });
  }

  describe('of a session that uses a table', () => {
    const tables: [string, string[] | PerServer<string[]>, string, string][] = [
      ['without any', ['table used (id int default 5)'], 'insert into used values ()', 'parked'],
      [
        'with a default that calls a function of its own state',
        {
          MariaDB: ['sequence used_ids', 'table used (id int default nextval(used_ids))'],
          MySQL: ['table used (id bigint unsigned default (uuid_short()))'],
        },
        'insert into used values ()',
        'pinned',
      ],
      [
        'with a default that calls a function without state',
        ['table used (id varchar(40) default (uuid()))'],
        'insert into used values ()',
        'parked',
      ],
      [
        'with a trigger',
        ['table used (id int)', 'trigger used_trigger before insert on used for each row select 1 into @used'],
        'insert into used values (1)',
        'pinned',
      ],
      [
        'with a trigger, which it only reads',
        ['table used (id int)', 'trigger used_trigger before insert on used for each row select 1 into @used'],
        'select * from used',
        'parked',
      ],
      [
        'that is a view of tables',
        ['table used (id int)', 'view used_view as select count(*) from used'],
        'select * from used_view',
        'parked',
      ],
      [
        'that is a view of a view that calls a stored function',
        [
          'function used_function() returns int no sql return 1',
          'view used_view as select used_function()',
          'view outer_view as select * from used_view',
        ],
        'select * from `test` . `outer_view`',
        'pinned',
      ],
      [
        'that is a view of LAST_INSERT_ID()',
        ['view used_view as select last_insert_id()'],
        'select * from used_view',
        'pinned',
      ],
    ];
    for (const [what, schema, statement, expected] of tables) {
      it(`${what} is ${expected}`, async () => {
        await start();
        for (const definition of Array.isArray(schema) ? schema : perServer(schema)) {
          await recreate(gateway, definition);
        }
        await until(() => gateway.pool.counts.idle === 1);
        await cursor.execute(statement);
        // When the tables are known, a session that is not pinned gives up its connection.
        const other = await gateway.execute('select 1').catch(() => 'in use');
        expect(other).to.deep.equal(expected === 'pinned' ? 'in use' : [[1]]);
      });
    }

    it('looks it up again after a statement that changes tables', async () => {
      await start();
      await recreate(gateway, 'table used (id int)');
      await cursor.execute('insert into used values (1)');
      await until(() => status() === 'parked');
      await gateway.execute('create trigger used_later before insert on used for each row select 1 into @used');
      await cursor.execute('insert into used values (1)');
      expect((await faultOf(gateway.execute('select 1'))).code).to.equal(51);
    });
  });

  const readers: [string, string, string][] = [
    ['view', 'view reader as select row_count(), last_insert_id() > 0', 'select * from reader'],
    [
      'stored function',
      "function reader() returns text no sql return concat(row_count(), ' ', last_insert_id() > 0)",
      'select reader()',
    ],
    ['procedure', 'procedure reader() select row_count(), last_insert_id() > 0', 'call reader()'],
  ];
  for (const [what, definition, statement] of readers) {
    it(`restores the session state that a ${what} reads`, async () => {
      await start();
      await recreate(gateway, definition);
      for (const change of ['insert into lease (v) values (9)', 'delete from lease where id = 77', 'select nosuch']) {
        const [reclaimed, other] = [await gateway.cursor(), await gateway.cursor()];
        // MySQL cannot restore a ROW_COUNT() of 1 with a FOUND_ROWS() of 0.
        if (serverKind() === 'MySQL') await reclaimed.execute('select 1');
        await reclaimed.execute(change).catch(() => {});
        await other.execute('select 1');
        const seen = await reclaimed.rows(statement);
        await reclaimed.call('close');
        await other.execute(change).catch(() => {});
        expect(JSON.stringify(seen)).to.equal(JSON.stringify(await other.rows(statement)), change);
        await other.call('close');
      }
    });
  }

  it('asks for all tables of a statement in one query', async () => {
    await start();
    for (let i = 0; i < 30; i++) await recreate(gateway, `table used_${i} (id int)`);
    const connections = async () => {
      const [row] = (await gateway.execute("show global status like 'connections'")) as [string, string][];
      return Number(row?.[1]);
    };
    const tables = Array.from({ length: 30 }, (_, i) => `used_${i}`);
    const before = await connections();
    await cursor.execute(`select * from ${tables.join(', ')}`);
    expect((await connections()) - before).to.equal(1);
    for (const table of tables) await gateway.execute(`drop table ${table}`);
  });

  it('keeps LASTVAL() of a sequence that a column default uses', async function () {
    onlyOn('MariaDB', this, 'MySQL has no sequences');
    await start();
    await recreate(gateway, 'sequence used_ids');
    await recreate(gateway, 'table used (v int, id int default nextval(used_ids))');
    await until(() => gateway.pool.counts.idle === 1);
    await cursor.execute('insert into used (v) values (1)');
    await gateway.execute('select 1').catch(() => {});
    expect(await cursor.rows('select lastval(used_ids)')).to.deep.equal([[1]]);
  });

  it('keeps LAST_INSERT_ID() after fault 51 for warnings that are lost', async () => {
    await start();
    await cursor.execute("insert into lease (v) values (cast('7x' as signed))").catch(() => {});
    await cursor.execute('insert into lease (v) values (20)');
    const id = await cursor.call('lastrowid');
    await cursor.execute("select cast('x' as signed)");
    await gateway.execute('select 1');
    expect((await faultOf(cursor.execute('select last_insert_id(), @@warning_count'))).code).to.equal(51);
    expect(await cursor.rows('select last_insert_id()')).to.deep.equal([[id]]);
  });

  it('is pinned while rows of an SS cursor are unread, and parked afterwards', async () => {
    await start();
    const reader = await gateway.cursor(60, 'SSCursor');
    await reader.execute("select repeat('x', 200) from numbers where seq <= 10000");
    expect(status()).to.equal('pinned');
    await reader.call('fetchall');
    await until(() => status() === 'parked');
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

  describe('reclaimed by another session', () => {
    const OTHER_SESSION = 'another session needs the connection';
    const ONE_ROW = 'insert into lease (v) values (9)';
    const THREE_ROWS = 'select v from lease where id <= 3';
    const WARNING = "select cast('x' as signed)";

    /** What the last statement of a session returns, after others of it and a reclaim in between. */
    const sequences: [string[], 'the same' | PerServer<'the same' | 'fault 51'>][] = [
      [[THREE_ROWS, OTHER_SESSION, 'update lease set v = 7 where id < 3', 'select found_rows()'], 'the same'],
      [[THREE_ROWS, OTHER_SESSION, 'update lease set v = 1 where 1 = 0', 'select found_rows()'], 'the same'],
      [[THREE_ROWS, OTHER_SESSION, 'delete from lease where id = 2', 'select found_rows()'], 'the same'],
      [[THREE_ROWS, OTHER_SESSION, 'select (select v from lease) from lease', 'select found_rows()'], 'the same'],
      [[ONE_ROW, OTHER_SESSION, THREE_ROWS, 'select found_rows(), last_insert_id()'], 'the same'],
      [[THREE_ROWS, 'delete from lease where 1 = 0', OTHER_SESSION, 'select found_rows(), row_count()'], 'the same'],
      [['select 1', ONE_ROW, OTHER_SESSION, 'select row_count(), found_rows()'], 'the same'],
      [[THREE_ROWS, ONE_ROW, OTHER_SESSION, 'select row_count(), @@warning_count'], 'the same'],
      [[ONE_ROW, OTHER_SESSION, 'select row_count()', 'select found_rows()'], 'the same'],
      // No statement of MySQL sets ROW_COUNT() to 1 and FOUND_ROWS() to 0.
      [[ONE_ROW, OTHER_SESSION, 'select row_count(), found_rows()'], { MariaDB: 'the same', MySQL: 'fault 51' }],
      // The only statement that sets both has a warning in MySQL.
      [
        [THREE_ROWS, ONE_ROW, OTHER_SESSION, 'select row_count(), found_rows(), @@warning_count'],
        { MariaDB: 'the same', MySQL: 'fault 51' },
      ],
      // Every statement of MySQL clears the warnings.
      [
        [ONE_ROW, OTHER_SESSION, WARNING, 'select last_insert_id(), @@warning_count'],
        { MariaDB: 'the same', MySQL: 'fault 51' },
      ],
      [[WARNING, 'select 1', OTHER_SESSION, 'show warnings'], { MariaDB: 'fault 51', MySQL: 'the same' }],
    ];
    for (const [statements, expected] of sequences) {
      it(`returns what a session of its own does, or fault 51: ${statements.join('; ')}`, async () => {
        const answers = async (options: GatewayOptions) => {
          await start(options);
          let answer: unknown;
          for (const statement of statements) {
            if (statement !== OTHER_SESSION)
              answer = await cursor.rows(statement).catch((error: Error) => error.message);
            else if (!options.pin) await gateway.execute('select 1');
          }
          await gateway.stop();
          return answer;
        };
        const [found, own] = [await answers({}), await answers({ pin: true })];
        if (expected === 'the same' || perServer(expected) === 'the same') expect(found).to.deep.equal(own);
        else expect(found).to.contain('The session state that the statement reads').and.contain('is lost');
      });
    }
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

  it('runs no statement of a client that disconnects before the statement starts', async () => {
    await start();
    for (let turns = 0; turns < 20; turns++) {
      const reader = await gateway.cursor(60, 'SSCursor');
      const session = gateway.registry.lookupServiceName(`database/${reader.id}`);
      if (!(session instanceof Cursor)) throw new Error('there is no such session');
      const request = new ServiceRequest('', '');
      const answer = session.perform('execute', ['select sleep(60)'], request) as Promise<unknown>;
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      request.abort(new Error('gone'));
      // -1: MySQL had begun to answer by then.
      expect(await answer.catch((error: Error) => error.message)).to.be.oneOf(['gone', -1]);
      await session.close();
    }
    await until(() => status() === 'idle');
  });

  it('does not limit the time of a reader of an SS cursor', async () => {
    await start({ queryTimeout: 0.3 });
    const reader = await gateway.cursor(60, 'SSCursor');
    await reader.execute('select seq, repeat("x", 1000) from numbers where seq <= 20000');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { body } = await ask(reader.url, { body: callDocument('fetchall') });
    expect(body.match(/<int>/g)).to.have.length(20_000);
  });
});
