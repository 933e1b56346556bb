import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { ConnectionPool, type ConnectionPoolOptions, parseMysqlUrl } from '#lib/database/index.js';
import { ServiceFailure } from '#lib/index.js';
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

  const acquire = async (signal?: AbortSignal) => pool.acquire({ signal });

  const rejection = (work: Promise<unknown>) => work.catch((error: unknown) => error);

  it('opens connections on demand and keeps them', async () => {
    open({ connections: 5 });
    expect(pool.counts).to.include({ open: 0, idle: 0, parked: 0, waiting: 0 });
    const connections = [await acquire(), await acquire()];
    expect(pool.counts).to.include({ open: 2, idle: 0, parked: 0, waiting: 0 });
    for (const connection of connections) await pool.release(connection);
    expect(pool.counts).to.include({ open: 2, idle: 2, parked: 0, waiting: 0 });
    expect(connections).to.include(await acquire());
  });

  it('closes a connection that has had a large statement, for which MySQL keeps a large buffer', async () => {
    open({ connections: 1 });
    for (const [size, kept] of [
      [1_000_000, true],
      [1_100_000, false],
    ] as const) {
      const connection = await acquire();
      await connection.query(`select 1 /* ${'x'.repeat(size)} */`);
      await pool.release(connection);
      const next = await acquire();
      expect(next === connection, `a statement of ${size} bytes`).to.equal(kept);
      await pool.release(next);
    }
  });

  it('serves the wait queue in order of arrival', async () => {
    open({ connections: 1 });
    const first = await acquire();
    const served: number[] = [];
    const waiting = [1, 2, 3].map(async (i) => {
      const connection = await acquire();
      served.push(i);
      await pool.release(connection);
    });
    expect(pool.counts.waiting).to.equal(3);
    await pool.release(first);
    // A later request does not overtake them.
    const last = acquire().then((connection) => {
      served.push(4);
      return pool.release(connection);
    });
    await Promise.all([...waiting, last]);
    expect(served).to.deep.equal([1, 2, 3, 4]);
  });

  it('rejects a request with fault 51 after the wait timeout, or if the wait queue is full', async () => {
    open({ connections: 1, connectWait: 0.2, maxWaiting: 2 });
    const held = await acquire();
    const waiting = [rejection(acquire()), rejection(acquire())];
    expect(await rejection(acquire()))
      .to.be.instanceOf(ServiceFailure)
      .and.include({
        error: 51,
        details: '2 requests wait for a MySQL connection, which is the limit.',
      });
    for (const refused of waiting) {
      expect(await refused).to.include({ error: 51, details: 'All 1 MySQL connections were in use for 0.2 seconds.' });
    }
    expect(pool.counts.waiting).to.equal(0);
    await pool.release(held);
    await pool.release(await acquire());
  });

  it('removes an aborted request from the wait queue and takes its connection back', async () => {
    open({ connections: 1 });
    const held = await acquire();
    const request = new AbortController();
    const waiting = rejection(acquire(request.signal));
    request.abort('disconnected');
    expect(await waiting).to.equal('disconnected');
    const served = new AbortController();
    const late = rejection(acquire(served.signal));
    // The connection is given to the request, which aborts before it continues.
    void pool.release(held);
    served.abort('disconnected');
    expect(await late).to.equal('disconnected');
    await until(() => pool.counts.idle === 1);
  });

  it('reclaims the connection that was parked first', async () => {
    open({ connections: 2 });
    const connections = [await acquire(), await acquire()];
    const reclaimed: number[] = [];
    for (const [i, connection] of connections.entries()) {
      pool.park(connection, async () => {
        reclaimed.push(i);
      });
    }
    expect(await acquire()).to.equal(connections[0]);
    expect(reclaimed).to.deep.equal([0]);
    pool.reuse(connections[1] ?? (await acquire()));
    const waiting = acquire();
    await pool.release(connections[0] ?? (await acquire()));
    expect(await waiting).to.equal(connections[0]);
    expect(reclaimed).to.deep.equal([0]);
  });

  it('rejects all waiting requests at once if no attempt to connect can succeed', async () => {
    const { connection } = parseMysqlUrl(url);
    pool = new ConnectionPool({ ...connection, user: 'nobody', password: 'wrong' }, { connections: 2 });
    const failures = await Promise.all([1, 2, 3, 4, 5].map(() => rejection(acquire())));
    expect(failures.map((failure) => (failure as { errno?: number }).errno)).to.deep.equal([
      1045, 1045, 1045, 1045, 1045,
    ]);
    await until(() => pool.counts.open === 0);
    expect(pool.counts).to.include({ idle: 0, parked: 0, waiting: 0 });
  });

  it('closes a separate connection whose server hangs', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    pool = new ConnectionPool({ host: '127.0.0.1', port, user: 'root' });
    expect(await rejection(pool.ask('select 1'))).to.have.property('errno', 2013);
    await until(() => sockets.size === 0);
    server.close();
  });

  it('resets every connection that is released after a statement', async () => {
    open({ connections: 1 });
    const connection = await acquire();
    await connection.runOwn("select last_insert_id(5), cast('x' as signed)");
    await pool.release(connection);
    const same = await acquire();
    expect(same).to.equal(connection);
    expect(await same.query('select last_insert_id(), @@warning_count')).to.deep.equal([['0', '0']]);
  });
});
