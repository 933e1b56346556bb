import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { parseMysqlUrl } from '#lib/database/index.js';
import { ConnectionPool } from '#lib/database/pool/connection-pool.js';
import { testDatabase } from '../../support/mariadb.js';
import { until } from '../../support/until.js';

describe('a pool whose server is replaced', () => {
  let mysql: string;
  let pool: ConnectionPool;
  /** Accepts connections, and never answers. */
  let silent: Server;
  const sockets: Socket[] = [];

  before(async function () {
    mysql = testDatabase(this);
    silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });

  afterEach(() => pool?.end());

  after(() => {
    for (const socket of sockets) socket.destroy();
    silent?.close();
  });

  const server = () => parseMysqlUrl(mysql).connection;
  const silentHost = () => `127.0.0.1:${(silent.address() as AddressInfo).port}`;

  const select = async () => {
    const connection = await pool.acquire();
    const rows = await connection.query('select 1');
    await pool.release(connection);
    return rows;
  };

  for (const [what, hosts] of [
    ['never answers', 1],
    ['has several hosts, none of which ever answers', 3],
  ] as const) {
    it(`serves who waits at once, although the old one ${what}`, async () => {
      const url = `mysql://x@${Array(hosts).fill(silentHost()).join(',')}/x`;
      pool = new ConnectionPool(parseMysqlUrl(url).connection, { connections: 1, connectWait: 20 });
      const waiting = select();
      await until(() => pool.counts.opening === 1);
      const replaced = performance.now();
      pool.replace(server(), { connections: 1, connectWait: 20 });
      expect(await waiting).to.deep.equal([['1']]);
      expect(performance.now() - replaced).to.be.below(2000);
    });
  }

  it('forgets that the old one could not be reached', async () => {
    pool = new ConnectionPool({ host: '127.0.0.1', port: 1, user: 'x' }, { connections: 1, connectWait: 0.3 });
    await pool.check().catch(() => {});
    await until(() => pool.lastingFailure !== undefined);
    pool.replace(server(), { connections: 1, connectWait: 5 });
    expect(pool).to.include({ unreachable: false, lastingFailure: undefined });
    expect(await select()).to.deep.equal([['1']]);
  });

  it('stays paused', async () => {
    pool = new ConnectionPool(server(), { connections: 2, connectWait: 5 });
    const used = await pool.acquire();
    const paused = pool.pause(20);
    const waiting = select();
    pool.replace(server(), { connections: 2, connectWait: 5 });
    expect(pool).to.deep.include({ paused: true });
    await pool.release(used);
    await paused;
    expect(pool.counts).to.include({ open: 0, waiting: 1 });
    pool.resume();
    expect(await waiting).to.deep.equal([['1']]);
  });
});
