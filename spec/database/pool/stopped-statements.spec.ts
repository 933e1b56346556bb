import { expect } from 'chai';
import { ConnectionLease } from '#lib/database/lease/connection-lease.js';
import { StreamedResults } from '#lib/database/results/streamed-results.js';
import { SqlText } from '#lib/database/sql/sql-text.js';
import { MemoryAccounts, ServiceRequest } from '#lib/index.js';
import { call, faultOf } from '../../support/client.js';
import { specGateway } from '../../support/suite-gateway.js';

const LIMIT = {
  code: 58,
  string: 'netsvc -- Response Aborted\n\nThe statement took more than 0.4 seconds, which is the limit.',
};

describe('a statement that is stopped', () => {
  const gateway = specGateway({ connections: 1 });

  /** MySQL reports success for some of them: SLEEP() returns 1 when it is stopped. */
  const statements = [
    'select sleep(20)',
    'do sleep(20)',
    'select seq, sleep(20) from numbers limit 2',
    'select count(*) from numbers a, numbers b where mod(a.seq * b.seq, 7) = 3',
    "select 'a', sleep(20), 'b' union all select 1, 2, 3",
  ];

  describe('because it exceeds the time limit', () => {
    for (const statement of statements) {
      it(`causes fault 58, and has no result: ${statement}`, async () => {
        await gateway.start({ queryTimeout: 0.4 });
        expect(await faultOf(gateway.execute(statement))).to.deep.equal(LIMIT);
        expect(await faultOf(call(gateway.url, 'executemany', statement, [[]]))).to.deep.equal(LIMIT);
        const cursor = await gateway.cursor();
        await cursor.execute('set @mine = 7');
        expect(await faultOf(cursor.execute(statement))).to.deep.equal(LIMIT);
        expect((await faultOf(cursor.call('fetchall'))).string).to.contain('execute() first');
        expect(await cursor.rows('select @mine')).to.deep.equal([[7]]);
      });

      it(`causes fault 58 for an SS cursor: ${statement}`, async () => {
        await gateway.start({ queryTimeout: 0.4 });
        const cursor = await gateway.cursor(60, 'SSCursor');
        await cursor.execute('set @mine = 7');
        // The fault comes with the rows if the columns have been received in time.
        const rows = cursor.execute(statement).then(() => cursor.call('fetchall'));
        expect(await faultOf(rows)).to.deep.equal(LIMIT);
        expect(await cursor.rows('select @mine')).to.deep.equal([[7]]);
      });
    }
  });

  it('because its client disconnects leaves no rows that look like all rows', async () => {
    await gateway.start();
    const lease = new ConnectionLease(gateway.pool, { streams: true });
    const client = new ServiceRequest('', '');
    // The first rows arrive at once, and the last one when the statement is stopped.
    const query = 'select seq, 0 from numbers where seq < 20000 union all select 20000, sleep(60)';
    const results = await lease.use(client, async ({ connection, start }) => {
      const streamed = new StreamedResults(connection, MemoryAccounts.default.process);
      return streamed.begin(await start(new SqlText(query), streamed));
    });
    let rows = 0;
    const read = async (signal: AbortSignal) => {
      for await (const batch of results.fetch(Number.POSITIVE_INFINITY, signal)) {
        rows += batch.rows;
        client.abort(new Error('gone'));
      }
    };
    expect(await read(client.signal).catch((error: Error) => error.message)).to.equal('gone');
    expect(await read(new AbortController().signal).catch((error: Error) => error.message)).to.equal('gone');
    expect(rows).to.be.within(1, 19_999);
    await lease.release();
  });
});
