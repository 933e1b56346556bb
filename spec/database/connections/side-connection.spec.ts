import { expect } from 'chai';
import { runAside } from '#lib/database/connections/side-connection.js';
import { parseMysqlUrl } from '#lib/database/index.js';
import { testDatabase } from '../../support/mariadb.js';

describe('a statement on a connection of its own', () => {
  it('has longer to connect than the statements of clients', async function () {
    const { connection } = parseMysqlUrl(testDatabase(this));
    const rows = await runAside({ ...connection, connectTimeout: 1 }, (query) => query("select 1, 'x', null"));
    expect(rows).to.deep.equal([['1', 'x', null]]);
  });
});
