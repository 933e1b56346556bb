import { expect } from 'chai';
import fc from 'fast-check';
import { STATEMENT_OPERATIONS, statementOperation } from '#lib/database/sql/statement-operation.js';
import { cpuTime } from '../../support/cpu-time.js';

describe('statementOperation', () => {
  for (const [operation, statements] of Object.entries({
    select: ['SELECT 1', '((select 1) union (select 2))', 'values (1)', 'table t', '# a\n -- b\n /* c */ Select 1'],
    insert: ['insert into t values (1)'],
    update: ['update t set a = 1'],
    delete: ['delete from t'],
    replace: ['replace into t values (1)'],
    call: ['call p()'],
    begin: ['begin', 'start transaction read only'],
    commit: ['commit'],
    rollback: ['rollback to savepoint a'],
    set: ['set names utf8mb4'],
    show: ['show warnings'],
    ddl: ['create table t (a int)', 'alter table t add b int', 'drop view v', 'rename table t to u', 'truncate t'],
    other: [
      '',
      '(',
      '/* c */',
      'use test',
      'explain select 1',
      '"select"',
      '/*! select */ 1',
      '( /*! select */',
      'selects',
    ],
  })) {
    it(`is ${operation} for ${statements.join(' | ').replaceAll('\n', ' ')}`, () => {
      for (const sql of statements) expect(statementOperation(sql), sql).to.equal(operation);
    });
  }

  it('is that of the statement behind the common table expressions', () => {
    expect(statementOperation('with a as (select 1), b (x) as (delete ()) update t set a = 1')).to.equal('update');
    expect(statementOperation('(with recursive a as (select (1)) select * from a)')).to.equal('select');
    expect(statementOperation('with a as (select 1')).to.equal('other');
    expect(statementOperation('with a as /*! b */ (select 1) select 1')).to.equal('other');
  });

  it('is one of few, whatever a client sends', () => {
    const parts = fc.constantFrom('(', ')', ' ', '/*', '*/', '--', "'", '`', 'with', 'select', 'begin', '__proto__');
    const texts = fc.oneof(
      fc.string(),
      fc.array(parts).map((words) => words.join('')),
    );
    fc.assert(fc.property(texts, (sql) => STATEMENT_OPERATIONS.has(statementOperation(sql))));
    expect(STATEMENT_OPERATIONS.size).to.be.lessThan(15);
  });

  it('takes as long for large statements as for small ones', () => {
    const length = 32 * 1024 * 1024;
    for (const [sql, operation] of [
      [`select '${'a'.repeat(length)}'`, 'select'],
      ['('.repeat(length), 'other'],
      ['/**/'.repeat(length / 4), 'other'],
      [`with ${'a'.repeat(length)}`, 'other'],
    ] as const) {
      // A repeated text is a tree until it is read.
      expect(sql.at(-1)).to.not.equal(undefined);
      const since = cpuTime();
      for (let i = 0; i < 10; i++) expect(statementOperation(sql)).to.equal(operation);
      expect(cpuTime() - since).to.be.lessThan(200);
    }
  });
});
