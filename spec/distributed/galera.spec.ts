import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { call, type Fault, faultOf } from '../support/client.js';
import { testDatabase } from '../support/mariadb.js';
import { NetsvcProcess } from '../support/netsvc-process.js';
import { createApplication, urlOfAll } from '../support/tcp-server.js';
import { onlyOn, pend } from '../support/test-server.js';
import { until } from '../support/until.js';
import { GaleraCluster, type GaleraNode, PROVIDER } from './galera-cluster.js';
import { InsertLoad, LEDGER } from './insert-load.js';

describe('three nodes of Galera', () => {
  const cluster = new GaleraCluster();
  let netsvc: NetsvcProcess;

  before(async function () {
    testDatabase(this);
    onlyOn('MariaDB', this, 'Galera is a part of MariaDB');
    if (!existsSync(PROVIDER)) pend(this, 'galera-4 is not installed');
    await cluster.start(3, ['create database test', ...createApplication(), LEDGER]);
    netsvc = await NetsvcProcess.start(['--database', urlOfAll(cluster.nodes)]);
  });

  after(async () => {
    await netsvc?.stop();
    await cluster.remove();
  });

  it('lose no acknowledged row when the one that is used is killed under load', async () => {
    const [killed, other] = cluster.nodes as [GaleraNode, GaleraNode, GaleraNode];
    const load = new InsertLoad(netsvc.url);
    expect(await used()).to.equal(killed.port);
    const gap = await load.outlive(() => killed.kill());
    expect(load.lost(await other.query('select client, n from test.ledger'))).to.deep.equal([]);
    expect(gap).to.be.below(30);
    expect(await used()).to.equal(other.port);
  });

  it('do not use one that is cut off, and use it again when it is a cluster of its own', async () => {
    const [, killed, last] = cluster.nodes as [GaleraNode, GaleraNode, GaleraNode];
    const insert = (n: number) => call(netsvc.url, 'execute', 'insert into ledger values (-1, %s)', [n]);
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        () => 0,
        ({ faultCode }: Fault) => faultCode,
      );
    await insert(0);
    await killed.kill();
    const codes = new Set<number>();
    await until(async () => {
      codes.add(await codeOf(insert(1)));
      return codes.has(2003);
    }, 60);
    expect(codes).not.to.include(0);
    const fault = await faultOf(insert(1));
    expect(fault.string).to.contain(`'127.0.0.1:${last.port}' (not ready)`);
    await last.query("set global wsrep_provider_options = 'pc.bootstrap=YES'");
    await until(async () => (await codeOf(insert(2))) === 0, 60);
    expect(await last.query('select n from test.ledger where client = -1')).to.deep.equal([[0], [2]]);
  });

  const used = async () => {
    const [[port] = []] = (await call(netsvc.url, 'execute', 'select @@port')) as number[][];
    return port;
  };
});
