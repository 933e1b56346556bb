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
    'show full tables from x',
    "show variables like 'version'",
    'show session variables',
    "show status like 'threads_connected'",
    'show create procedure p',
    'show table status',
    'select @@version, @@global.x, @@local.sql_mode, @@`hostname`, @x, @`y`',
    'insert into t values (@x, @@identity_of_another)',
    'set names utf8',
    'use other',
    'create table if not exists t (id int(11) not null default 5, v varchar(20) default "x", key (id)) default charset=utf8',
    'create table t (id int default nextval(s), w int as (id + 1)) partition by range (id) (partition p values less than (5))',
    'alter table t add x int default -1',
    'drop table if exists t, u',
    'truncate t',
    'rename table t to u',
    'create index i on t (a, b)',
    'create definer=`root`@`localhost` procedure p() begin select get_lock("a", 0); set @x = 1; end',
    'create or replace algorithm = merge view v as select f() from t',
    'create database if not exists d',
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
    ['user variable', ['select @x := 1', 'select * from t into @x', 'insert into t values (@`x`:=2)']],
    ['system variable', ['select @@pseudo_thread_id', 'select @@session . `insert_id`', 'select @@']],
    ['session state', ['set @x = 1', 'use a.b', 'set global x = 1', 'set transaction read only']],
    [
      'DDL',
      [
        'create temporary table t (id int)',
        'create or replace temporary table t (id int)',
        'drop temporary table t',
        'drop prepare p',
        'create table t select f()',
        'create table t (id int) as values (1)',
        'create table t as (with q as (select 1) select * from q)',
        'create table t table u',
        'alter table t add x int default (uuid())',
        'alter table t add x int default nextval(s)',
        'alter table t add x int as (@y := 1)',
        'alter table t add check (f(x))',
      ],
    ],
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
        'show nosuch',
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
    expect(classify('select 1 --@x:=1').pinReason).to.equal('user variable');
    expect(classify("select 1 -- '\n, get_lock('a', 1) -- '").pinReason).to.equal('lock');
  });

  const names: [string, string[]][] = [
    ['select l from x join y on x.id = y.id, v_lock', ['v_lock']],
    ['select l from format', ['format']],
    ['show columns from x where field in (select l from v_lock)', ['v_lock']],
    ['SELECT * FROM `Other Schema` . `V``Lock`', ['other schema', 'v`lock']],
    ['select * from "v""lock"', ['v"lock']],
    ['select 1e5from2v', ['from2v']],
    ['select * from test.2fa', ['2fa']],
    ['select * from test.5e10', ['0']],
    ['select * from Größe', ['große']],
    ['select @@local.sql_mode, l from v_lock', ['v_lock']],
    ["execute immediate 'select * from `a``b`, `it''s`'", ['a`b', "it's"]],
    ['prepare p from "select * from `c d`"', ['c d']],
  ];
  for (const [sql, expected] of names) {
    it(`finds the names of ${sql}`, () => expect([...classify(sql).names]).to.include.members(expected));
  }

  it('finds no names in strings, comments and numbers', () => {
    const found = classify("select 'a', 'b c' /* d */, 1e5, 0xff, 1.5e7 # e\n from t -- f");
    expect([...found.names]).to.have.members(['select', 'from', 't', '0']);
  });

  it('stops at a statement with very many names', () => {
    expect(classify(`select 1 from ${'`a`,'.repeat(200_000)}b`).pinReason).to.equal('unknown statement');
    expect(classify(`insert into t values (${'1.5e7, '.repeat(200_000)}0)`).pinReason).to.equal(undefined);
  });

  const foundRows: [string, string][] = [
    ['insert into t values (1, (2))', 'kept'],
    ['insert into t (a) values (1) on duplicate key update a = values(a)', 'kept'],
    ['replace into t set a = 1', 'kept'],
    ['delete from t where a = 1', 'kept'],
    ['insert into t values ((values (5)))', 'unknown'],
    ['insert into t select 1', 'unknown'],
    ['insert into t table u', 'unknown'],
    ['insert into t values (1) returning a', 'unknown'],
    ['delete from t where a = 1e5returning a', 'unknown'],
    ['delete t from t, u where t.a = u.a', 'unknown'],
    ['delete from t using t, u where t.a = u.a', 'unknown'],
    ['update t set a = 1', 'unknown'],
  ];
  for (const [sql, expected] of foundRows) {
    it(`finds that FOUND_ROWS() is ${expected} after ${sql}`, () => expect(classify(sql).foundRows).to.equal(expected));
  }

  it('finds which statements surely use a table, and so clear the warnings', () => {
    const surely = [
      'select a from t',
      'select (1) from `dual`',
      'delete from t',
      'with a as (select 1) update t set a = 1',
    ];
    const perhaps = [
      'select 1',
      'select 1 from dual',
      'select t.from x',
      'select (select a from t)',
      'select * from f(1)',
    ];
    for (const sql of surely) expect(classify(sql).clearsWarnings, sql).to.equal(true);
    for (const sql of perhaps) expect(classify(sql).clearsWarnings, sql).to.equal(false);
  });

  const schemaChanges: [string, boolean][] = [
    ['create view v as select 1', true],
    ['alter table t add x int', true],
    ['create table t (id int default 5)', false],
    ['create table t (id int default (f()))', true],
    ['create table t (id int, x int as (id + 1))', true],
    ['create table t like u', true],
    ["execute immediate 'create view v as select 1'", true],
    ['/*!50003 create trigger a before insert on t for each row set @a = 1 */', true],
    ['call p()', true],
    ['begin not atomic select 1; end', true],
    ['set statement max_statement_time = 1 for create view v as select 1', true],
    ['set /*! statement max_statement_time = 1 for create view v as select 1 */', true],
    ['set names utf8', false],
    ['create temporary table t (id int)', false],
    ['drop view v', false],
    ['select f(1)', false],
    ["insert into t values ('it\\'s')", false],
  ];
  for (const [sql, expected] of schemaChanges) {
    it(`finds that ${sql} ${expected ? 'may change' : 'does not change'} what names do`, () =>
      expect(classify(sql).mayChangeSchema).to.equal(expected));
  }

  const reading: [string, string[]][] = [
    ['select 1', []],
    ['select last_insert_id()', ['insertId']],
    ['select @@identity, found_rows ()', ['insertId', 'foundRows']],
    ['show warnings limit 3', ['diagnostics']],
    ['select row_count(), @@session.error_count', ['rowCount', 'diagnostics']],
    ['get diagnostics @n = row_count', ['rowCount', 'diagnostics']],
    ["select 'row_count()'", []],
    ['select @@local.warning_count, @@session . error_count', ['diagnostics']],
    ['select @@`warning_count`', ['diagnostics']],
    ['select @@session.`warning_count`, @@local . error_count', ['diagnostics']],
    ["show variables like 'warn%'", ['diagnostics']],
    ["show local variables like 'ide_tity'", ['insertId']],
    ["show variables like 'sql\\_mode'", []],
    ["show status like 'last_query_cost'", ['lastQuery']],
    ["show session status like 'Handler%'", ['lastQuery', 'statistics']],
    ['show global status', []],
    ['show profiles', ['statistics']],
    ['select * from session_status', []],
    ['select * from information_schema.session_status', ['lastQuery', 'statistics']],
    ['select * from `performance_schema`.`session_variables`', ['diagnostics', 'gtid']],
    ['select @@last_gtid', ['gtid']],
    ["select 'it\\'s', row_count()", ['rowCount']],
    ["execute immediate 'select found_rows()'", ['foundRows']],
    ["execute immediate concat('select found', '_rows()')", ['calculated', 'changed', 'diagnostics']],
    ['prepare p from @x', ['calculated', 'diagnostics']],
    ["prepare p from 'select 1' 'select 2'", ['calculated', 'diagnostics']],
    ["execute immediate 'select ? + 1' using 5", []],
    ["prepare p from 'select `a``b`, 1';", []],
    ['select /*!50000 row_count() */', ['rowCount']],
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
