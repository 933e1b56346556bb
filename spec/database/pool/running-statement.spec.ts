import { expect } from 'chai';
import type { MysqlConnection } from '#lib/database/connections/mysql-connection.js';
import { DISCARD } from '#lib/database/driver/result-sink.js';
import { ConnectionPool, parseMysqlUrl } from '#lib/database/index.js';
import { RunningStatement } from '#lib/database/pool/running-statement.js';
import { SqlText } from '#lib/database/sql/sql-text.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';

/** `npm run model` makes more. */
const CANCELLATIONS = Number(process.env.NETSVC_CANCELLATIONS ?? 15);

describe('RunningStatement', () => {
  let pool: ConnectionPool;
  let connection: MysqlConnection;

  before(async function () {
    pool = new ConnectionPool(parseMysqlUrl(testDatabase(this)).connection);
    connection = await pool.acquire();
  });

  after(() => pool?.end());

  const start = (sql: string) => new RunningStatement(connection, new SqlText(sql), DISCARD);

  const reasonOf = (statement: RunningStatement) => statement.done.catch((reason: unknown) => reason);

  it('stops a procedure, whatever the procedure is doing', async () => {
    const executor = { execute: (sql: string) => connection.runOwn(sql) };
    await recreate(executor, 'procedure never_ends() begin while true do select 1; end while; end');
    // Some of the KILL QUERY are lost: those before the first statement, or in MariaDB between two statements.
    for (let i = 0; i < CANCELLATIONS; i++) {
      const statement = start('call never_ends()');
      statement.cancel(`reason ${i}`);
      expect(await reasonOf(statement)).to.equal(`reason ${i}`);
    }
    expect(await connection.query('select 1')).to.deep.equal([['1']]);
  }).timeout(CANCELLATIONS * 2000);

  it('fails with the reason of its cancellation if MySQL returns rows all the same', async () => {
    for (const query of ['select sleep(60)', "select benchmark(1000000000, sha2('x', 512))"]) {
      const statement = start(query);
      statement.cancel('too long');
      expect(await reasonOf(statement), query).to.equal('too long');
    }
  });
});
