import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderInUse, lockFolder } from '#lib/server/private/folder-lock.js';
import { projectFile } from '../../support/project-file.js';

/** Locks a folder and waits to be killed. */
const HOLDER = `
const { lockFolder } = await import(process.argv[1]);
globalThis.release = await lockFolder(process.argv[2]);
console.log('locked');
setInterval(() => {}, 1000);`;

describe('lockFolder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netsvc-lock-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const rejection = (work: Promise<unknown>) => work.catch((error: unknown) => error);

  it('excludes another lock of the same process until it is released', async () => {
    const release = await lockFolder(folder);
    expect(await rejection(lockFolder(folder)))
      .to.be.instanceOf(FolderInUse)
      .with.property('message', `in use by process ${process.pid}`);
    release();
    release();
    (await lockFolder(folder))();
  });

  it('ends with its process, even if that is killed', async () => {
    const module = projectFile('dist/server/private/folder-lock.js');
    const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, module, folder]);
    await once(child.stdout, 'data');
    expect(await rejection(lockFolder(folder)))
      .to.be.instanceOf(FolderInUse)
      .with.property('message', `in use by process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    (await lockFolder(folder))();
  });

  it('ignores the lock file of a process that has ended', async () => {
    await writeFile(join(folder, 'netsvc.pid'), '1 12345\n');
    (await lockFolder(folder))();
  });

  it('fails with the error of the system if the folder does not exist', async () => {
    expect(await rejection(lockFolder(join(folder, 'none')))).to.have.property('code', 'ENOENT');
  });
});
