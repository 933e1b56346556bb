import { expect } from 'chai';
import { faultOf, statusOf } from '../support/client.js';
import { recreate } from '../support/recreate.js';
import { sessionForEach, suiteGateway } from '../support/suite-gateway.js';

const EXECUTE_FIRST = { code: 1, string: 'db -- Programming Error\n\nexecute() first' };
const OUT_OF_SYNC = {
  code: 1,
  string: `db -- Programming Error\n\n(2014, "Commands out of sync; you can't run this command now")`,
};

const SIGNAL = "signal sqlstate '45000' set message_text = 'x'";

describe('Cursor', () => {
  const gateway = suiteGateway();
  const cursor = sessionForEach(gateway);

  before(async () => {
    await recreate(gateway, 'table goods (id int auto_increment primary key, name varchar(20))');
    await recreate(gateway, 'procedure twice(in a int, inout b int) begin set b = a * 2; select a; select a, b; end');
    await recreate(gateway, `procedure broken() begin select 1; ${SIGNAL}; end`);
  });

  beforeEach(() => gateway.execute('truncate table goods'));

  const fill = (count: number) =>
    cursor.execute(`insert into goods (name) select concat('n', seq) from numbers where seq <= ${count}`);

  describe('execute', () => {
    it('returns the number of rows selected or affected', async () => {
      expect(await fill(3)).to.equal(3);
      expect(await cursor.execute('select * from goods')).to.equal(3);
      expect(await cursor.execute("update goods set name = 'n1' where id = 1")).to.equal(0);
      expect(await cursor.execute('create temporary table t (id int)')).to.equal(0);
    });

    it('binds arguments by position and by name, and none without arguments', async () => {
      expect(await cursor.rows('select %s, %s', ["it's \\ %s", 7])).to.deep.equal([["it's \\ %s", 7]]);
      expect(await cursor.rows('select %(a)s, %(a)s', { a: null })).to.deep.equal([[null, null]]);
      expect(await cursor.rows('select %s', 5)).to.deep.equal([[5]]);
      expect(await cursor.rows("select '%s%%'")).to.deep.equal([['%s%%']]);
    });

    it('keeps the session open after an error', async () => {
      await cursor.execute('set @x = 5');
      expect((await faultOf(cursor.execute('select nonsense'))).code).to.equal(1054);
      expect(await cursor.rows('select @x')).to.deep.equal([[5]]);
    });
  });

  describe('executemany', () => {
    it('inserts and counts rows, and returns the first id as lastrowid', async () => {
      const rows = Array.from({ length: 1000 }, (_, i) => [`row ${i}`]);
      expect(await cursor.call('executemany', 'insert into goods (name) values (%s)', rows)).to.equal(1000);
      expect(await cursor.call('rowcount')).to.equal(1000);
      expect(await cursor.call('lastrowid')).to.equal(1);
      expect(await cursor.rows('select count(*), max(name) from goods')).to.deep.equal([[1000, 'row 999']]);
    });

    it('splits an INSERT that does not fit into a packet', async () => {
      // In SQL, a quote takes two bytes.
      const rows = Array.from({ length: 6 }, (_, i) => [i, "'".repeat(1_000_000)]);
      await recreate(gateway, 'table wide (id int, text longtext)');
      // A session cannot lower the limit.
      const most = Number(((await cursor.rows('select @@max_allowed_packet')) as number[][])[0]?.[0]);
      const repeat = Math.ceil((most * 1.1) / 12_000_000);
      const all = Array.from({ length: repeat }, () => rows).flat();
      const insert = 'insert into wide values (%s, %s)';
      expect(await cursor.call('executemany', insert, all)).to.equal(all.length);
      await gateway.execute('drop table wide');
    });

    it('runs any other statement once for each row', async () => {
      await fill(3);
      const ids = [1, 3, 9].map((id) => ({ id }));
      expect(await cursor.call('executemany', 'delete from goods where id = %(id)s', ids)).to.equal(2);
    });
  });

  describe('fetching', () => {
    it('returns one row, several rows, and the rest', async () => {
      await fill(10);
      await cursor.execute('select id from goods order by id');
      expect(await cursor.call('fetchone')).to.deep.equal([1]);
      expect(await cursor.call('fetchmany')).to.deep.equal([[2]]);
      expect(await cursor.call('fetchmany', 2)).to.deep.equal([[3], [4]]);
      await cursor.call('setarraysize', 3);
      expect(await cursor.call('arraysize')).to.equal(3);
      expect(await cursor.call('fetchmany', null)).to.deep.equal([[5], [6], [7]]);
      expect(await cursor.call('fetchall')).to.deep.equal([[8], [9], [10]]);
      expect(await cursor.call('fetchone')).to.equal(null);
      expect(await cursor.call('fetchmany', 2)).to.deep.equal([]);
      expect(await cursor.call('fetchall')).to.deep.equal([]);
    });

    it('fails before the first execute', async () => {
      for (const method of ['fetchone', 'fetchmany', 'fetchall']) {
        expect(await faultOf(cursor.call(method))).to.deep.equal(EXECUTE_FIRST);
      }
      expect(await cursor.call('rowcount')).to.equal(-1);
      expect(await cursor.call('description')).to.equal(null);
      expect(await cursor.call('lastrowid')).to.equal(null);
      expect(await cursor.call('nextset')).to.equal(null);
    });

    it('returns nothing after a statement without rows', async () => {
      await fill(1);
      expect(await cursor.call('fetchone')).to.equal(null);
      expect(await cursor.call('fetchall')).to.deep.equal([]);
      expect(await cursor.call('description')).to.equal(null);
    });

    it('rejects invalid sizes', async () => {
      await cursor.execute('select 1');
      expect((await faultOf(cursor.call('fetchmany', -1))).code).to.equal(56);
      expect((await faultOf(cursor.call('setarraysize', 0))).code).to.equal(56);
    });

    it('scrolls in the result', async () => {
      await fill(5);
      await cursor.execute('select id from goods order by id');
      await cursor.call('scroll', 3);
      expect(await cursor.call('fetchone')).to.deep.equal([4]);
      await cursor.call('scroll', -2);
      expect(await cursor.call('fetchone')).to.deep.equal([3]);
      await cursor.call('scroll', 0, 'absolute');
      expect(await cursor.call('fetchall')).to.have.lengthOf(5);
      expect((await faultOf(cursor.call('scroll', 5, 'absolute'))).code).to.equal(56);
      expect((await faultOf(cursor.call('scroll', 1, 'sideways'))).string).to.contain("unknown scroll mode 'sideways'");
    });
  });

  it('describes columns as MySQLdb does', async () => {
    await cursor.execute(
      'create temporary table d (i int not null, t tinyint unsigned, d decimal(10,3), v varchar(20) character ' +
        'set utf8mb4, s datetime(6), b blob, f double)',
    );
    await cursor.execute("insert into d values (12345, 1, 1.5, 'höpper', '2003-05-01', x'00', 1.5)");
    await cursor.execute('select * from d');
    expect(await cursor.call('description')).to.deep.equal([
      ['i', 3, 5, 11, 11, 0, 0],
      ['t', 1, 1, 3, 3, 0, 1],
      ['d', 246, 5, 12, 12, 3, 1],
      ['v', 253, 7, 80, 80, 0, 1],
      ['s', 12, 26, 26, 26, 6, 1],
      ['b', 252, 1, 65535, 65535, 0, 1],
      ['f', 5, 3, 22, 22, 31, 1],
    ]);
    await cursor.execute('select i from d where i = 0');
    expect(await cursor.call('description')).to.deep.equal([['i', 3, 0, 11, 11, 0, 0]]);
  });

  it('returns the generated id as lastrowid, and 0 if there is none', async () => {
    await fill(2);
    expect(await cursor.call('lastrowid')).to.equal(1);
    await cursor.execute("insert into goods (name) values ('n')");
    expect(await cursor.call('lastrowid')).to.be.greaterThan(2);
    await cursor.execute('select 1');
    expect(await cursor.call('lastrowid')).to.equal(0);
  });

  describe('procedures', () => {
    it('say which argument cannot be one', async () => {
      const { string } = await faultOf(cursor.call('callproc', 'twice', [21, { a: 1 }]));
      expect(string).to.contain('\n\nargs[1]: SQL has no literal for a struct.');
    });

    it('return their arguments, then their results one by one', async () => {
      expect(await cursor.call('callproc', 'twice', [21, 0])).to.deep.equal([21, 0]);
      expect(await cursor.call('fetchall')).to.deep.equal([[21]]);
      expect(await cursor.call('nextset')).to.equal(1);
      expect(await cursor.call('rowcount')).to.equal(1);
      expect(await cursor.call('fetchall')).to.deep.equal([[21, 42]]);
      expect(await cursor.call('nextset')).to.equal(1);
      expect(await cursor.call('description')).to.equal(null);
      expect(await cursor.call('nextset')).to.equal(null);
      expect(await cursor.rows('select @_twice_0, @_twice_1')).to.deep.equal([[21, 42]]);
    });

    it('are rejected if the names of their variables take more than a packet', async () => {
      const call = cursor.call('callproc', 'p'.repeat(100_000), Array(1000).fill(1));
      expect((await faultOf(call)).code).to.equal(1153);
    });

    it('that fail after a result return that first, and the error on nextset', async () => {
      expect(await cursor.execute('call broken()')).to.equal(1);
      expect(await cursor.call('fetchall')).to.deep.equal([[1]]);
      expect(await faultOf(cursor.call('nextset'))).to.deep.equal({ code: 1644, string: 'mysql -- x' });
      expect(await cursor.call('nextset')).to.equal(null);
    });

    it('that fail after a result report the error to the next statement, without nextset', async () => {
      await cursor.execute('call broken()');
      expect((await faultOf(cursor.execute('select 1'))).code).to.equal(1644);
      expect(await cursor.execute('select 1')).to.equal(1);
    });

    for (const method of ['commit', 'begin']) {
      it(`that fail after a result report the error to ${method}, which is then not done`, async () => {
        await recreate(gateway, 'table paid (id int) engine=innodb');
        await recreate(gateway, `procedure pay() begin insert into paid values (1); select 1; ${SIGNAL}; end`);
        await cursor.call('begin');
        await cursor.call('callproc', 'pay');
        expect((await faultOf(cursor.call(method))).code).to.equal(1644);
        expect(await gateway.execute('select id from paid')).to.deep.equal([]);
        expect(await cursor.call('fetchall')).to.deep.equal([[1]]);
        await cursor.call(method);
        expect(await gateway.execute('select id from paid')).to.deep.equal([[1]]);
      });
    }

    it('that fail after a result are rolled back without the error', async () => {
      await cursor.call('begin');
      await cursor.execute('call broken()');
      expect(await cursor.call('rollback')).to.equal(null);
      expect(await cursor.execute('select 1')).to.equal(1);
    });
  });

  it('raises an error that comes behind a result set, where there is no nextset', async () => {
    await recreate(gateway, `procedure broken_for(n int) begin set @broken_for = n; select n; ${SIGNAL}; end`);
    expect((await faultOf(cursor.call('executemany', 'call broken_for(%s)', [[1], [2]]))).code).to.equal(1644);
    expect(await cursor.rows('select @broken_for')).to.deep.equal([[1]]);
    expect((await faultOf(gateway.execute('call broken()'))).code).to.equal(1644);
  });

  it('returns an id of BIGINT UNSIGNED as lastrowid', async () => {
    await cursor.execute('create temporary table large (id bigint unsigned auto_increment primary key)');
    for (const id of ['9223372036854775807', '9223372036854775808', '18446744073709551614']) {
      await cursor.execute('insert into large values (%s)', [id]);
      expect(String(await cursor.call('lastrowid'))).to.equal(id);
    }
  });

  describe('transactions', () => {
    it('begin with begin: other sessions see earlier changes at once', async () => {
      await fill(1);
      expect(await gateway.execute('select count(*) from goods')).to.deep.equal([[1]]);
    });

    it('end with commit or rollback', async () => {
      await cursor.call('begin');
      await fill(1);
      expect(await gateway.execute('select count(*) from goods')).to.deep.equal([[0]]);
      await cursor.call('rollback');
      await cursor.call('begin');
      await fill(2);
      await cursor.call('commit');
      expect(await gateway.execute('select count(*) from goods')).to.deep.equal([[2]]);
      await fill(1);
      expect(await gateway.execute('select count(*) from goods')).to.deep.equal([[3]]);
    });

    it('are rolled back by close, before its response', async () => {
      await cursor.call('begin');
      await fill(1);
      expect(await cursor.call('close')).to.equal(0);
      expect(await gateway.execute('select count(*) from goods')).to.deep.equal([[0]]);
      expect(await statusOf(cursor.call('close'))).to.equal(404);
    });
  });

  it('of class DictCursor returns rows as structs', async () => {
    const dict = await gateway.cursor(60, 'DictCursor');
    await dict.execute("select 1 as a, 'x' as b, a.id, a.id from (select 5 as id) a");
    expect(await dict.call('fetchone')).to.deep.equal({ a: 1, b: 'x', id: 5, 'a.id': 5 });
  });

  it('supports a column named __proto__', async () => {
    const dict = await gateway.cursor(60, 'DictCursor');
    expect(await dict.execute('select 1 as __proto__, 2 as constructor')).to.equal(1);
    expect(await dict.execute('select 3 as a')).to.equal(1);
    expect(await cursor.rows('select 1 as __proto__, 2 as __defineGetter__')).to.deep.equal([[1, 2]]);
  });

  for (const name of ['SSCursor', 'SSDictCursor']) {
    describe(`of class ${name}`, () => {
      const streaming = sessionForEach(gateway, name);
      const ids = (from: number, to: number) =>
        Array.from({ length: to - from + 1 }, (_, i) => (name === 'SSCursor' ? [from + i] : { seq: from + i }));

      it('has no rowcount before the last row has been fetched', async () => {
        expect(await streaming.execute('select seq from numbers where seq <= 10')).to.equal(-1);
        expect(await streaming.call('fetchmany', 9)).to.deep.equal(ids(1, 9));
        expect(await streaming.call('fetchall')).to.deep.equal(ids(10, 10));
        expect(await streaming.call('rowcount')).to.equal(10);
        expect(await streaming.call('fetchone')).to.equal(null);
      });

      it('rejects other statements while rows are unread', async () => {
        await streaming.execute('select seq from numbers order by seq');
        expect(await streaming.call('fetchone')).to.deep.equal(ids(1, 1)[0]);
        for (const method of ['begin', 'commit', 'rollback']) {
          expect(await faultOf(streaming.call(method))).to.deep.equal(OUT_OF_SYNC);
        }
        expect(await faultOf(streaming.execute('select 1'))).to.deep.equal(OUT_OF_SYNC);
        expect(await streaming.call('fetchmany', 2)).to.deep.equal(ids(2, 3));
      });

      it('reads a large result in little memory', async () => {
        await streaming.execute("select seq from numbers where seq <= 40000 and repeat('x', 10) <> ''");
        let count = 0;
        for (let rows: unknown[] = []; ; count += rows.length) {
          rows = (await streaming.call('fetchmany', 12_000)) as unknown[];
          if (rows.length === 0) break;
        }
        expect(count).to.equal(40_000);
        expect(await streaming.execute('do 0')).to.equal(0);
      });

      it('stops reading when it is closed', async () => {
        await streaming.execute('select a.seq from numbers a, numbers b');
        expect(await streaming.call('close')).to.equal(0);
      });

      it('drops the rest of a result on nextset', async () => {
        await streaming.call('callproc', 'twice', [1, 0]);
        expect(await streaming.call('nextset')).to.equal(1);
        expect(await streaming.call('fetchall')).to.deep.equal([name === 'SSCursor' ? [1, 2] : { a: 1, b: 2 }]);
        expect(await streaming.call('nextset')).to.equal(1);
        expect(await streaming.call('nextset')).to.equal(null);
      });

      it('reports errors before and after the first row', async () => {
        expect((await faultOf(streaming.execute('select nonsense'))).code).to.equal(1054);
        await streaming.execute('call broken()');
        await streaming.call('fetchall');
        expect((await faultOf(streaming.call('nextset'))).code).to.equal(1644);
        expect(await streaming.call('commit')).to.equal(null);
      });

      it('reports errors behind the rows that were fetched', async () => {
        for (const next of ['commit', 'begin', 'execute']) {
          await streaming.execute('call broken()');
          await streaming.call('fetchall');
          const params = next === 'execute' ? ['do 0'] : [];
          expect((await faultOf(streaming.call(next, ...params))).code).to.equal(1644);
          await streaming.call(next, ...params);
        }
      });

      it('has no scroll method', async () => {
        expect((await faultOf(streaming.call('scroll', 1))).code).to.equal(55);
      });
    });
  }
});
