import { expect } from 'chai';
import { suiteGateway } from '../../support/suite-gateway.js';
import { onlyOn } from '../../support/test-server.js';

/** Bytes of the temporary tables on the disk of the server. MySQL keeps files of 80 KB for new connections. */
const DISK = 'select cast(sum(size) as double) from information_schema.innodb_session_temp_tablespaces';

describe('the disk of temporary tables', () => {
  const gateway = suiteGateway({ connections: 1 });

  before(function () {
    onlyOn('MySQL', this, 'MariaDB gives the disk back only when it is restarted');
  });

  const disk = async () => Number(((await gateway.execute(DISK)) as [[number]])[0][0]);

  const connection = () => gateway.execute('select connection_id()');

  it('is given back when the session ends', async () => {
    const before = await disk();
    const cursor = await gateway.cursor();
    await cursor.execute(
      "create temporary table large as select a.seq, repeat('x', 15000) as t from numbers a where a.seq <= 5000",
    );
    await cursor.execute('do sleep(0.25)');
    expect(Number(((await cursor.rows(DISK)) as [[number]])[0][0])).to.be.greaterThan(before + 50_000_000);
    await cursor.call('close');
    expect(await disk()).to.equal(before);
  });

  it('costs a session without temporary tables no connection, however long it takes', async () => {
    const before = await connection();
    await gateway.execute('do sleep(0.3)');
    expect(await connection()).to.deep.equal(before);
  });
});
