import { expect } from 'chai';
import { routineReads } from '#lib/database/pinning/routine-reads.js';
import { STATE } from '#lib/database/pinning/state-set.js';
import { faultOf } from '../../support/client.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';

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
    let gateway: DatabaseGateway;

    before(async function () {
      gateway = await DatabaseGateway.start(testDatabase(this), { connections: 1, connectWait: 0.3 });
      for (const definition of [
        'table reading (id int, n int)',
        'function reading_rows() returns int no sql return row_count()',
        'function reading_twice() returns int no sql return reading_rows() + 1',
        'procedure reading_procedure() select row_count()',
        'procedure reading_own() begin update reading set n = 1; select row_count(); end',
        'view reading_view as select reading_twice() as n',
        'trigger reading_trigger before insert on reading for each row set new.n = row_count()',
      ]) {
        await recreate(gateway, definition);
      }
    });

    after(async () => {
      for (const name of [
        'table reading',
        'view reading_view',
        'procedure reading_procedure',
        'procedure reading_own',
      ]) {
        await gateway?.execute(`drop ${name}`);
      }
      for (const name of ['reading_rows', 'reading_twice']) await gateway?.execute(`drop function ${name}`);
      await gateway?.stop();
    });

    const statements: [string, boolean][] = [
      ['select reading_rows()', true],
      ['select reading_twice()', true],
      ['call reading_procedure()', true],
      ['select * from reading_view', true],
      ['insert into reading (id) values (1)', true],
      ['call reading_own()', false],
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
  });
});
