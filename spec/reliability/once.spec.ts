import { expect } from 'chai';
import { call, faultOf } from '../support/client.js';
import { type CursorClient, DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { untilItRuns } from '../support/running-statement.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** `npm run model` makes more. */
const INSERTS = Number(process.env.NETSVC_INSERTS ?? 200);

describe('a call of once', () => {
  let gateway: DatabaseGateway;
  let cursor: CursorClient;
  let proxy: TcpProxy;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this), { resultMemory: 100_000, maxResult: 10_000_000 });
    await gateway.execute('drop table if exists ledger');
    await gateway.execute('create table ledger (id int auto_increment primary key, entry int)');
  });

  after(() => gateway?.stop());

  beforeEach(async () => {
    await gateway.execute('truncate table ledger');
    cursor = await gateway.cursor();
    proxy = await TcpProxy.start({ port: Number(new URL(gateway.url).port) });
  });

  afterEach(async () => {
    await cursor.call('close').catch(() => {});
    await proxy.stop();
  });

  const once = (n: number, method: string, ...params: unknown[]) => cursor.call('once', n, method, params);
  const entries = () => gateway.execute('select count(*), count(distinct entry) from ledger');
  const INSERT = 'insert into ledger (entry) values (%s)';

  it(`is made once if a tenth of the responses is lost and the client repeats it, in ${INSERTS} cases`, async () => {
    const seed = Number(process.env.NETSVC_SEED ?? Date.now() % 2 ** 31);
    const losses = proxy.loseOneIn(10, seed);
    const url = cursor.url.replace(/:\d+\//, `:${proxy.port}/`);
    for (let n = 1; n <= INSERTS; ) {
      try {
        const rowcount = await call(url, 'once', n, 'execute', [INSERT, [n]]);
        expect(rowcount, `seed ${seed}`).to.equal(1);
        n++;
      } catch (error) {
        if ((error as { faultCode?: number }).faultCode !== undefined) throw error;
      }
    }
    expect(losses.lost, `seed ${seed}`).to.be.at.least(INSERTS / 10);
    expect(await entries(), `seed ${seed}`).to.deep.equal([[INSERTS, INSERTS]]);
  }).timeout(120_000);

  it('is not cancelled if the client disconnects, and its repetition waits for it', async () => {
    const url = cursor.url.replace(/:\d+\//, `:${proxy.port}/`);
    const query = 'insert into ledger (entry) select 7 from dual where sleep(0.5) = 0';
    const lost = call(url, 'once', 1, 'execute', [query]).catch((error: Error) => error);
    await untilItRuns(gateway, query);
    proxy.cut();
    expect(await lost).to.be.instanceOf(Error);
    expect(await once(1, 'execute', query)).to.equal(1);
    expect(await entries()).to.deep.equal([[1, 1]]);
  });

  it('gives the same fault again', async () => {
    const first = await faultOf(once(1, 'execute', 'selec'));
    expect(await faultOf(once(1, 'execute', 'selec'))).to.deep.equal(first);
    expect(first.code).to.equal(1);
    expect(await once(2, 'execute', 'select 1')).to.equal(1);
  });

  it('gives the same rows again, in memory and in a file', async () => {
    await cursor.execute("select seq, repeat('x', 50) from numbers order by seq limit 4000");
    const rows = (await once(1, 'fetchmany', 2000)) as unknown[][];
    expect(rows).to.have.length(2000);
    expect(rows[1999]?.[0]).to.equal(2000);
    expect(await once(1, 'fetchmany', 2000)).to.deep.equal(rows);
    const more = (await once(2, 'fetchmany', 10)) as unknown[][];
    expect(more[0]?.[0]).to.equal(2001);
    expect(await once(2, 'fetchmany', 10)).to.deep.equal(more);
  });

  it('can make several calls', async () => {
    const calls = [{ methodName: 'begin' }, { methodName: 'execute', params: [INSERT, [1]] }, { methodName: 'commit' }];
    const results = await once(1, 'batch', calls);
    expect(await once(1, 'batch', calls)).to.deep.equal(results);
    expect(await entries()).to.deep.equal([[1, 1]]);
  });

  const refused: [string, () => Promise<unknown>, RegExp][] = [
    ['a number that is not the first', () => once(2, 'rowcount'), /n: expected 1, received 2\.$/],
    ['0, which is not a number of a call', () => once(0, 'rowcount'), /n: expected 1, received 0\.$/],
    ['once itself', () => once(1, 'once', 1, 'rowcount', []), /once must not be nested\.$/],
    [
      'a number that is neither the last nor the next',
      async () => {
        for (const n of [1, 2, 3]) await once(n, 'rowcount');
        return once(2, 'rowcount');
      },
      /n: expected 3 or 4, received 2\.$/,
    ],
    [
      'the number of a call of another method',
      async () => {
        await once(1, 'rowcount');
        return once(1, 'lastrowid');
      },
      /n: call 1 was one of rowcount, not of lastrowid\.$/,
    ],
    [
      'the number of a call with other parameters',
      async () => {
        await once(1, 'execute', INSERT, [1]);
        return once(1, 'execute', INSERT, [2]);
      },
      /n: call 1 had other params\.$/,
    ],
  ];
  for (const [what, make, text] of refused) {
    it(`is refused with ${what}: fault 56`, async () => {
      const { code, string } = await faultOf(make());
      expect(code).to.equal(56);
      expect(string).to.match(text);
    });
  }
});
