import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { call } from '../support/client.js';
import { testDatabase } from '../support/mariadb.js';
import { NetsvcProcess } from '../support/netsvc-process.js';
import { TcpServer, urlOfAll } from '../support/tcp-server.js';
import { onlyOn } from '../support/test-server.js';
import { succeeds, until } from '../support/until.js';
import { InsertLoad, LEDGER } from './insert-load.js';

describe('a primary and a replica', () => {
  let primary: TcpServer;
  let replica: TcpServer;
  let netsvc: NetsvcProcess;

  before(async function () {
    testDatabase(this);
    onlyOn('MariaDB', this, 'replication is set up with statements of MariaDB');
    primary = await TcpServer.start(['--log-bin=binlog', '--server-id=1']);
    replica = await TcpServer.prepare(['--log-bin=binlog', '--server-id=2', '--read-only=1']);
    await replica.start();
    await primary.query('create user replica');
    await primary.query('grant replication slave on *.* to replica');
    await primary.query(LEDGER);
    await replica.query(
      `change master to master_host = '127.0.0.1', master_port = ${primary.port}, master_user = 'replica', ` +
        'master_use_gtid = slave_pos',
    );
    await replica.query('start slave');
    await until(() => succeeds(replica.query('select 1 from test.ledger')));
    netsvc = await NetsvcProcess.start(['--database', urlOfAll([primary, replica])]);
  });

  after(async () => {
    await netsvc?.stop();
    for (const server of [primary, replica]) await server?.remove();
  });

  it('lose no acknowledged row when the replica is promoted under load', async () => {
    const load = new InsertLoad(netsvc.url);
    let promoted = 0;
    const promote = async () => {
      const since = performance.now();
      await primary.query('set global read_only = 1');
      const [[position] = []] = await primary.query('select @@gtid_binlog_pos');
      // Clients notice meanwhile that the primary is read-only, and that there is no other one.
      await setTimeout(1500);
      const [[waited] = []] = await replica.query(`select master_gtid_wait('${position}', 60)`);
      expect(Number(waited)).to.equal(0);
      for (const sql of ['stop slave', 'reset slave all', 'set global read_only = 0']) await replica.query(sql);
      promoted = (performance.now() - since) / 1000;
    };
    const gap = await load.outlive(promote, () => primary.stop());
    console.log(`      promotion: ${promoted.toFixed(1)} s`);
    expect(load.lost(await replica.query('select client, n from test.ledger'))).to.deep.equal([]);
    expect([...load.faults.keys()]).to.include(1290);
    expect(gap).to.be.below(promoted + 5);
    expect(await call(netsvc.url, 'execute', 'select @@server_id')).to.deep.equal([[2]]);
    const { stderr } = await netsvc.stop();
    expect(stderr).to.contain('another MySQL server is used').and.to.contain(`127.0.0.1:${replica.port}`);
  });
});
