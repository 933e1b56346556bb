import { expect } from 'chai';
import { classify } from '#lib/database/pinning/classify.js';
import type { PinReason } from '#lib/database/pinning/pin-reason.js';
import { STATE } from '#lib/database/pinning/state-set.js';

describe('classify', () => {
  const stateless = [
    'begin',
    'START TRANSACTION;',
    'commit work',
    'rollback',
    'show warnings',
    'show tables',
    'select last_insert_id()',
    'select found_rows(), @@warning_count',
    'select sql_calc_found_rows * from t',
    'insert into t values (last_insert_id())',
    'update t set id = last_insert_id(id + 1)',
    'with x as (select 1) select * from x',
    'select id, name, amount from t where id=%s',
    'SELECT count(*), max(x) FROM a JOIN b USING (id) WHERE x IN (%s, %s) AND (y > 1 OR z BETWEEN 1 AND 2)',
    "select concat(name, ' (get_lock(x)) @ -- # /* ', now()) from `odd ( name`",
    'select "it""s" from t where a = \'it\'\'s\' order by date_format(d, %s) limit 10',
    'insert into t (a, b) values (%s, %s), (%s, %s)',
    'INSERT INTO `my db`.`t` (a) SELECT x FROM u ON DUPLICATE KEY UPDATE a = VALUES(a)',
    'replace into t values (1, now())',
    '  update t set a = ifnull(a, 0) + 1 where id in (select id from u)',
    'delete from t where exists (select 1 from u where u.id = t.id)',
    'select cast(x as decimal(10, 2)), substring_index(y, %s, 1) from t',
    'select 2 * (3 + 4)',
    'values row(1, 2), row(3, now()) order by column_0',
    'table t order by a limit 2',
  ];
  for (const sql of stateless) {
    it(`finds that ${sql} does not pin`, () => expect(classify(sql).pinReason).to.equal(undefined));
  }

  const pinning: [PinReason, string[]][] = [
    ['user variable', ['select @x := 1', 'select * from t into @x', "select @'x y'", 'select @`x` from t']],
    ['system variable', ['select @@identity_of_another', 'select @@global.x']],
    ['session state', ['set @x = 1', 'use other']],
    ['DDL', ['create temporary table t (id int)', 'alter table t add x int', 'drop table t', 'truncate t']],
    ['lock', ['lock tables t read', 'handler t open', "select GET_LOCK ('a', 1)", 'flush tables with read lock']],
    ['prepared statement', ['prepare p from %s', "execute immediate 'set @x = 1'", 'deallocate prepare p']],
    ['procedure', ['call p()', 'call db.p(1)', 'begin not atomic select 1; end', "begin 'x'"]],
    ['transaction', ['rollback to s', 'commit and chain', 'start transaction read only', 'xa start 1']],
    ['sequence', ['select next value for s', 'select s.nextval', 'select s . currval from dual', 'select nextval(s)']],
    ['file', ["select 1 into outfile '/tmp/x'", "select 1 into dumpfile '/tmp/x'"]],
    [
      'unknown function',
      [
        'select my_function(1)',
        'select 2fa(1)',
        'select größe(1)',
        'select db . f(1)',
        'select db.now(1)',
        'select other.last_insert_id()',
        "select `get_lock`('a', 1)",
        'select "f"(1)',
        'select uuid_short()',
        'insert into t values (f(1))',
        'insert into t (a) values (1) on duplicate key update a = f(a)',
        'select * from (select f(1)) t',
        'select 1 where f (1)',
      ],
    ],
    [
      'unknown statement',
      [
        '',
        "select /*! get_lock('a', 1) */ 1",
        "select /*M! get_lock('a', 1) */ 1",
        "select 'it\\'s get_lock(1)'",
        "select 'never closed",
        'select 1 /* never closed',
        'select 1; select 2',
        "select 1 -- '\n, \\ -- '",
        'install plugin x',
        'show variables',
      ],
    ],
  ];
  for (const [reason, statements] of pinning) {
    for (const sql of statements) {
      it(`finds that ${sql || 'an empty statement'} pins: ${reason}`, () =>
        expect(classify(sql).pinReason).to.equal(reason));
    }
  }

  it('reads comments as MySQL does', () => {
    expect(classify('select 1 -- @x\n, 2 # @x\n, /* @x */ 3').pinReason).to.equal(undefined);
    expect(classify('select 1 --@x').pinReason).to.equal('user variable');
    expect(classify("select 1 -- '\n, get_lock('a', 1) -- '").pinReason).to.equal('lock');
  });

  const tables: [string, string[]][] = [
    ['select 1', []],
    ['select a, b from t where c = 1 order by d', ['t']],
    ['select * from a, b join `db`.`c d` using (id), (e join f on e.x = f.x)', ['a', 'b', 'db.c d', 'e', 'f']],
    ['select * from (select 1 from Inner_1) x where y in (select z from u)', ['Inner_1', 'x', 'u']],
    ['insert into t (a, b) values (1, now())', ['t']],
    ['insert ignore db . t values (1)', ['db.t']],
    ['update low_priority t set a = b where c = d', ['t']],
    ['delete from t where a = b', ['t']],
    ['delete a, b from a join b using (x)', ['a', 'b', 'a', 'b']],
    ['select extract(year from now()), left(a, 1) from t', ['t']],
    ['show tables', []],
    ['table db.t order by a', ['db.t']],
    ['values row((select a from t))', ['t']],
  ];
  for (const [sql, names] of tables) {
    it(`finds the tables of ${sql}`, () =>
      expect(
        classify(sql).tables.map(({ schema, name }) => (schema === undefined ? name : `${schema}.${name}`)),
      ).to.deep.equal(names));
  }

  const reading: [string, string[]][] = [
    ['select 1', []],
    ['select last_insert_id()', ['insertId']],
    ['select @@identity, found_rows ()', ['insertId', 'foundRows']],
    ['show warnings limit 3', ['diagnostics']],
    ['select row_count(), @@session.error_count', ['rowCount', 'diagnostics']],
    ['get diagnostics @n = row_count', ['rowCount', 'diagnostics']],
    ["select 'row_count()'", []],
  ];
  for (const [sql, items] of reading) {
    it(`finds the session state that ${sql} reads`, () => {
      const { reads } = classify(sql);
      expect(Object.entries(STATE).flatMap(([item, bit]) => ((reads & bit) !== 0 ? [item] : []))).to.have.members(
        items,
      );
    });
  }
});
