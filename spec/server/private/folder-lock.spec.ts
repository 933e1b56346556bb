import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { FolderInUse, lockFolder } from '#lib/server/private/folder-lock.js';
import { failureOf } from '../../support/client.js';
import { projectFile } from '../../support/project-file.js';
import { SuiteFolder } from '../../support/suite-folder.js';

/** Locks a folder and waits to be killed. */
const HOLDER = `
const { lockFolder } = await import(process.argv[1]);
globalThis.release = await lockFolder(process.argv[2]);
console.log('locked');
setInterval(() => {}, 1000);`;

describe('lockFolder', () => {
  const folder = new SuiteFolder('spec');

  it('excludes another lock of the same process until it is released', async () => {
    const release = await lockFolder(folder.path);
    expect(await failureOf(lockFolder(folder.path)))
      .to.be.instanceOf(FolderInUse)
      .with.property('message', `in use by process ${process.pid}`);
    release();
    release();
    (await lockFolder(folder.path))();
  });

  it('ends with its process, even if that is killed', async () => {
    const module = projectFile('dist/server/private/folder-lock.js');
    const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, module, folder.path]);
    await once(child.stdout, 'data');
    expect(await failureOf(lockFolder(folder.path)))
      .to.be.instanceOf(FolderInUse)
      .with.property('message', `in use by process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    (await lockFolder(folder.path))();
  });

  it('ignores the lock file of a process that has ended', async () => {
    await folder.write('netsvc.pid', '1 12345\n');
    (await lockFolder(folder.path))();
  });

  it('fails with the error of the system if the folder does not exist', async () => {
    expect(await failureOf(lockFolder(folder.file('none')))).to.have.property('code', 'ENOENT');
  });
});
