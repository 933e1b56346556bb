import fc from 'fast-check';
import { type PerServer, perServer } from '../../support/test-server.js';

/** Each session has tables of its own, so that none waits for locks of another. */
export const SESSIONS = 4;

/** The number of the tables for calls outside of the sessions. */
export const OUTSIDE = SESSIONS;

/** Returns the schema of the model, for each session. */
export function schemaStatements(): string[] {
  const statements = [
    'create table everybody (id int primary key, v varchar(20))',
    "insert into everybody values (1, 'a'), (2, 'b')",
  ];
  for (let i = 0; i <= OUTSIDE; i++) {
    statements.push(
      `create table t${i} (id int auto_increment primary key, v int, k int unique)`,
      `create procedure p${i}() begin insert into t${i} (v) values (1); select row_count(), last_insert_id(); end`,
      `create procedure m${i}() begin set sql_mode = 'NO_BACKSLASH_ESCAPES'; set names latin1; end`,
      `create view plain${i} as select id, v from t${i} where id < 3`,
      `create view last${i} as select last_insert_id() as id, row_count() as n`,
      ...perServer({
        MariaDB: [
          `create sequence s${i}`,
          `create table d${i} (id int, v int default nextval(s${i}), w timestamp default '2020-01-01')`,
        ],
        MySQL: [
          `create table d${i} (id int, v bigint unsigned default (uuid_short()), w timestamp default '2020-01-01')`,
          `create table j${i} (id int primary key, v json default (json_array()), w int generated always as (v->'$[0]'))`,
        ],
      }),
      `create table h${i} (id int auto_increment primary key, v int, w int generated always as (v + 1), x int invisible)`,
      `create table g${i} (id int auto_increment primary key, v int)`,
      `create trigger g${i}_trigger before insert on g${i} for each row select new.v into @by_trigger`,
      `create role if not exists model_r${i}`,
      `grant model_r${i} to current_user()`,
      `create function f${i}() returns int no sql begin set @called = ifnull(@called, 0) + 1; return @called; end`,
      `create view calls${i} as select f${i}() as n`,
      `create view format${i} as select n from calls${i}`,
      `create view vg${i} as select * from g${i}`,
      `create view vvg${i} as select id, v from vg${i} where id > 0`,
      `create view vd${i} as select id, v from d${i}`,
      `create table \`2 odd${i}\` (id int)`,
      `create trigger odd${i} after insert on \`2 odd${i}\` for each row select new.id into @by_trigger`,
    );
  }
  return statements;
}

/** Restores the initial state before each sequence. */
export function resetStatements(): string[] {
  return Array.from({ length: OUTSIDE + 1 }, (_, i) => [
    `truncate table t${i}`,
    `truncate table d${i}`,
    `truncate table g${i}`,
    `truncate table \`2 odd${i}\``,
    `insert into t${i} (v, k) values (1, 10), (2, 20), (3, 30)`,
    `truncate table h${i}`,
    ...perServer({ MariaDB: [`alter sequence s${i} restart 1`], MySQL: [`truncate table j${i}`] }),
  ]).flat();
}

type Category = 'queries' | 'changes' | 'lookingBack' | 'mistakes' | 'transactions' | 'state';

/** Statements of session N (`{n}`), by category. */
const STATEMENTS: Readonly<Record<Category, readonly string[]>> = {
  queries: [
    'select 1',
    'select id, v from t{n} order by id',
    'select v from t{n} where id = 2',
    'select v from t{n} where id = -1',
    'select v from t{n} order by id limit 2',
    'select v from t{n} order by id limit 1, 2',
    'select v from t{n} order by id limit 2 offset 1',
    'select v from t{n} order by id limit 2 offset 100',
    'select sql_calc_found_rows v from t{n} order by id limit 1',
    'select count(*), max(v) from t{n}',
    'select v, count(*) from t{n} group by v with rollup',
    'select distinct v from t{n}',
    'select 1 union select 2 union select 3 limit 2',
    'select * from (select v from t{n} order by id limit 2) q',
    'with q as (select v from t{n}) select count(*) from q',
    'select row_number() over (order by id) from t{n}',
    'select * from everybody order by id',
    'select a.v from t{n} a join t{n} b using (id) order by a.id for update',
    'select * from plain{n} order by id',
    'show tables',
    'describe everybody',
    'explain select 1',
    'select * from h{n}',
    'select @@version, @@max_allowed_packet > 0',
    "show variables like 'sql_mode'",
    'create table if not exists everybody (id int)',
    "set sql_mode = ''",
    'set names utf8mb4, time_zone = "+03:00"',
    'select @@sql_mode, @@time_zone, @@collation_connection',
  ],
  changes: [
    'insert into t{n} (v) values (7)',
    'insert into t{n} (v) values (7), (8), (9)',
    'insert into t{n} (id, v) values (1000, 1) on duplicate key update v = v + 1',
    'insert ignore into t{n} (v, k) values (1, 10)',
    'insert into t{n} (v, k) values (1, 10)',
    'insert into t{n} (v) select v from t{n} order by id limit 2',
    'insert into t{n} (v) values ((select 5))',
    'replace into t{n} (id, v) values (1, 5)',
    'update t{n} set v = v + 1 where id = 1',
    'update t{n} set v = v + 1',
    'update t{n} set v = v where id = 1',
    'update t{n} a join t{n} b using (id) set a.v = b.v + 1',
    'update t{n} set v = (select count(*) from everybody) where id = 2',
    'update t{n} set v = last_insert_id(v + 40) where id = 1',
    'insert into h{n} (v) values (1), (2)',
    'delete from t{n} where id = 3',
    'delete from t{n} where id in (select id from everybody)',
    'delete a from t{n} a join everybody using (id)',
  ],
  lookingBack: [
    'select last_insert_id()',
    'select @@last_insert_id, @@identity',
    'select last_insert_id(77)',
    'select row_count()',
    'select found_rows()',
    'select row_count(), found_rows(), last_insert_id()',
    'select row_count(), @@warning_count',
    'select last_insert_id(), @@warning_count',
    'select found_rows(), @@warning_count',
    'set @rows = row_count()',
    'select @rows',
    'insert into t{n} (v) values (last_insert_id())',
    'show warnings',
    'show errors',
    'select @@warning_count, @@error_count',
    'get diagnostics @number = number',
    'select @number',
  ],
  mistakes: [
    "select cast('abc' as signed)",
    "select cast('abc' as signed) from t{n}",
    'select 1 / 0',
    'select nosuch',
    'select nosuch from t{n}',
    'select (select v from t{n}) from t{n}',
    'selec 1',
    'drop table if exists nosuch',
  ],
  transactions: [
    'begin',
    'start transaction',
    'commit',
    'rollback',
    'savepoint p',
    'rollback to p',
    'commit and chain',
  ],
  state: [
    'set @x = 5',
    'select @x',
    'select @x := 7',
    'select 8 into @x',
    'create temporary table mine (id int auto_increment primary key)',
    'insert into mine values (), ()',
    'select count(*) from mine',
    'drop temporary table mine',
    "set sql_mode = 'NO_BACKSLASH_ESCAPES'",
    'select @@sql_mode',
    "select '\\\\'",
    'set names latin1',
    'select @@character_set_results, @@collation_connection',
    'select * from last{n}',
    'select * from calls{n}',
    'select n from t{n} a join t{n} b on a.id = b.id, calls{n}',
    'select n from format{n}',
    'show columns from t{n} where field in (select n from calls{n})',
    'update t{n} a join everybody b on a.id = b.id, calls{n} set a.v = n',
    'select (select max(n) from everybody a left join everybody b on a.id = b.id, calls{n}) from t{n}',
    'insert into vg{n} (v) values (6)',
    'insert into vvg{n} (v) values (7)',
    'insert into vd{n} (id) values (2)',
    'insert into `2 odd{n}` values (8)',
    'select @called',
    'insert into d{n} (id) values (1)',
    'insert into g{n} (v) values (5)',
    'select @by_trigger',
    'set role model_r{n}',
    'select current_role()',
    'call m{n}()',
    "select get_lock('{schema}{n}', 0)",
    "select is_used_lock('{schema}{n}') is null",
    "select release_lock('{schema}{n}')",
    'set autocommit = 0',
    'set autocommit = 1',
    'lock tables t{n} write',
    'unlock tables',
    "prepare p from 'select 42'",
    'execute p',
    'handler t{n} open',
    'handler t{n} read first',
    'call p{n}()',
    'select f{n}()',
    'set session transaction isolation level serializable',
    'set timestamp = 1000000',
    'select unix_timestamp(now()) = 1000000',
    'set @@session.auto_increment_increment = 3',
    'use information_schema',
    'select database() = schema()',
  ],
};

/** What only one of the servers has. */
const OWN_STATEMENTS: PerServer<Readonly<Record<Category, readonly string[]>>> = {
  MariaDB: {
    queries: ['values (1), (2), (3)'],
    changes: ['insert into t{n} (v) values (3) returning id'],
    lookingBack: ['select lastval(s{n})'],
    mistakes: ["select cast('abc' as int)", "select cast('abc' as int) from t{n}"],
    transactions: [],
    state: ['select @@autocommit, @@in_transaction', 'select nextval(s{n})', 'select @@tx_isolation'],
  },
  MySQL: {
    queries: [
      'table t{n} order by id limit 2',
      'values row(1), row(2), row(3) limit 2',
      'select 1 union select 2 intersect select 2',
      'select v from t{n} for update skip locked',
      'select v from t{n} for share nowait',
      '(select v from t{n} order by id limit 2)',
      '(select v from t{n} limit 1) union all (select 2) order by v',
      "select * from json_table('[1, 2]', '$[*]' columns (x int path '$')) j",
      'select t.v, l.w from t{n} t, lateral (select t.v as w) l order by t.id',
      'select v, grouping(v), count(*) from t{n} group by v with rollup',
      'select id, v, w from j{n}',
      "select v->>'$[0]', json_length(v), json_pretty(v) from j{n}",
      "select 'a' member of ('[1]'), bin_to_uuid(uuid_to_bin('123e4567-e89b-12d3-a456-426655440000'))",
      'select /*+ max_execution_time(10000) */ v from t{n} order by id limit 1',
      'explain format = tree select 1',
      'show columns from everybody',
    ],
    changes: [
      'insert into t{n} (id, v) values (1, 5) as new on duplicate key update v = new.v',
      "insert into j{n} (id, v) values (1, '[5]') on duplicate key update v = '[6]'",
      'insert into j{n} (id) values (2)',
      "update j{n} set v = json_array_append(v, '$', 7)",
      'delete from t{n} as a where a.id = 3',
      'with q as (select max(id) as m from t{n}) update t{n}, q set v = 9 where id = m',
      'insert into t{n} (v) values row(3), row(4)',
      'insert into t{n} (v) table everybody',
      'replace into t{n} (id, v) select id, 3 from everybody',
    ],
    lookingBack: [
      'show count(*) warnings',
      'get diagnostics condition 1 @text = message_text',
      'select @text',
      'select @@session.warning_count',
      'values row(last_insert_id())',
    ],
    mistakes: ["select json_extract('{', '$')", 'select v from t{n} where id = (select 1 union select 2)'],
    transactions: ['start transaction read only', 'rollback and chain'],
    state: [
      'select @@autocommit, @@transaction_isolation',
      'select /*+ set_var(sql_mode = "") */ @@sql_mode',
      'set session_track_state_change = 0',
      'set session_track_transaction_info = state',
      'set information_schema_stats_expiry = 0',
      'set transaction isolation level serializable',
      'do last_insert_id(6)',
      'explain format = json into @plan select 1',
      'select json_valid(@plan)',
      'set role none',
      'set role default',
      'insert into j{n} (id, v) values (3, json_array(last_insert_id(8)))',
    ],
  },
};

/** How often statements of a category are run: a pinned session remains pinned, so most can be multiplexed. */
const WEIGHTS: Readonly<Record<Category, number>> = {
  queries: 8,
  changes: 6,
  lookingBack: 6,
  mistakes: 2,
  transactions: 2,
  state: 2,
};

/** The statements that the server has. */
export function statements(): fc.Arbitrary<string> {
  const own = perServer(OWN_STATEMENTS);
  const categories = Object.keys(WEIGHTS) as Category[];
  return fc.oneof(
    ...categories.map((category) => ({
      weight: WEIGHTS[category],
      arbitrary: fc.constantFrom(...STATEMENTS[category], ...own[category]),
    })),
  );
}
