import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { expect } from 'chai';
import { ServiceManager } from '#lib/server/commands/service-manager.js';
import { testDatabase } from '../../support/mariadb.js';
import { NetsvcProcess } from '../../support/netsvc-process.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { until } from '../../support/until.js';

describe('bin/netsvc as a unit of systemd', () => {
  const folder = new SuiteFolder('spec');

  /** The environment with a command in place of systemd's, which writes what it is given to a file. */
  const environment = async (script: string) => {
    await folder.write('systemd-notify', `#!/bin/sh\n${script}\n`, 0o700);
    const NOTIFY_SOCKET = await folder.write('sent', '');
    return { NOTIFY_SOCKET, PATH: `${folder.path}${delimiter}${process.env.PATH}` };
  };
  const sent = () => readFile(folder.file('sent'), 'utf8');

  it('reports that it is ready, reloading and stopping, and serves if it cannot', async function () {
    const env = await environment('echo "$@" >> "$NOTIFY_SOCKET"; [ "$1" != READY=1 ]');
    const netsvc = await NetsvcProcess.start(['--database', testDatabase(this)], 1, env);
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
    const manager = new ServiceManager({ NOTIFY_SOCKET: folder.file('none'), INVALID: '\0' }, (error) =>
      failures.push(error),
    );
    manager.ready();
    manager.stopping();
    await manager.end();
    expect(failures.map(({ message }) => message)).to.deep.equal(Array(2).fill(failures[0]?.message));
    expect(failures[0]?.message).to.contain('null bytes');
  });

  it('reports nothing if it reloads before it is ready', async () => {
    const manager = new ServiceManager(await environment('echo "$@" >> "$NOTIFY_SOCKET"'), () => {});
    let reloads = 0;
    const reloaded = manager.reloading(async () => reloads++);
    manager.ready();
    await reloaded;
    await manager.end();
    expect(await sent()).to.equal('READY=1\n');
    expect(reloads).to.equal(1);
  });

  it('reports that it is ready when the last of several reloads has ended', async () => {
    const manager = new ServiceManager(await environment('echo "$1" >> "$NOTIFY_SOCKET"'), () => {});
    const ends: (() => void)[] = [];
    const begin = () => manager.reloading(() => new Promise<void>((resolve) => ends.push(resolve)));
    manager.ready();
    const reloads = [begin(), begin()];
    ends[0]?.();
    await reloads[0];
    await manager.end();
    expect(await sent()).to.equal('READY=1\nRELOADING=1\nRELOADING=1\n');
    ends[1]?.();
    await reloads[1];
    await manager.end();
    expect(await sent()).to.match(/^READY=1\n(RELOADING=1\n){2}READY=1\n$/);
  });

  it('is the only one that reports: a private server does not get the address', () => {
    const env: NodeJS.ProcessEnv = { NOTIFY_SOCKET: folder.file('none') };
    new ServiceManager(env, () => {});
    expect(env).to.deep.equal({});
  });
});
