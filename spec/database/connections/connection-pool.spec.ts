import { expect } from 'chai';
import { ConnectionPool, type ConnectionPoolOptions, parseMysqlUrl } from '#lib/database/index.js';
import { ServiceFailure, ServiceRequest } from '#lib/index.js';
import { testDatabase } from '../../support/mariadb.js';
import { until } from '../../support/until.js';

describe('ConnectionPool', () => {
  let url: string;
  let pool: ConnectionPool;

  before(function () {
    url = testDatabase(this);
  });

  const open = (options: ConnectionPoolOptions) => {
    pool = new ConnectionPool(parseMysqlUrl(url).connection, options);
  };

  afterEach(() => pool?.end());

  const acquire = async (request = new ServiceRequest('', '')) => pool.acquire(request);

  const refusal = (work: Promise<unknown>) => work.catch((error: unknown) => error);

  it('opens connections when they are needed, and keeps them', async () => {
    open({ connections: 5 });
    expect(pool.census).to.deep.equal({ open: 0, idle: 0, lent: 0, waiting: 0 });
    const connections = [await acquire(), await acquire()];
    expect(pool.census).to.deep.equal({ open: 2, idle: 0, lent: 0, waiting: 0 });
    for (const connection of connections) await pool.release(connection);
    expect(pool.census).to.deep.equal({ open: 2, idle: 2, lent: 0, waiting: 0 });
    expect(connections).to.include(await acquire());
  });

  it('serves those who wait in order of arrival', async () => {
    open({ connections: 1 });
    const first = await acquire();
    const served: number[] = [];
    const waiting = [1, 2, 3].map(async (i) => {
      const connection = await acquire();
      served.push(i);
      await pool.release(connection);
    });
    expect(pool.census.waiting).to.equal(3);
    await pool.release(first);
    // Whoever comes now does not pass them.
    const last = acquire().then((connection) => {
      served.push(4);
      return pool.release(connection);
    });
    await Promise.all([...waiting, last]);
    expect(served).to.deep.equal([1, 2, 3, 4]);
  });

  it('refuses with fault 51 who has waited too long, or finds too many waiting', async () => {
    open({ connections: 1, connectWait: 0.2, maxWaiting: 2 });
    const held = await acquire();
    const waiting = [refusal(acquire()), refusal(acquire())];
    expect(await refusal(acquire()))
      .to.be.instanceOf(ServiceFailure)
      .and.include({
        error: 51,
        details: '2 requests wait for a MySQL connection, which is the limit.',
      });
    for (const refused of waiting) {
      expect(await refused).to.include({ error: 51, details: 'All 1 MySQL connections were in use for 0.2 seconds.' });
    }
    expect(pool.census.waiting).to.equal(0);
    await pool.release(held);
    await pool.release(await acquire());
  });

  it('lets go of a request that nobody waits for any more, and of its connection', async () => {
    open({ connections: 1 });
    const held = await acquire();
    const request = new ServiceRequest('', '');
    const waiting = refusal(acquire(request));
    request.abort('hung up');
    expect(await waiting).to.equal('hung up');
    const given = new ServiceRequest('', '');
    const late = refusal(acquire(given));
    // It is given the connection and hangs up before it learns of it.
    void pool.release(held);
    given.abort('hung up');
    expect(await late).to.equal('hung up');
    await until(() => pool.census.idle === 1);
  });

  it('takes a connection back that was lent, the one that was lent first', async () => {
    open({ connections: 2 });
    const connections = [await acquire(), await acquire()];
    const letGo: number[] = [];
    for (const [i, connection] of connections.entries()) {
      pool.lend(connection, async () => {
        letGo.push(i);
      });
    }
    expect(await acquire()).to.equal(connections[0]);
    expect(letGo).to.deep.equal([0]);
    pool.recall(connections[1] ?? (await acquire()));
    const waiting = acquire();
    await pool.release(connections[0] ?? (await acquire()));
    expect(await waiting).to.equal(connections[0]);
    expect(letGo).to.deep.equal([0]);
  });

  it('tells each of those who wait when MySQL cannot be reached, and opens connections when it can', async () => {
    const { connection } = parseMysqlUrl(url);
    pool = new ConnectionPool({ ...connection, user: 'nobody', password: 'wrong' }, { connections: 2 });
    const failures = await Promise.all([1, 2, 3, 4, 5].map(() => refusal(acquire())));
    expect(failures.map((failure) => (failure as { errno?: number }).errno)).to.deep.equal([
      1045, 1045, 1045, 1045, 1045,
    ]);
    expect(pool.census).to.deep.equal({ open: 0, idle: 0, lent: 0, waiting: 0 });
  });

  it('leaves the next nothing that it was told to forget', async () => {
    open({ connections: 1 });
    const connection = await acquire();
    await connection.runOwn("select last_insert_id(5), cast('x' as int)");
    await pool.release(connection, true);
    const same = await acquire();
    expect(same).to.equal(connection);
    expect(await same.ask('select last_insert_id(), @@warning_count')).to.deep.equal([['0', '0']]);
  });
});
