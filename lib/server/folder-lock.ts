import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An exclusive lock on a folder. The kernel releases it when the process ends, in whatever way. The lock file contains
 * the process id of the holder, for error messages only.
 */
export class FolderLock {
  #descriptor: number | undefined;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /**
   * @throws {FolderInUse}
   * @throws Node's error if the lock file cannot be opened or locked
   */
  static async acquire(folder: string): Promise<FolderLock> {
    // Loaded on demand: a server with configured databases locks nothing.
    const { tryLock } = await import('fs-native-extensions');
    const path = join(folder, 'netsvc.pid');
    const descriptor = openSync(path, 'a+', 0o600);
    try {
      if (!tryLock(descriptor)) throw new FolderInUse(`in use${holder(path)}`);
      ftruncateSync(descriptor);
      writeSync(descriptor, `${process.pid}\n`);
      return new FolderLock(descriptor);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** The file is not removed: that could remove the lock of the next holder. */
  release(): void {
    if (this.#descriptor === undefined) return;
    ftruncateSync(this.#descriptor);
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

export class FolderInUse extends Error {}

function holder(path: string): string {
  const pid = readFileSync(path, 'utf8').trim();
  return pid === '' ? '' : ` by process ${pid}`;
}
