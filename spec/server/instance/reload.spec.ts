import { expect } from 'chai';
import { consoleLog } from '#lib/netsvc/log.js';
import { parseSettings } from '#lib/server/configuration/settings.js';
import { NetsvcServer } from '#lib/server/instance/netsvc-server.js';
import { call, failureOf, faultOf } from '../../support/client.js';
import { ConfiguredServer } from '../../support/configured-server.js';
import { freePort } from '../../support/free-port.js';
import { NetsvcProcess } from '../../support/netsvc-process.js';
import { until } from '../../support/until.js';

describe('bin/netsvc on SIGHUP', () => {
  const server = new ConfiguredServer();

  it('applies all settings, or none, and names those that require a restart', async () => {
    await server.write({ 'max-sessions': 1 });
    const netsvc = await NetsvcProcess.start(['--config', server.file, '--log-level', 'info'], 2);
    let log = '';
    netsvc.child.stderr?.on('data', (text: string) => {
      log += text;
    });
    const cursor = await call(netsvc.url, 'cursor', 60);
    await server.write({ 'max-sessions': 2, instance: 'b' });
    netsvc.child.kill('SIGHUP');
    await until(() => log.includes('nothing is reloaded'));
    expect(log).to.include('"problems":["these changes require a restart: instance"]');
    expect((await faultOf(call(netsvc.url, 'cursor', 60))).code).to.equal(51);
    await server.write({ 'max-sessions': 2, 'max-timeout': 90 });
    netsvc.child.kill('SIGHUP');
    await until(() => log.includes('configuration reloaded'));
    expect(log).to.match(/"keys":\["max-sessions","max-timeout"\],"msg":"configuration reloaded"/);
    await call(netsvc.url, 'cursor', 90);
    expect(await call(`${netsvc.url}/${cursor}`, 'execute', 'select 1')).to.equal(1);
    await netsvc.stop();
  });

  it('goes on if there is nothing to reload and no terminal', async () => {
    const netsvc = await NetsvcProcess.start(['--database', server.mysql]);
    netsvc.child.kill('SIGHUP');
    expect(await call(netsvc.url, 'execute', 'select 1')).to.deep.equal([[1]]);
    netsvc.child.kill('SIGHUP');
    expect(await call(netsvc.url, 'execute', 'select 2')).to.deep.equal([[2]]);
    expect(await netsvc.stop()).to.include({ status: 0, stderr: '' });
  });
});

describe('a reload', () => {
  const server = new ConfiguredServer('spec');

  it('replaces the MySQL connections, also if nothing has changed', async () => {
    await server.start();
    const connection = async () => String(await call(server.url(), 'execute', 'select connection_id()'));
    const before = await connection();
    expect(await connection()).to.equal(before);
    await server.reload();
    await until(async () => (await connection()) !== before);
  });

  it('of the time for requests at the end counts for the next end', async () => {
    await server.start({ grace: 30 });
    const url = server.url();
    const running = faultOf(call(url, 'execute', 'select sleep(20)'));
    await until(async () => JSON.stringify(await call(url, 'execute', 'show full processlist')).includes('sleep(20)'));
    expect(await server.reload({ grace: 0.1 })).to.deep.equal(['grace']);
    await server.stop();
    expect((await running).code).to.equal(58);
  });

  it('of the time for sessions at the end counts for the next end', async () => {
    await server.start({ drain: 0 });
    await server.open();
    expect(await server.reload({ drain: 0.1 })).to.deep.equal(['drain']);
    await server.running.drain();
    expect(server.logged('draining')[0]?.fields).to.include({ drain: 0.1, sessions: 1 });
    expect(await server.reload({ 'max-sessions': 5 }), 'while it drains').to.deep.equal(['max-sessions', 'drain']);
    const stopped = server.stop(0);
    expect(await failureOf(server.reload())).to.have.property('message', 'the server is shutting down');
    await stopped;
  });

  it('does not change what a flag says', async () => {
    await server.start({ 'log-level': 'info', 'max-sessions': 5 }, '--log-level', 'info', '--max-sessions', '7');
    expect(await server.reload({ 'log-level': 'debug', 'max-sessions': 6 })).to.deep.equal([]);
    await call(server.url(), 'execute', 'select 1');
    await server.stop(0);
    expect(server.logged('call')).to.deep.equal([]);
  });

  it('waits for the end of the start', async () => {
    const url = `mysql://root@127.0.0.1:${await freePort()}/test`;
    await server.write({ databases: { shop: { url } }, 'wait-for-database': 30 });
    const settings = () => parseSettings(['--config', server.file, '--port', '0'], {}, '').settings;
    const starting = new NetsvcServer(settings(), { ...consoleLog, error() {} }, { readSettings: settings });
    const started = starting.start();
    const reloaded = failureOf(starting.reload());
    await starting.stop();
    await started;
    expect(await reloaded).to.have.property('message', 'the server is shutting down');
  });

  it('that forbids remote access without a login is refused by a server that has it', async () => {
    await server.start({ host: '0.0.0.0', insecure: true });
    const { message } = await failureOf(server.reload({ insecure: false }));
    expect(message).to.contain('refusing to listen on 0.0.0.0 without authentication');
  });
});
