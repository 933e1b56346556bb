import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Locks a folder exclusively. The kernel releases the lock when the process ends, in whatever way. The lock file
 * contains the process id of the holder, for error messages only.
 *
 * @returns a function that releases the lock. The file is not removed: that could remove the lock of the next holder.
 * @throws {FolderInUse}
 * @throws Node's error if the lock file cannot be opened or locked
 */
export async function lockFolder(folder: string): Promise<() => void> {
  // Loaded on demand: a server with configured databases locks nothing.
  const { tryLock } = await import('fs-native-extensions');
  const path = join(folder, 'netsvc.pid');
  const descriptor = openSync(path, 'a+', 0o600);
  try {
    if (!tryLock(descriptor)) throw new FolderInUse(`in use${holder(path)}`);
    ftruncateSync(descriptor);
    writeSync(descriptor, `${process.pid}\n`);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  let locked = true;
  return () => {
    if (!locked) return;
    locked = false;
    ftruncateSync(descriptor);
    closeSync(descriptor);
  };
}

export class FolderInUse extends Error {}

function holder(path: string): string {
  const pid = readFileSync(path, 'utf8').trim();
  return pid === '' ? '' : ` by process ${pid}`;
}
