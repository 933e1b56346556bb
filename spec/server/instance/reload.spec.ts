import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { call, faultOf } from '../../support/client.js';
import { testDatabase } from '../../support/mariadb.js';
import { NetsvcProcess } from '../../support/netsvc-process.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { until } from '../../support/until.js';

describe('bin/netsvc on SIGHUP', () => {
  let mysql: string;
  let folder: string;
  let file: string;

  before(function () {
    mysql = testDatabase(this);
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    file = join(folder, 'netsvc.yaml');
  });

  afterEach(() => rm(folder, { recursive: true }));

  const write = (options: object) =>
    writeFile(file, JSON.stringify({ databases: { database: { url: mysql } }, 'log-level': 'info', ...options }));

  it('applies all settings, or none, and names those that require a restart', async () => {
    await write({ 'max-sessions': 1, 'max-timeout': 60 });
    const netsvc = await NetsvcProcess.start(['--config', file, '--log-level', 'info']);
    let log = '';
    netsvc.child.stderr?.on('data', (text: string) => {
      log += text;
    });
    const cursor = await call(netsvc.url, 'cursor', 60);
    expect((await faultOf(call(netsvc.url, 'cursor', 60))).code).to.equal(51);
    await write({ 'max-sessions': 2, 'max-timeout': 90, 'query-timeout': 0.2, instance: 'b', port: 8001 });
    netsvc.child.kill('SIGHUP');
    await until(() => log.includes('nothing is reloaded'));
    expect(log).to.include('"problems":["these changes require a restart: instance"]');
    expect((await faultOf(call(netsvc.url, 'cursor', 60))).code).to.equal(51);
    await write({ 'max-sessions': 2, 'max-timeout': 90, 'query-timeout': 0.2 });
    netsvc.child.kill('SIGHUP');
    await until(() => log.includes('configuration reloaded'));
    expect(log).to.match(/"keys":\["max-sessions","max-timeout","query-timeout"\],"msg":"configuration reloaded"/);
    const other = `${netsvc.url}/${await call(netsvc.url, 'cursor', 90)}`;
    expect((await faultOf(call(other, 'execute', 'select sleep(20)'))).code).to.equal(58);
    expect(await call(`${netsvc.url}/${cursor}`, 'execute', 'select 1')).to.equal(1);
    await netsvc.stop();
  });

  it('reloads nothing if the configuration is invalid, and says why', async () => {
    await write({ 'max-sessions': 1 });
    const server = await RunningServer.start(['--config', file]);
    try {
      await write({ 'max-sessions': 5, 'max-timeout': 'for ever' });
      const failure = await server.reload().catch((error: unknown) => error);
      expect(failure).to.have.property('message').that.contains('max-timeout');
      expect(server.log.at(-1)).to.include({ message: 'nothing is reloaded' });
      await call(server.url, 'cursor', 60);
      expect((await faultOf(call(server.url, 'cursor', 60))).code).to.equal(51);
    } finally {
      await server.stop();
    }
  });

  it('replaces the MySQL connections', async () => {
    const server = await RunningServer.start(['--database', mysql]);
    try {
      const connection = async () => String(await call(server.url, 'execute', 'select connection_id()'));
      const before = await connection();
      expect(await connection()).to.equal(before);
      await server.reload();
      await until(async () => (await connection()) !== before);
    } finally {
      await server.stop();
    }
  });

  it('goes on if there is nothing to reload and no terminal', async () => {
    const netsvc = await NetsvcProcess.start(['--database', mysql]);
    netsvc.child.kill('SIGHUP');
    expect(await call(netsvc.url, 'execute', 'select 1')).to.deep.equal([[1]]);
    netsvc.child.kill('SIGHUP');
    expect(await call(netsvc.url, 'execute', 'select 2')).to.deep.equal([[2]]);
    expect(await netsvc.stop()).to.include({ status: 0, stderr: '' });
  });
});
