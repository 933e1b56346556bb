import { expect } from 'chai';
import { ConnectionPool, parseMysqlUrl } from '#lib/database/index.js';
import { classify } from '#lib/database/pinning/classify.js';
import { TableCatalog } from '#lib/database/pinning/table-catalog.js';
import { testDatabase } from '../../support/mariadb.js';

describe('TableCatalog', () => {
  let pool: ConnectionPool;

  before(function () {
    pool = new ConnectionPool(parseMysqlUrl(testDatabase(this)).connection);
  });

  after(() => pool?.end());

  it('looks up a limited number of tables at a time: a statement with others pins', async () => {
    const connection = await pool.acquire();
    void pool.release(connection);
    const catalog = TableCatalog.of(connection.host);
    const found = await Promise.all(
      Array.from({ length: 1200 }, (_, i) => catalog.classify(classify(`select * from missing_${i}`))),
    );
    const unknown = found.map(({ pinReason }) => pinReason === 'unknown table');
    expect(unknown.slice(0, 1000)).not.to.include(true);
    expect(unknown.slice(1000)).not.to.include(false);
    // It is asked for when it is used again.
    expect((await catalog.classify(classify('select * from missing_1199'))).pinReason).to.equal(undefined);
  });
});
