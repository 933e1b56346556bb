import { expect } from 'chai';
import { callBody, listed } from '../support/call-body.js';
import { call, faultOf, statusOf } from '../support/client.js';
import { recreate } from '../support/recreate.js';
import { sessionForEach, suiteGateway } from '../support/suite-gateway.js';
import { until } from '../support/until.js';

const calls = (...list: [string, ...unknown[]][]) => list.map((call) => listed(...call));

interface SessionResult {
  readonly id: string;
  readonly results: unknown[];
}

interface QueryResult {
  readonly columns: unknown[][] | null;
  readonly rows: unknown[];
  readonly rowcount: number;
  readonly lastrowid: number;
  readonly warnings: number;
}

describe('one call', () => {
  const gateway = suiteGateway({ connections: 5 });

  before(() => recreate(gateway, 'table parts (id int auto_increment primary key, name varchar(20) unique)'));

  beforeEach(() => gateway.execute('truncate table parts'));

  const query = (sql: string, ...args: unknown[]) => call(gateway.url, 'query', sql, ...args) as Promise<QueryResult>;
  const transaction = (statements: unknown, ...options: unknown[]) =>
    call(gateway.url, 'transaction', statements, ...options) as Promise<QueryResult[]>;
  const session = (list: unknown, ...options: unknown[]) =>
    call(gateway.url, 'session', list, ...options) as Promise<SessionResult>;
  const pay =
    "procedure pay_twice() begin insert into parts (name) values ('nut'); select 1; " +
    "insert into parts (name) values ('nut'); end";
  const names = () => gateway.execute('select name from parts order by id');

  describe('of query', () => {
    const cursor = sessionForEach(gateway);

    it('returns columns, rows and counts', async () => {
      await query("insert into parts (name) values ('nut')");
      const { columns, ...rest } = await query('select id, name from parts where name = %s', ['nut']);
      expect(columns?.map(([name]) => name)).to.deep.equal(['id', 'name']);
      expect(rest).to.deep.equal({ rows: [[1, 'nut']], rowcount: 1, lastrowid: 0, warnings: 0 });
    });

    it('returns the id and the warnings of a statement without rows', async () => {
      await query("insert into parts (name) values ('nut'), ('bolt')");
      const inserted = await query("insert ignore into parts (name) values ('nut'), ('washer')");
      expect(inserted).to.include({ columns: null, rowcount: 1, warnings: 1 });
      expect(inserted.rows).to.deep.equal([]);
      expect(inserted.lastrowid).to.be.greaterThan(2);
    });

    it('streams many rows', async () => {
      const { rows, rowcount, columns } = await query('select seq from numbers order by seq limit 20000');
      expect(rowcount).to.equal(20000);
      expect(columns).to.have.length(1);
      expect(rows[19999]).to.deep.equal([20000]);
    });

    it('is result() in a session, which says whether autocommit is on', async () => {
      for (const [sql, autocommit] of [
        ['select 1', true],
        ['set autocommit = 0', false],
        ['select 1', false],
        ['set @@session.autocommit = 1', true],
      ] as const) {
        await cursor.execute(sql);
        expect(await cursor.call('result'), sql).to.include({ autocommit });
      }
    });

    it('is result() for the results of other methods', async () => {
      await cursor.call('executemany', 'insert ignore into parts (name) values (%s)', [['a'], ['b'], ['a']]);
      expect(await cursor.call('result')).to.deep.include({ columns: null, rows: [], rowcount: 2, warnings: 1 });
      await cursor.execute('select name from parts order by name');
      await cursor.call('fetchone');
      expect(await cursor.call('result')).to.deep.include({ rows: [['b']], rowcount: 2, autocommit: true });
      expect(await cursor.call('fetchone')).to.equal(null);
      expect(await cursor.call('executemany', 'select %s', [[1], [2]])).to.equal(2);
      expect(await cursor.call('result')).to.deep.include({ rows: [[2]], rowcount: 2 });
    });

    it('is result() with the names of a DictCursor, if columns have equal names', async () => {
      await cursor.execute('select * from (select 1 as a, 2 as b) x join (select 3 as a) y');
      expect(await cursor.call('result')).to.deep.include({ names: ['a', 'b', 'y.a'] });
    });

    it('is result() with the text of MySQL, if there is one', async () => {
      await cursor.execute("insert into parts (name) values ('nut'), ('bolt')");
      expect(await cursor.call('result')).to.include({ info: 'Records: 2  Duplicates: 0  Warnings: 0' });
      await cursor.execute('do 1');
      expect(await cursor.call('result')).not.to.have.property('info');
    });

    it('is not result() before the first statement', async () => {
      expect(await faultOf(cursor.call('result'))).to.include({ code: 1 });
    });

    it('is a method of sessions, which have its count, and no rows of it', async () => {
      expect(await cursor.call('query', 'select 1')).to.deep.include({ rows: [[1]] });
      expect(await cursor.call('rowcount')).to.equal(1);
      expect(await cursor.call('fetchall')).to.deep.equal([]);
    });

    it('causes the fault of execute', async () => {
      expect((await faultOf(query('select * from missing'))).code).to.equal(1);
    });
  });

  describe('of transaction', () => {
    const insert = (name: string) => ['insert into parts (name) values (%s)', [name]];

    it('commits all statements and returns the result of each', async () => {
      const results = await transaction([insert('nut'), insert('bolt'), ['select name from parts order by id']]);
      expect(results.map(({ rowcount, lastrowid }) => [rowcount, lastrowid])).to.deep.equal([
        [1, 1],
        [1, 2],
        [2, 0],
      ]);
      expect(results[2]?.rows).to.deep.equal([['nut'], ['bolt']]);
      expect(await names()).to.deep.equal([['nut'], ['bolt']]);
    });

    it('rolls back all statements if one fails, and says which', async () => {
      const fault = await faultOf(transaction([insert('nut'), insert('bolt'), insert('nut'), insert('washer')]));
      expect(fault.code).to.equal(1062);
      expect(fault.string).to.match(/^mysql -- Duplicate entry [\s\S]*\n\nstatement 3 of 4$/);
      expect(await names()).to.deep.equal([]);
    });

    it('says which statement is not valid, behind the text of MySQLdb', async () => {
      const { string } = await faultOf(transaction([insert('nut'), ['select * from missing']]));
      expect(string).to.match(/^db -- Programming Error\n\n\(1146, [\s\S]*\)\nstatement 2 of 2$/);
      expect(await names()).to.deep.equal([]);
    });

    it('has the isolation level that its options say, and can be read-only', async () => {
      const readonly = { readonly: true, isolation: 'serializable' };
      const [result] = await transaction([['select count(*) from parts']], readonly);
      expect(result?.rows).to.deep.equal([[0]]);
      expect((await faultOf(transaction([insert('nut')], readonly))).code).to.equal(1792);
    });

    it('says which argument of which statement cannot be one', async () => {
      const { code, string } = await faultOf(transaction([insert('nut'), ['select %s, %s', [1, { a: 1 }]]]));
      expect(code).to.equal(56);
      expect(string).to.match(/\n\nargs\[1\]: SQL has no literal for a struct\.\nstatement 2 of 2$/);
    });

    const refused: [string, unknown[], RegExp][] = [
      ['an unknown option', [[], { isolate: 1 }], /options: expected isolation, readonly, received "isolate"/],
      [
        'an unknown isolation level',
        [[], { isolation: 'none' }],
        /isolation: expected one of READ UNCOMMITTED, .* received none\./,
      ],
      ['a statement that is not an array', [['select 1']], /statements\[0\]: expected array, received string\.$/],
      [
        'a struct that is no list',
        [[['select 1'], { 0: 'select 1' }]],
        /statements\[1\]: expected array, received struct/,
      ],
      ['a query that is no string', [[[1, []]]], /statements\[0\]\.query: expected string, received int/],
      ['an empty statement', [[[]]], /statements\[0\]: expected a query and its args, received 0 items/],
    ];
    for (const [what, params, text] of refused) {
      it(`is refused with ${what}`, async () => {
        const { code, string } = await faultOf(transaction(...(params as [unknown])));
        expect(code).to.equal(56);
        expect(string).to.match(text);
      });
    }
  });

  describe('of session', () => {
    it('opens a session, makes calls on it and closes it', async () => {
      const { id, results } = await session(
        calls(['execute', 'set @x = 5'], ['execute', 'select @x, %s', ['a']], ['fetchall'], ['close']),
      );
      expect(id).to.equal('');
      expect(results).to.deep.equal([[0], [1], [[[5, 'a']]], [0]]);
      expect(gateway.registry.sessions.size).to.equal(0);
    });

    it('leaves the session open if it has a timeout', async () => {
      const { id } = await session(calls(['execute', 'set @x = 5']), { timeout: 30, cursorclass: 'DictCursor' });
      const url = `${gateway.url}/${id}`;
      await call(url, 'execute', 'select @x as x');
      expect(await call(url, 'fetchone')).to.deep.equal({ x: 5 });
      await call(url, 'close');
    });

    it('stops at the first fault, and rolls back', async () => {
      const { results } = await session(
        calls(
          ['begin'],
          ['execute', "insert into parts (name) values ('nut')"],
          ['execute', 'selec'],
          ['execute', "insert into parts (name) values ('bolt')"],
          ['commit'],
        ),
      );
      expect(results).to.have.length(3);
      expect(results[2]).to.include({ faultCode: 1 });
      expect(await names()).to.deep.equal([]);
    });

    it('reports the error of a procedure behind a result before the next commit, or at its end', async () => {
      await recreate(gateway, pay);
      const paying: [string, ...unknown[]][] = [['begin'], ['execute', 'call pay_twice()'], ['fetchall']];
      const paid = [[null], [1], [[[1]]]];
      const { results } = await session(calls(...paying, ['commit']));
      expect(results.slice(0, 3)).to.deep.equal(paid);
      expect(results[3]).to.include({ faultCode: 1062 });
      expect(results).to.have.length(4);
      expect(await names()).to.deep.equal([]);
      const ended = await session(calls(...paying));
      expect(ended.results.slice(0, 3)).to.deep.equal(paid);
      expect(ended.results[3]).to.include({ faultCode: 1062 });
      const failed = await session(calls(...paying, ['nothing']));
      expect(failed.results[3]).to.include({ faultCode: 55 });
      expect(failed.results).to.have.length(4);
      const open = await session(calls(...paying), { timeout: 60 });
      expect(open.results).to.deep.equal(paid);
      const [fault] = (await call(`${gateway.url}/${open.id}`, 'batch', calls(['commit']))) as unknown[];
      expect(fault).to.include({ faultCode: 1062 });
      await call(`${gateway.url}/${open.id}`, 'close');
      expect(await names()).to.deep.equal([]);
    });

    it('streams large results', async () => {
      const { results } = await session(
        calls(['execute', 'select seq from numbers limit 50000'], ['fetchall'], ['rowcount']),
      );
      expect((results[1] as unknown[][])[0]).to.have.length(50000);
      expect(results[2]).to.deep.equal([50000]);
    });

    it('closes the session if the client disconnects', async () => {
      const controller = new AbortController();
      const body = callBody('session', [calls(['execute', 'select sleep(20)']), { timeout: 60 }]);
      const headers = { 'content-type': 'text/xml' };
      const answer = fetch(gateway.url, { method: 'POST', headers, body, signal: controller.signal }).catch(() => {});
      await until(() => gateway.registry.sessions.size === 1);
      controller.abort();
      await answer;
      await until(() => gateway.registry.sessions.size === 0);
    });

    it('is refused with a nested list of calls', async () => {
      const { results } = await session(calls(['batch', []]));
      expect(results[0]).to.include({ faultCode: 56 });
    });
  });

  describe('of batch', () => {
    const cursor = sessionForEach(gateway);

    it('makes calls on a session until one fails', async () => {
      const results = (await cursor.call(
        'batch',
        calls(['execute', 'select 1'], ['fetchone'], ['missing'], ['rowcount']),
      )) as unknown[];
      expect(results).to.have.length(3);
      expect(results.slice(0, 2)).to.deep.equal([[1], [[1]]]);
      expect(results[2]).to.include({ faultCode: 55 });
    });
  });
});

describe('a session', () => {
  let now = 0;
  const gateway = suiteGateway({ clock: () => now });
  const cursor = sessionForEach(gateway);

  it('says by ping when it expires, and is not extended by that', async () => {
    now += 40_000;
    expect(await cursor.call('ping')).to.equal(20);
    now += 15_000;
    expect(await cursor.call('ping')).to.equal(5);
    now += 6_000;
    expect(await statusOf(cursor.call('ping'))).to.equal(404);
  });

  it('is extended by touch', async () => {
    now += 40_000;
    await cursor.call('touch');
    expect(await cursor.call('ping')).to.equal(60);
  });

  const unknown: [string, string][] = [
    ['rowcount.__gt__', 'There is no method "rowcount.__gt__". rowcount is a method: write rowcount().'],
    ['__iter__', 'There is no method "__iter__". To iterate over the rows, write fetchall().'],
    ['__enter__', 'There is no method "__enter__". Call close() in a finally block, or use contextlib.closing.'],
    ['exceute', 'There is no method "exceute".'],
  ];
  for (const [name, text] of unknown) {
    it(`explains why there is no ${name}`, async () => {
      const string = `netsvc -- Method Unavailable\n\n${text}`;
      expect(await faultOf(cursor.call(name))).to.deep.equal({ code: 55, string });
    });
  }
});
