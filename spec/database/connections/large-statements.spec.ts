import { expect } from 'chai';
import { call } from '../../support/client.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { until } from '../../support/until.js';

/** Of more than a megabyte: MariaDB keeps a buffer of its size, and delays the rows of later results. */
const LARGE = `select length('${'x'.repeat(1024 * 1024)}')`;

describe('the connection of a large statement', () => {
  let gateway: DatabaseGateway;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this), { connections: 1 });
  });

  after(() => gateway?.stop());

  const threadId = () => gateway.pool.connections.map((connection) => connection.threadId)[0];

  /** Returns the connection before and after `work`. */
  const around = async (work: () => Promise<unknown>) => {
    await gateway.execute('select 1');
    await until(() => gateway.pool.counts.idle === 1);
    const before = threadId();
    await work();
    await gateway.execute('select 1');
    await until(() => gateway.pool.counts.idle === 1);
    return { before, after: threadId() };
  };

  const ways: [string, () => Promise<unknown>][] = [
    ['a call outside of sessions', () => gateway.execute(LARGE)],
    ['a transaction', () => call(gateway.url, 'transaction', [[LARGE]])],
    [
      'a session',
      async () => {
        const cursor = await gateway.cursor();
        await cursor.call('begin');
        await cursor.execute(LARGE);
        await cursor.call('close');
      },
    ],
  ];
  for (const [what, work] of ways) {
    it(`is closed after ${what}`, async () => {
      const { before, after } = await around(work);
      expect(after).to.not.equal(before);
    });
  }

  it('is kept by its session', async () => {
    const cursor = await gateway.cursor();
    await cursor.call('begin');
    const before = threadId();
    await cursor.execute(LARGE);
    expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
    expect(threadId()).to.equal(before);
    await cursor.call('close');
  });

  it('is kept after a statement that is not large', async () => {
    const { before, after } = await around(() => gateway.execute(LARGE.slice(0, 1000).concat("')")));
    expect(after).to.equal(before);
  });
});
