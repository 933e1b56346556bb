import { setImmediate, setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { Cursor } from '#lib/database/index.js';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { call, callDocument, faultOf } from '../../support/client.js';
import type { CursorClient, GatewayOptions } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { recreate } from '../../support/recreate.js';
import { specGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

/** In the fault of a statement that reads what went with the connection. */
const LOST = 'is lost';

describe('the connection of a session', () => {
  const gateway = specGateway({ connections: 1, connectWait: 0.3 });
  let cursor: CursorClient;

  /** A gateway with one connection, the table `lease` with the rows 1, 2 and 3, and a cursor that has none. */
  const start = async (options: GatewayOptions = {}) => {
    await gateway.start(options);
    await recreate(gateway, 'table lease (id int auto_increment primary key, v int)');
    await gateway.execute('insert into lease (v) values (1), (2), (3)');
    cursor = await gateway.cursor();
    await until(() => gateway.pool.counts.idle === gateway.pool.counts.open);
  };

  const status = () => {
    const { idle, parked } = gateway.pool.counts;
    return idle === 1 ? 'idle' : parked === 1 ? 'parked' : 'pinned';
  };

  const cases: [string, string[], string][] = [
    ['a query', ['select * from lease'], 'parked'],
    ['a change of one row', ['update lease set v = 4 where id = 1'], 'parked'],
    ['a committed transaction', ['begin', 'update lease set v = 5 where id = 1', 'commit'], 'parked'],
    ['an INSERT that generates an id', ['insert into lease (v) values (4)'], 'parked'],
    ['a warning', ["select cast('x' as signed)"], 'parked'],
    ['a transaction', ['begin'], 'pinned'],
    ['a variable', ['set @x = 1'], 'pinned'],
    ['settings', ['set names latin1', "set sql_mode = ''", 'set autocommit = 1', 'use test'], 'parked'],
    ['a savepoint', ['begin', 'savepoint p', 'rollback to p', 'commit'], 'parked'],
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
      await until(() => status() === 'idle');
    });
  }

  it('keeps the outcome of its statement, however long it is parked', async () => {
    await start();
    await cursor.execute('insert into lease (v) values (7), (8)');
    await wait(1100);
    // By now, the connection is pinged before it is used.
    expect(await cursor.rows('select row_count(), @@warning_count')).to.deep.equal([[2, 0]]);
  });

  it('is pinned while rows of an SS cursor are unread, and parked afterwards', async () => {
    await start();
    const reader = await gateway.cursor(60, 'SSCursor');
    await reader.execute("select repeat('x', 200) from numbers where seq <= 10000");
    expect(status()).to.equal('pinned');
    await reader.call('fetchall');
    await until(() => status() === 'parked');
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
    // It may not be known yet what the names of the statements before do.
    await until(() => status() === 'idle');
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

  for (const method of ['batch', 'session']) {
    it(`is not given to another session between the calls of ${method}`, async () => {
      await start({ connectWait: 10 });
      const calls = Array.from({ length: 3 }, () => ({ methodName: 'execute', params: ['select sleep(0.05)'] }));
      const order: string[] = [];
      const url = method === 'batch' ? cursor.url : gateway.url;
      const listed = call(url, method, calls).then(() => order.push('all calls'));
      await until(() => gateway.pool.counts.idle === 0);
      const other = gateway.execute('select 1').then(() => order.push('another session'));
      await Promise.all([listed, other]);
      expect(order).to.deep.equal(['all calls', 'another session']);
    });
  }

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

  it('is kept behind a large statement while the session is pinned, and then closed', async () => {
    await start();
    const threads = () => gateway.pool.connections.map(({ threadId }) => threadId);
    await cursor.call('begin');
    const before = threads();
    // MariaDB keeps a buffer of its size, and delays the rows of later results.
    await cursor.execute(`select length('${'x'.repeat(1024 * 1024)}')`);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    expect(threads()).to.deep.equal(before);
    await cursor.call('close');
    await gateway.execute('select 1');
    expect(threads()).to.not.deep.equal(before);
  });

  it('does not limit the time of a reader of an SS cursor', async () => {
    await start({ queryTimeout: 0.3 });
    const reader = await gateway.cursor(60, 'SSCursor');
    await reader.execute('select seq, repeat("x", 1000) from numbers where seq <= 20000');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { body } = await ask(reader.url, { body: callDocument('fetchall') });
    expect(body.match(/<int>/g)).to.have.length(20_000);
  });

  it('is the last to be reclaimed if it has warnings', async () => {
    await gateway.start({ connections: 2 });
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
  const WARNING = "select cast('x' as signed)";

  /** What the last statement of a session returns, after others of it and a reclaim in between. */
  const sequences: [string[], 'the same' | 'fault 51' | 'the same, or fault 51'][] = [
    [[ONE_ROW, OTHER_SESSION, 'select last_insert_id()'], 'the same'],
    [[ONE_ROW, OTHER_SESSION, 'select 1', OTHER_SESSION, 'select last_insert_id()'], 'the same'],
    [[THREE_ROWS, OTHER_SESSION, 'select found_rows()'], 'fault 51'],
    [[ONE_ROW, OTHER_SESSION, 'select row_count()'], 'fault 51'],
    [[WARNING, OTHER_SESSION, 'show warnings'], 'fault 51'],
    [['select nosuch', OTHER_SESSION, 'show errors'], 'fault 51'],
    // What the session itself has done since is there.
    [[THREE_ROWS, OTHER_SESSION, 'select v from lease where id <= 2', 'select found_rows()'], 'the same'],
    // What restores the id may clear the warnings.
    [[ONE_ROW, OTHER_SESSION, WARNING, 'select last_insert_id()', 'show warnings'], 'the same, or fault 51'],
  ];
  for (const [statements, expected] of sequences) {
    it(`is reclaimed, and its session gets ${expected}: ${statements.join('; ')}`, async () => {
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
