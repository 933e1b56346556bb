import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { projectFile } from '../support/project-file.js';

describe('XmlRpc++', () => {
  let folder: string;
  let program: string;
  let gateway: DatabaseGateway;

  before(async function () {
    this.timeout(60_000);
    const url = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    program = join(folder, 'xmlrpcpp');
    const source = projectFile('spec/interop/clients/xmlrpcpp.cpp');
    const { status, error, stderr } = spawnSync('c++', ['-o', program, source, '-lxmlrpcpp']);
    if (status !== 0) {
      if (process.env.CI) throw error ?? new Error(stderr.toString());
      this.skip();
    }
    gateway = await DatabaseGateway.start(url);
  });

  after(async () => {
    await gateway?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

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
