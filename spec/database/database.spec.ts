import { expect } from 'chai';
import { callBody } from '../support/call-body.js';
import { call, faultOf } from '../support/client.js';
import { ask } from '../support/http.js';
import { recreate } from '../support/recreate.js';
import { runs, untilItRuns } from '../support/running-statement.js';
import { otherGateway, suiteGateway } from '../support/suite-gateway.js';
import { until } from '../support/until.js';

describe('Database', () => {
  const gateway = suiteGateway({ maxTimeout: 600 });

  before(() => recreate(gateway, 'table parts (id int auto_increment primary key, name varchar(20) unique)'));

  beforeEach(() => gateway.execute('truncate table parts'));

  it('returns all rows of a query', async () => {
    expect(await gateway.execute('select 1, %s union select 2, %s', ['a', 'b'])).to.deep.equal([
      [1, 'a'],
      [2, 'b'],
    ]);
  });

  it('returns the number of affected rows if there are no rows', async () => {
    expect(await gateway.execute("insert into parts (name) values ('nut'), ('bolt')")).to.equal(2);
    expect(await gateway.execute('update parts set name = name')).to.equal(0);
    expect(await gateway.execute('delete from parts where id = %(id)s', { id: 1 })).to.equal(1);
    expect(await gateway.execute('do 0')).to.equal(0);
  });

  it('runs a statement for many rows', async () => {
    const insert = 'insert into parts (name) values (%s)';
    expect(await call(gateway.url, 'executemany', insert, [['nut'], ['bolt']])).to.equal(2);
    expect(await call(gateway.url, 'executemany', 'select %s', [[1], [2]])).to.deep.equal([[2]]);
    expect(await call(gateway.url, 'executemany', insert, [])).to.equal(0);
    expect(await gateway.execute('select name from parts order by id')).to.deep.equal([['nut'], ['bolt']]);
  });

  it('keeps no state between calls', async () => {
    await gateway.execute('set @x = 1');
    await gateway.execute('start transaction');
    await gateway.execute("insert into parts (name) values ('nut')");
    expect(await gateway.execute('select @x')).to.deep.equal([[null]]);
    expect(await gateway.execute('select count(*) from parts')).to.deep.equal([[1]]);
  });

  it('describes the methods of cursors on its page, which opens none', async () => {
    const before = gateway.registry.sessions.size;
    const { body } = await ask(gateway.url, { method: 'GET', headers: { Accept: 'text/html' } });
    expect(gateway.registry.sessions.size).to.equal(before);
    const section = /<h2 id="cursor\(\)">Methods of a session<\/h2>.*?<\/section>/s.exec(body)?.[0] ?? '';
    for (const name of ['execute', 'fetchall', 'begin', 'close']) {
      expect(section).to.contain(`<h3 id="cursor()/${name}">${name}(`);
    }
    expect(section).to.contain('service.cursor()').and.contain('session.fetchall()').and.contain('session.close()');
    expect(section).to.contain(`${gateway.url}/ID`);
  });

  it('describes all methods that cursors have, and no others', async () => {
    const described = Object.keys(gateway.database.exportedMethod('cursor')?.declaration.opens ?? {});
    for (const [cursorclass, missing] of [
      ['Cursor', []],
      ['SSDictCursor', ['result', 'scroll']],
    ] as const) {
      const { id } = await gateway.cursor(60, cursorclass);
      const names = gateway.registry.lookupServiceName(`database/${id}`)?.exportedMethods() ?? [];
      const own = names.filter((name) => !name.startsWith('system.'));
      expect([...own, ...missing], cursorclass).to.have.members([...described, 'close']);
    }
  });

  describe('opens a cursor', () => {
    it('with the timeout that the client sets, within the limit', async () => {
      for (const timeout of [0.5, 1, 600]) expect(await call(gateway.url, 'cursor', timeout)).to.match(/^[\w-]{22}$/);
      expect(await call(gateway.url, 'cursor')).to.match(/^[\w-]{22}$/);
    });

    const refused: [unknown, string][] = [
      [0, 'timeout: expected more than 0 and at most 600 seconds, received 0.'],
      [-1, 'timeout: expected more than 0 and at most 600 seconds, received -1.'],
      [601, 'timeout: expected more than 0 and at most 600 seconds, received 601.'],
      ['60', 'timeout: expected double, received string.'],
      [[], 'timeout: expected double, received array.'],
    ];
    for (const [timeout, details] of refused) {
      it(`but not with a timeout of ${JSON.stringify(timeout)} seconds`, async () => {
        const string = `netsvc -- Parameters Incorrect\n\n${details}`;
        expect(await faultOf(call(gateway.url, 'cursor', timeout))).to.deep.equal({ code: 56, string });
      });
    }

    it('of each class of MySQLdb', async () => {
      for (const name of ['Cursor', 'DictCursor', 'SSCursor', 'SSDictCursor']) {
        expect(await call(gateway.url, 'cursor', 60, name)).to.match(/^[\w-]{22}$/);
      }
      expect((await faultOf(call(gateway.url, 'cursor', 60, 'Cursed'))).string).to.match(/received Cursed\.$/);
    });

    it('but not during shutdown: fault 58', async () => {
      await using draining = await otherGateway();
      const cursor = await draining.cursor();
      draining.database.drain();
      const string = 'netsvc -- Response Aborted\n\nThe server is shutting down.';
      expect(await faultOf(call(draining.url, 'cursor'))).to.deep.equal({ code: 58, string });
      expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    });
  });

  describe('has a limit', () => {
    it('on sessions: fault 51', async () => {
      await using small = await otherGateway({ maxSessions: 1 });
      await small.cursor();
      const string = 'netsvc -- Resource Unavailable\n\n1 sessions are open, which is the limit.';
      expect(await faultOf(small.cursor())).to.deep.equal({ code: 51, string });
    });

    it('on connections: fault 51 after the wait, and success once one is free', async () => {
      await using small = await otherGateway({
        connections: 2,
        connectWait: 0.5,
      });
      const cursors = [await small.cursor(), await small.cursor()];
      for (const cursor of cursors) await cursor.call('begin');
      const string = 'netsvc -- Resource Unavailable\n\nAll 2 MySQL connections were in use for 0.5 seconds.';
      expect(await faultOf(small.execute('select 1'))).to.deep.equal({ code: 51, string });
      for (const cursor of cursors) await cursor.call('close');
      expect(await small.execute('select 1')).to.deep.equal([[1]]);
    });

    it('on the size of a result: fault 51, and the session stays open', async () => {
      await using small = await otherGateway({ maxResult: 100_000 });
      const cursor = await small.cursor();
      const string = 'netsvc -- Resource Unavailable\n\nThe result takes more than 100000 bytes, which is the limit.';
      const huge = 'select seq, repeat("x", 100) from numbers';
      expect(await faultOf(cursor.execute(huge))).to.deep.equal({ code: 51, string });
      expect(await faultOf(small.execute(huge))).to.deep.equal({ code: 51, string });
      expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    });
  });

  describe('converts errors to faults', () => {
    it("1 for MySQLdb's programming errors, with their text", async () => {
      const string = `db -- Programming Error\n\n(1146, "Table 'test.missing' doesn't exist")`;
      expect(await faultOf(gateway.execute('select * from missing'))).to.deep.equal({ code: 1, string });
    });

    it("the server's number and message for all others", async () => {
      await gateway.execute("insert into parts (name) values ('nut')");
      const { code, string } = await faultOf(gateway.execute("insert into parts (name) values ('nut')"));
      expect(code).to.equal(1062);
      expect(string).to.match(/^mysql -- Duplicate entry 'nut' for key '(parts\.)?name'$/);
    });

    it('1 for wrong placeholders', async () => {
      const string = 'db -- Programming Error\n\nnot enough arguments for format string';
      expect(await faultOf(gateway.execute('select %s', []))).to.deep.equal({ code: 1, string });
    });

    it('the number of a SIGNAL', async () => {
      const signal = "signal sqlstate '45000' set message_text = 'no <way>', mysql_errno = 30001";
      expect(await faultOf(gateway.execute(signal))).to.deep.equal({ code: 30001, string: 'mysql -- no <way>' });
    });
  });

  describe('disables', () => {
    it('LOCAL INFILE', async () => {
      const { code, string } = await faultOf(gateway.execute("load data local infile '/etc/passwd' into table parts"));
      expect(code).to.be.oneOf([1148, 3948, 4166]);
      expect(string).to.match(/^mysql -- /);
    });

    it('several statements in one', async () => {
      expect((await faultOf(gateway.execute('select 1; select 2'))).code).to.equal(1);
    });
  });

  it('stops the query of a client that disconnects', async () => {
    const abort = new AbortController();
    const body = callBody('execute', ['select sleep(60.125)']);
    const headers = { 'Content-Type': 'text/xml' };
    const answer = fetch(gateway.url, { method: 'POST', headers, body, signal: abort.signal }).catch(
      () => 'disconnected',
    );
    await untilItRuns(gateway, 'select sleep(60.125)');
    abort.abort();
    expect(await answer).to.equal('disconnected');
    await until(async () => !(await runs(gateway, 'select sleep(60.125)')));
  });
});
