import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { SuiteFolder } from '../support/suite-folder.js';
import { compiledXmlRpcPp } from './compiled-xmlrpcpp.js';

describe('XmlRpc++', () => {
  const folder = new SuiteFolder();
  let program: string;
  let gateway: DatabaseGateway;

  before(async function () {
    const url = testDatabase(this);
    program = compiledXmlRpcPp(this, folder.path);
    gateway = await DatabaseGateway.start(url);
  });

  after(() => gateway?.stop());

  const fetch = async (query: string) => {
    const { hostname, port, pathname } = new URL(gateway.url);
    const { stdout } = await promisify(execFile)(program, [hostname, port, pathname, query], { timeout: 20_000 });
    return Object.fromEntries(stdout.split('\n').map((line) => line.split(/ (.*)/s).slice(0, 2)));
  };

  it('receives large results, whole', async () => {
    expect(await fetch("select seq, repeat('x', 1000) from numbers where seq <= 2000")).to.include({
      execute: '2000',
      rows: '2000',
      first: `{1,${'x'.repeat(1000)}}`,
    });
  });

  it('reads CR as text, and ends arrays at nil and i8, by its own fault', async () => {
    expect(await fetch("select concat('a', char(13 using ascii)), 1")).to.include({ first: '{a&#13;,1}' });
    expect((await fetch('select 1, null, 2')).first).not.to.contain('2');
    expect((await fetch('select 1, 5000000000, 2')).first).not.to.contain('2');
  });
});
