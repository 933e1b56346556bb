import type { ServerOptions } from '#lib/database/driver/driver-options.js';
import { ConnectionPool, type ConnectionPoolOptions, parseMysqlUrl } from '#lib/database/index.js';
import type { AcquireOptions } from '#lib/database/pool/pool-options.js';
import type { PooledConnection } from '#lib/database/pool/pooled-connection.js';
import { testDatabase } from './mariadb.js';

/** The pool of a spec. */
export interface PoolFixture {
  /** The server of the specs. */
  readonly server: ServerOptions;
  /** That of the current spec, once it has been opened. */
  readonly pool: ConnectionPool;
  /** @param server another one than that of the specs */
  open(options: ConnectionPoolOptions, server?: ServerOptions): void;
  acquire(options?: AcquireOptions): Promise<PooledConnection>;
}

/** Lets each spec of a suite open a pool, which is closed behind it. */
export function poolFixture(): PoolFixture {
  let server: ServerOptions;
  let pool: ConnectionPool | undefined;
  before(function () {
    server = parseMysqlUrl(testDatabase(this)).connection;
  });
  afterEach(async () => {
    await pool?.end();
    pool = undefined;
  });
  return {
    get server() {
      return server;
    },
    get pool() {
      if (pool === undefined) throw new Error('the pool has not been opened');
      return pool;
    },
    open(options, other = server) {
      pool = new ConnectionPool(other, options);
    },
    async acquire(options) {
      return this.pool.acquire(options);
    },
  };
}
