import { expect } from 'chai';
import { routineReads } from '#lib/database/names/routine-reads.js';
import { STATE } from '#lib/database/pinning/state-set.js';
import { faultOf } from '../../support/client.js';
import { recreate } from '../../support/recreate.js';
import { suiteGateway } from '../../support/suite-gateway.js';

describe('what a routine reads of the statements before it', () => {
  const bodies: [string, string[]][] = [
    ['return row_count()', ['rowCount']],
    ['begin declare n int; set n = found_rows(); return n; end', ['foundRows']],
    ['begin update t set a = 1; return row_count(); end', []],
    ['begin insert into t values (row_count()); return row_count(); end', ['rowCount']],
    ['begin if x then update t set a = 1; end if; return row_count(); end', ['rowCount']],
    ['begin update t set a = 1; select found_rows(); end', ['foundRows']],
    ['begin select count(*) into n from t; return found_rows() + row_count(); end', []],
    [
      'begin declare exit handler for sqlexception begin get diagnostics condition 1 @a = message_text; end; select 1; end',
      [],
    ],
    ['begin declare continue handler for not found set done = row_count(); return 1; end', []],
    ['begin get diagnostics @n = number; end', ['diagnostics']],
    ['select @@warning_count', ['diagnostics']],
    ['select @@local . `x`, @@session.error_count', ['diagnostics']],
    ["begin set a = 'it\\'s'; update t set b = 1; return row_count(); end", ['rowCount']],
    ["begin select 'row_count()', last_insert_id(); end", []],
    ["begin prepare p from 'select found_rows(), row_count()'; execute p; end", ['foundRows']],
    ["begin execute immediate 'select row_count()'; end", ['rowCount']],
    ["begin execute immediate 'select row\\_count()'; end", ['calculated', 'changed', 'diagnostics']],
    ["begin execute immediate 'select row' '_count()'; end", ['calculated', 'changed', 'diagnostics']],
    ["begin execute immediate concat('select row', '_count()'); end", ['calculated', 'changed', 'diagnostics']],
    ['begin prepare p from @q; execute p; end', ['calculated', 'diagnostics']],
    ['begin select q into @q from t; prepare p from @q; execute p; end', ['diagnostics']],
    ["begin xa prepare 'a'; select id from t; end", []],
    ["show status like 'x'", ['lastQuery', 'statistics']],
    ['begin select 1; show local status; end', ['statistics']],
    ["show variables like 'x'", ['diagnostics']],
    ['select status from t', []],
    ['select @@last_gtid', ['gtid']],
    ['select variable_value from information_schema . session_status', ['lastQuery', 'statistics']],
  ];
  for (const [body, expected] of bodies) {
    it(`is found: ${body}`, () => {
      const { reads } = routineReads(body);
      expect(Object.entries(STATE).flatMap(([item, bit]) => ((reads & bit) !== 0 ? [item] : []))).to.have.members(
        expected,
      );
    });
  }

  describe('is fault 51 if it is lost', () => {
    const gateway = suiteGateway({ connections: 1, connectWait: 0.3 });

    before(async () => {
      for (const definition of [
        'table reading (id int, n int)',
        'function reading_rows() returns int no sql return row_count()',
        'function reading_twice() returns int no sql return reading_rows() + 1',
        'procedure reading_procedure() select row_count()',
        'procedure reading_own() begin update reading set n = 1; select row_count(); end',
        'view reading_view as select reading_twice() as n',
        "procedure reading_dynamic() begin set @q = concat('select found', '_rows()'); prepare p from @q; execute p; end",
        "procedure reading_status() show status like 'last_query_cost'",
        'trigger reading_trigger before insert on reading for each row set new.n = row_count()',
      ]) {
        await recreate(gateway, definition);
      }
      await gateway.execute('drop database if exists reading_other');
      await gateway.execute('create database reading_other');
      await gateway.execute('create procedure reading_other.p() select row_count()');
      await recreate(gateway, 'procedure reading_elsewhere() call reading_other.p()');
    });

    const statements: [string, boolean][] = [
      ['select reading_rows()', true],
      ['select reading_twice()', true],
      ['call reading_procedure()', true],
      ['select * from reading_view', true],
      ['insert into reading (id) values (1)', true],
      ['call reading_own()', false],
      ['call reading_status()', true],
      ['call reading_elsewhere()', true],
      // It is about a usual query, and ROW_COUNT() is that of PREPARE.
      ['call reading_dynamic()', false],
      ['select n from reading', false],
    ];
    for (const [sql, isLost] of statements) {
      it(sql, async () => {
        const cursor = await gateway.cursor();
        await cursor.execute('update numbers set seq = 1 where seq = 1');
        await gateway.execute('select 1');
        if (isLost) expect((await faultOf(cursor.execute(sql))).code).to.equal(51);
        else await cursor.execute(sql);
        await cursor.call('close');
      });
    }

    it('in a text that is not known, after SQL_CALC_FOUND_ROWS', async () => {
      const cursor = await gateway.cursor();
      await cursor.execute('select sql_calc_found_rows seq from numbers limit 1');
      await gateway.execute('select 1');
      expect((await faultOf(cursor.execute('call reading_dynamic()'))).code).to.equal(51);
      await cursor.execute('select 1');
      await cursor.execute('call reading_dynamic()');
      await cursor.call('close');
    });
  });
});
