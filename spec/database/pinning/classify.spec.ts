import { expect } from 'chai';
import { classify } from '#lib/database/pinning/classify.js';

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
  ];
  for (const sql of stateless) it(`finds that ${sql} does not pin`, () => expect(classify(sql).pins).to.equal(false));

  const pinning = [
    'set @x = 1',
    'use other',
    'create temporary table t (id int)',
    'lock tables t read',
    'prepare p from %s',
    'handler t open',
    'call p()',
    'rollback to s',
    'commit and chain',
    'select @x := 1',
    'select * from t into @x',
    "select get_lock('a', 1)",
    'select GET_LOCK ("a", 1)',
    "select `get_lock`('a', 1)",
    "select /*! get_lock('a', 1) */ 1",
    'select connection_id()',
    'select nextval(s)',
    'select next value for s',
    'select my_function(1)',
    'select other.now(1)',
    'select other.last_insert_id()',
    'select @@identity_of_another',
    "select 'it\\'s get_lock(1)'",
    "select 'never closed",
    "select 1 -- '\n, get_lock('a', 1) -- '",
    "select 1 # '\n, get_lock('a', 1) # '",
    '',
    `select ${'1, '.repeat(10_000)}1`,
  ];
  for (const sql of pinning) {
    const shown = sql.length > 80 ? `${sql.slice(0, 60)}...` : sql;
    it(`finds that ${shown || 'an empty statement'} pins`, () => expect(classify(sql).pins).to.equal(true));
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
      expect(Object.entries(reads).flatMap(([item, isRead]) => (isRead ? [item] : []))).to.have.members(items);
    });
  }
});
