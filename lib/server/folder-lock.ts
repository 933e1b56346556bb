import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder that one process at a time may use: the file in it names the process, and is void when that has ended. */
export class FolderLock {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /** @throws {FolderInUse} */
  static take(folder: string): FolderLock {
    const file = join(folder, 'netsvc.pid');
    const holder = holderOf(file);
    if (holder !== undefined) throw new FolderInUse(`${folder} is in use by process ${holder}`);
    rmSync(file, { force: true });
    // Of two that come at once, one fails here.
    writeFileSync(file, `${process.pid} ${startTime(process.pid)}\n`, { flag: 'wx' });
    return new FolderLock(file);
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }
}

export class FolderInUse extends Error {}

/** The process that a lock file names, if that very process is still there. */
function holderOf(file: string): number | undefined {
  const [pid, started] = read(file).trim().split(' ');
  if (pid === undefined || pid === '') return undefined;
  return started !== undefined && startTime(Number(pid)) === started ? Number(pid) : undefined;
}

/** When a process started, in the kernel's ticks, so that another that was given its number is not taken for it. */
function startTime(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  // The second field, in parentheses, may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
