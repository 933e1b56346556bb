import fc from 'fast-check';
import { perServer, type ServerKind, serverKind } from '../../support/test-server.js';

/** Each session has tables of its own, so that none waits for locks of another. */
export const SESSIONS = 4;

/** Returns the schema of the model, for each session. */
export function schemaStatements(): string[] {
  const statements = [
    'create table everybody (id int primary key, v varchar(20))',
    "insert into everybody values (1, 'a'), (2, 'b')",
  ];
  for (let i = 0; i < SESSIONS; i++) {
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
        MySQL: [`create table d${i} (id int, v int default (length(uuid())), w timestamp default '2020-01-01')`],
      }),
      `create table g${i} (id int auto_increment primary key, v int)`,
      `create trigger g${i}_trigger before insert on g${i} for each row select new.v into @by_trigger`,
      `create role if not exists model_r${i}`,
      `grant model_r${i} to current_user()`,
      `create function f${i}() returns int no sql begin set @called = ifnull(@called, 0) + 1; return @called; end`,
      `create view calls${i} as select f${i}() as n`,
    );
  }
  return statements;
}

/** Restores the initial state before each sequence. */
export function resetStatements(): string[] {
  return Array.from({ length: SESSIONS }, (_, i) => [
    `truncate table t${i}`,
    `truncate table d${i}`,
    `truncate table g${i}`,
    `insert into t${i} (v, k) values (1, 10), (2, 20), (3, 30)`,
    ...perServer({ MariaDB: [`alter sequence s${i} restart 1`], MySQL: [] }),
  ]).flat();
}

/** Statements of session N (`{n}`), by category. */
const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
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

/** Statements that only one of the servers has, or that only one reports in the same way. */
const STATEMENTS_OF_SERVER: Readonly<Record<ServerKind, Readonly<Record<string, readonly string[]>>>> = {
  MariaDB: {
    changes: ['insert into t{n} (v) values (3) returning id'],
    lookingBack: ['select lastval(s{n})'],
    state: ['select @@autocommit, @@in_transaction', 'select nextval(s{n})', 'select @@tx_isolation'],
  },
  MySQL: {
    queries: ['table everybody', 'values row(1, 2), row(3, 4)', 'select v from t{n} order by id for share skip locked'],
    changes: ['insert into t{n} (id, v) values (1, 5) as new on duplicate key update v = new.v'],
    state: ['select @@autocommit', 'select @@transaction_isolation', 'select v from d{n}'],
  },
};

/** Mostly statements that can be multiplexed, because a pinned session remains pinned. */
export function statements(): fc.Arbitrary<string> {
  const own = STATEMENTS_OF_SERVER[serverKind()];
  const oneOf = (weight: number, category: string) => ({
    weight,
    arbitrary: fc.constantFrom(...(STATEMENTS[category] ?? []), ...(own[category] ?? [])),
  });
  return fc.oneof(
    oneOf(8, 'queries'),
    oneOf(6, 'changes'),
    oneOf(6, 'lookingBack'),
    oneOf(2, 'mistakes'),
    oneOf(2, 'transactions'),
    oneOf(2, 'state'),
  );
}
