import { expect } from 'chai';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { MAX_STATEMENTS, StatementTable } from '#lib/server/observation/statement-table.js';

describe('StatementTable', () => {
  let table: StatementTable;

  beforeEach(() => {
    table = new StatementTable();
  });

  function run(sql: string): void {
    const request = new ServiceRequest('10.0.0.1', 'grace');
    const statement = { database: 'shop', error: undefined, cancelled: false, rows: 2, seconds: 1, sql, request };
    table.observer.statementEnded?.(statement);
  }

  it('keeps a limited number of them, whatever clients send, and loses nothing of the totals', () => {
    const total = MAX_STATEMENTS * 2.5;
    run('select often');
    for (let i = 0; i < total; i++) {
      run(`select c${i} from t`);
      if (i % 10 === 0) run('select often');
    }
    const { counts, others } = table;
    expect(counts).to.have.length.within(MAX_STATEMENTS * 0.9, MAX_STATEMENTS);
    const calls = [...counts, ...others.map(({ row }) => row)].reduce((sum, row) => sum + row.calls, 0);
    expect(calls).to.equal(total * 1.1 + 1);
    expect(counts.length + (others[0]?.count ?? 0)).to.equal(total + 1);
  });

  it('keeps limited texts, and not the memory of the statements', () => {
    const long = 'y'.repeat(16_000);
    run(`select ${long}`);
    run(long);
    for (const { digest } of table.counts) expect(digest.length).to.be.lessThan(1100);
    if (global.gc === undefined) return;
    global.gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 50; i++) run(`word${i}ofmorethanthirteen; ${'z'.repeat(1_000_000)}`.slice(1));
    global.gc();
    expect(process.memoryUsage().heapUsed - before).to.be.lessThan(10_000_000);
  });
});
