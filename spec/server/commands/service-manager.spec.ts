import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { ServiceManager } from '#lib/server/commands/service-manager.js';
import { testDatabase } from '../../support/mariadb.js';
import { NetsvcProcess } from '../../support/netsvc-process.js';
import { until } from '../../support/until.js';

describe('bin/netsvc as a unit of systemd', () => {
  let mysql: string;
  let folder: string;

  before(async function () {
    mysql = testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
  });

  after(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  /** A command in place of systemd's, which writes what it is given to a file. */
  async function start(script: string): Promise<{ netsvc: NetsvcProcess; sent: () => Promise<string> }> {
    const command = join(folder, 'systemd-notify');
    const file = join(folder, 'sent');
    await writeFile(file, '');
    await writeFile(command, `#!/bin/sh\n${script}\n`);
    await chmod(command, 0o700);
    const env = { NOTIFY_SOCKET: file, PATH: `${folder}${delimiter}${process.env.PATH}` };
    const netsvc = await NetsvcProcess.start(['--database', mysql], 1, env);
    return { netsvc, sent: () => readFile(file, 'utf8') };
  }

  it('reports that it is ready, reloading and stopping, and serves if it cannot', async () => {
    const { netsvc, sent } = await start('echo "$@" >> "$NOTIFY_SOCKET"; [ "$1" != READY=1 ]');
    await until(async () => (await sent()) === 'READY=1\n');
    netsvc.child.kill('SIGHUP');
    await until(async () => (await sent()).split('\n').length > 3);
    const { status, stderr } = await netsvc.stop();
    expect(status).to.equal(0);
    expect(await sent()).to.match(/^READY=1\nRELOADING=1 MONOTONIC_USEC=\d+\nREADY=1\nSTOPPING=1\n$/);
    expect(stderr.match(/systemd-notify failed/g)).to.have.length(2);
  });

  it('serves if the command cannot be started', async () => {
    const failures: Error[] = [];
    // Node.js throws at once, as it does for want of memory.
    const manager = new ServiceManager({ NOTIFY_SOCKET: join(folder, 'none'), INVALID: '\0' }, (error) =>
      failures.push(error),
    );
    manager.ready();
    manager.stopping();
    await manager.end();
    expect(failures.map(({ message }) => message)).to.deep.equal(Array(2).fill(failures[0]?.message));
    expect(failures[0]?.message).to.contain('null bytes');
  });

  it('reports nothing if it reloads before it is ready', async () => {
    const file = join(folder, 'early');
    await writeFile(join(folder, 'systemd-notify'), '#!/bin/sh\necho "$@" >> "$NOTIFY_SOCKET"\n', { mode: 0o700 });
    const env = { NOTIFY_SOCKET: file, PATH: `${folder}${delimiter}${process.env.PATH}` };
    const manager = new ServiceManager(env, () => {});
    let reloads = 0;
    const reloaded = manager.reloading(async () => reloads++);
    manager.ready();
    await reloaded;
    await manager.end();
    expect(await readFile(file, 'utf8')).to.equal('READY=1\n');
    expect(reloads).to.equal(1);
  });

  it('reports that it is ready when the last of several reloads has ended', async () => {
    const file = join(folder, 'several');
    await writeFile(join(folder, 'systemd-notify'), '#!/bin/sh\necho "$1" >> "$NOTIFY_SOCKET"\n', { mode: 0o700 });
    const manager = new ServiceManager(
      { NOTIFY_SOCKET: file, PATH: `${folder}${delimiter}${process.env.PATH}` },
      () => {},
    );
    const ends: (() => void)[] = [];
    const begin = () => manager.reloading(() => new Promise<void>((resolve) => ends.push(resolve)));
    manager.ready();
    const reloads = [begin(), begin()];
    ends[0]?.();
    await reloads[0];
    await manager.end();
    expect(await readFile(file, 'utf8')).to.equal('READY=1\nRELOADING=1\nRELOADING=1\n');
    ends[1]?.();
    await reloads[1];
    await manager.end();
    expect(await readFile(file, 'utf8')).to.match(/^READY=1\n(RELOADING=1\n){2}READY=1\n$/);
  });

  it('is the only one that reports: a private server does not get the address', () => {
    const env: NodeJS.ProcessEnv = { NOTIFY_SOCKET: join(folder, 'none') };
    new ServiceManager(env, () => {});
    expect(env).to.deep.equal({});
  });
});
