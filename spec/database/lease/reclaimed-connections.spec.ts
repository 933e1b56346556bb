import { expect } from 'chai';
import { faultOf } from '../../support/client.js';
import { type CursorClient, DatabaseGateway, type GatewayOptions } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { LOST, startWithTable } from './lease-table.js';

describe('the connection of a session, reclaimed by another one,', () => {
  let url: string;
  let gateway: DatabaseGateway;
  let cursor: CursorClient;

  before(function () {
    url = testDatabase(this);
  });

  const start = async (options: GatewayOptions = {}) => {
    ({ gateway, cursor } = await startWithTable(url, options));
  };

  afterEach(() => gateway?.stop());

  it('keeps LAST_INSERT_ID() after another session has used it', async () => {
    await start();
    await cursor.execute('insert into lease (v) values (9)');
    const id = await cursor.call('lastrowid');
    const other = await gateway.cursor();
    await other.execute('insert into lease (v) values (10)');
    expect(await cursor.rows('select last_insert_id()')).to.deep.equal([[id]]);
    expect(await other.rows('select last_insert_id()')).to.deep.equal([[(id as number) + 1]]);
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

  const readers: [string, string, string][] = [
    ['view', 'view reader as select last_insert_id()', 'select * from reader'],
    ['stored function', 'function reader() returns bigint no sql return last_insert_id()', 'select reader()'],
    ['procedure', 'procedure reader() select last_insert_id()', 'call reader()'],
  ];
  for (const [what, definition, statement] of readers) {
    it(`restores the LAST_INSERT_ID() that a ${what} reads`, async () => {
      await start();
      await recreate(gateway, definition);
      for (const change of ['insert into lease (v) values (9)', 'delete from lease where id = 77', 'select nosuch']) {
        await cursor.execute(change).catch(() => {});
        const id = (await cursor.rows('select last_insert_id()')) as unknown;
        await gateway.execute('select 1');
        expect(await cursor.rows(statement), change).to.deep.equal(id);
        await cursor.call('close');
        cursor = await gateway.cursor();
      }
    });
  }

  it('gives no wrong ROW_COUNT() and FOUND_ROWS() to a view', async () => {
    const answer = async (options: GatewayOptions) => {
      await start(options);
      await recreate(gateway, 'view reader as select row_count(), found_rows()');
      await cursor.execute('select * from lease');
      await cursor.execute('update lease set v = v + 1');
      if (!options.pin) await gateway.execute('select 1');
      const seen = await cursor.rows('select * from reader').catch((error: Error) => error.message);
      await gateway.stop();
      return seen;
    };
    const [found, own] = [await answer({}), await answer({ pin: true, connections: 2 })];
    if (typeof found === 'string') expect(found).to.contain(LOST);
    else expect(found).to.deep.equal(own);
  });

  it('is the last to be reclaimed if it has warnings', async () => {
    gateway = await DatabaseGateway.start(url, { connections: 2 });
    const [first, later] = [await gateway.cursor(), await gateway.cursor()];
    await first.execute("select cast('x' as signed)");
    await later.execute('select 1');
    expect(gateway.pool.counts).to.include({ open: 2, parked: 2 });
    await gateway.execute('select 1');
    expect(await first.rows('select @@warning_count')).to.deep.equal([[1]]);
  });

  const OTHER_SESSION = 'another session needs the connection';
  const ONE_ROW = 'insert into lease (v) values (9)';
  const THREE_ROWS = 'select v from lease where id <= 3';
  const MANY_ROWS = 'select seq from numbers where seq <= 150';
  const WARNING = "select cast('x' as signed)";
  const INSERT_WARNING = "insert ignore into lease (v) values ('x')";

  /** What the last statement of a session returns, after others of it and a reclaim in between. */
  const sequences: [string[], 'the same' | 'fault 51' | 'the same, or fault 51'][] = [
    [[ONE_ROW, OTHER_SESSION, 'select last_insert_id()'], 'the same'],
    [[ONE_ROW, OTHER_SESSION, THREE_ROWS, 'select last_insert_id()'], 'the same'],
    [[ONE_ROW, OTHER_SESSION, 'select 1', OTHER_SESSION, 'select last_insert_id()'], 'the same'],
    [[THREE_ROWS, OTHER_SESSION, 'select found_rows()'], 'fault 51'],
    [[ONE_ROW, OTHER_SESSION, 'select row_count()'], 'fault 51'],
    [['delete from lease where 1 = 0', OTHER_SESSION, 'select row_count()'], 'fault 51'],
    [[WARNING, OTHER_SESSION, 'show warnings'], 'fault 51'],
    [[WARNING, OTHER_SESSION, 'select @@warning_count'], 'fault 51'],
    [['select nosuch', OTHER_SESSION, 'show errors'], 'fault 51'],
    [['select nosuch', OTHER_SESSION, 'get diagnostics @number = number'], 'fault 51'],
    [[ONE_ROW, OTHER_SESSION, 'select row_count(), last_insert_id()'], 'fault 51'],
    // What the session itself has done since is there.
    [[THREE_ROWS, OTHER_SESSION, 'select v from lease where id <= 2', 'select found_rows()'], 'the same'],
    [[THREE_ROWS, OTHER_SESSION, 'update lease set v = 7 where id < 3', 'select row_count()'], 'the same'],
    [[ONE_ROW, OTHER_SESSION, 'insert into lease (v) values (1), (2)', 'select last_insert_id()'], 'the same'],
    // What restores the id may clear the warnings.
    [[ONE_ROW, OTHER_SESSION, WARNING, 'select last_insert_id()', 'show warnings'], 'the same, or fault 51'],
    [[ONE_ROW, OTHER_SESSION, WARNING, 'select last_insert_id(), @@warning_count'], 'the same, or fault 51'],
    [[MANY_ROWS, OTHER_SESSION, INSERT_WARNING, 'select found_rows()', 'show warnings'], 'the same, or fault 51'],
    [
      [MANY_ROWS, OTHER_SESSION, INSERT_WARNING, 'select found_rows()', 'select @@warning_count'],
      'the same, or fault 51',
    ],
    // An UPDATE leaves FOUND_ROWS() as it was.
    [[THREE_ROWS, OTHER_SESSION, 'update lease set v = 7 where id < 3', 'select found_rows()'], 'fault 51'],
    [[THREE_ROWS, OTHER_SESSION, 'delete from lease where id = 2', 'select found_rows()'], 'fault 51'],
  ];
  for (const [statements, expected] of sequences) {
    it(`returns ${expected}: ${statements.join('; ')}`, async () => {
      // They have not run.
      const refused = new Set<string>();
      const answers = async (options: GatewayOptions) => {
        await start(options);
        let answer: unknown;
        for (const statement of statements) {
          if (refused.has(statement)) continue;
          if (statement !== OTHER_SESSION) answer = await cursor.rows(statement).catch((error: Error) => error.message);
          else if (!options.pin) await gateway.execute('select 1');
          if (typeof answer === 'string' && answer.includes(LOST)) refused.add(statement);
        }
        await gateway.stop();
        return answer;
      };
      const [found, own] = [await answers({}), await answers({ pin: true })];
      const isLost = typeof found === 'string' && found.includes(LOST);
      if (expected === 'the same' || (expected !== 'fault 51' && !isLost)) expect(found).to.deep.equal(own);
      else expect(found).to.contain('Resource Unavailable').and.contain(LOST);
    });
  }
});
