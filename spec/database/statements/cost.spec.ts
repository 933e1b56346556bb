import { expect } from 'chai';
import { MysqlError, ProgrammingError } from '#lib/database/errors/mysql-error.js';
import { classify } from '#lib/database/pinning/classify.js';
import { transactionEffect } from '#lib/database/sql/transaction-effect.js';
import { boundStatement, inSteps } from '#lib/database/statements/bound-statement.js';
import { statementsFor } from '#lib/database/statements/execute-many.js';
import { atOnce } from '#lib/turns/turns.js';
import { cpuTime, disproportion } from '../../support/cpu-time.js';

/** Statements of about `size` characters that are made to be expensive. */
const STATEMENTS: Readonly<Record<string, (size: number) => string>> = {
  'blanks in a transaction statement': (size) => `BEGIN${' '.repeat(size)}x`,
  'blanks behind SHOW': (size) => `show${' '.repeat(size)}warnings x`,
  'placeholders that never end': (size) => '%('.repeat(size / 2),
  'placeholders with long names': (size) => `%(${'a'.repeat(size)}`,
  'nested parentheses': (size) => `insert into t values ${'('.repeat(size)}`,
  'closing parentheses': (size) => `select ${')'.repeat(size)}`,
  'parentheses of an INSERT': (size) => `insert into t ${'values ('.repeat(size / 8)}`,
  'an INSERT without values': (size) => `insert ${'value '.repeat(size / 6)}`,
  'blanks behind the values': (size) => `insert into t values (%s)${' '.repeat(size)}x`,
  'AS behind the values': (size) => `insert into t values (%s) as${' on '.repeat(size / 4)}x`,
  'quotes that never end': (size) => `select ${"'a' ".repeat(size / 4)}'`,
  'quotes that are doubled': (size) => `select '${"''".repeat(size / 2)}`,
  'comments that never end': (size) => `select ${'/*'.repeat(size / 2)}`,
  comments: (size) => `select ${'/**/'.repeat(size / 4)}`,
  dashes: (size) => `select ${'--'.repeat(size / 2)}`,
  points: (size) => `select * from ${'a.'.repeat(size / 2)}b`,
  tables: (size) => `select * from ${'a,'.repeat(size / 2)}b`,
  'words of different text': (size) => `select ${Array.from({ length: size / 8 }, (_, i) => `a${i}`).join(',')} from t`,
  numbers: (size) => `insert into t values ${'(1,2.5e0),'.repeat(size / 10)}(1,2)`,
  variables: (size) => `select ${'@a,'.repeat(size / 3)}@b`,
};

function run(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ProgrammingError)) throw error;
  }
}

/** Milliseconds of processor time to process a statement up to the moment at which it would be sent. */
function cost(sql: string): number {
  const started = cpuTime();
  run(() => classify(sql));
  run(() => atOnce(transactionEffect(sql)));
  run(() => atOnce(inSteps(boundStatement(sql, [sql, sql]), { maxAllowedPacket: 1 << 24 })));
  run(() => [...statementsFor(sql, [[sql], ['b']], { maxAllowedPacket: 1 << 24 })]);
  return cpuTime() - started;
}

const KB = 1024;

describe('a statement that is made to be expensive', () => {
  for (const [name, make] of Object.entries(STATEMENTS)) {
    it(`takes time in proportion to its size: ${name}`, () => {
      expect(disproportion(make, cost)).to.equal(undefined);
    });
  }

  it('is rejected as soon as its arguments make it longer than a packet: one member, thousands of times', () => {
    const query = `select ${'%(a)s,'.repeat(100_000)}1`;
    const started = performance.now();
    const target = { maxAllowedPacket: 16 * 1024 * KB };
    expect(() => atOnce(inSteps(boundStatement(query, { a: 'x'.repeat(1024 * KB) }), target)))
      .to.throw(MysqlError)
      .with.property('errno', 1153);
    expect(performance.now() - started).to.be.below(1000);
  });

  it('is read up to a number of words, and pins', () => {
    expect(classify(`select ${'a b '.repeat(500_000)}`).pinReason).to.equal('unknown statement');
    const values = Array.from({ length: 200_000 }, (_, i) => `(${i}, 'x', 1.5e0)`);
    expect(classify(`insert into t values ${values.join(', ')}`).pinReason).to.equal(undefined);
  });
});
