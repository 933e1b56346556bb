import { expect } from 'chai';
import { call } from '../support/client.js';
import { ask } from '../support/http.js';
import { testDatabase } from '../support/mariadb.js';
import { RunningServer } from '../support/netsvc-server.js';

describe('slow statements', () => {
  let mysql: string;
  let netsvc: RunningServer;

  before(function () {
    mysql = testDatabase(this);
  });

  afterEach(() => netsvc?.stop(0));

  const start = async (...flags: string[]) => {
    netsvc = await RunningServer.start(['--database', mysql, ...flags]);
  };

  const slow = () => netsvc.log.filter(({ message }) => message === 'slow statement');

  it('are logged without their values, and counted', async () => {
    await start('--slow-query', '0.2', '--admin-port', '0');
    await call(netsvc.url, 'execute', "select 'fast'");
    await call(netsvc.url, 'execute', "select sleep(0.2), 'secret', %s", ['hidden']);
    expect(slow()).to.have.length(1);
    expect(slow()[0]?.level).to.equal('warn');
    expect(slow()[0]?.fields).to.include({ database: 'database', rows: 1, statement: 'select sleep (?), ?, ?' });
    const { body } = await ask(`${netsvc.adminUrl}metrics`, { method: 'GET', headers: {} });
    expect(body).to.contain('netsvc_slow_statements_total{database="database"} 1');
  });

  it('are logged with their values, or without their text, if the operator says so', async () => {
    await start('--slow-query', '0.1', '--log-statements', 'full');
    await call(netsvc.url, 'execute', "select sleep(0.1), 'value'");
    expect(slow()[0]?.fields).to.include({ statement: "select sleep(0.1), 'value'" });
    await netsvc.stop(0);
    await start('--slow-query', '0.1', '--log-statements', 'none');
    await call(netsvc.url, 'execute', "select sleep(0.1), 'value'");
    expect(slow()[0]?.fields).to.include({ statement: undefined });
  });

  it('are not logged by default', async () => {
    await start();
    await call(netsvc.url, 'execute', 'select sleep(0.3)');
    expect(slow()).to.deep.equal([]);
  });
});

describe('the log at level debug', () => {
  it('has a line for each call', async function () {
    const netsvc = await RunningServer.start(['--database', testDatabase(this), '--log-level', 'debug']);
    await call(netsvc.url, 'execute', 'select 1');
    await call(netsvc.url, 'execute', 'selec 1').catch(() => {});
    await netsvc.stop(0);
    const calls = netsvc.log.filter(({ message }) => message === 'call').map(({ fields }) => fields);
    expect(calls[0]).to.include({ endpoint: 'database', method: 'execute', fault: undefined });
    expect(calls[1]).to.include({ endpoint: 'database', method: 'execute', fault: 1 });
    expect(calls[0]).to.have.property('duration_s');
  });
});
