import { ConnectionPool, type ConnectionPoolOptions, parseMysqlUrl } from '#lib/database/index.js';
import { testDatabase } from './mariadb.js';

/** The pool of a spec. */
export interface PoolFixture {
  /** That of the current spec, once it has been opened. */
  readonly pool: ConnectionPool;
  open(options: ConnectionPoolOptions): void;
}

/** Lets each spec of a suite open a pool, which is closed behind it. */
export function poolFixture(): PoolFixture {
  let url: string;
  let pool: ConnectionPool | undefined;
  before(function () {
    url = testDatabase(this);
  });
  afterEach(async () => {
    await pool?.end();
    pool = undefined;
  });
  return {
    get pool() {
      if (pool === undefined) throw new Error('the pool has not been opened');
      return pool;
    },
    open(options) {
      pool = new ConnectionPool(parseMysqlUrl(url).connection, options);
    },
  };
}
