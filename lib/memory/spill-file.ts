import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let files = 0;
let bytes = 0;
let maxFiles = Number.POSITIVE_INFINITY;

const watchers = new Set<(error: NodeJS.ErrnoException) => void>();

/** The open spill files of the process, and their size. */
export function spillUsage(): { readonly files: number; readonly bytes: number } {
  return { files, bytes };
}

/** Limits the open spill files of the process: what else needs a descriptor then still gets one. */
export function limitSpillFiles(max: number): void {
  maxFiles = max;
}

/**
 * Calls `watcher` with each error in creating or writing a spill file.
 *
 * @returns a function that ends it
 */
export function watchSpillFailures(watcher: (error: NodeJS.ErrnoException) => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Returns the result of `work`, and reports why it fails. */
function reported<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    for (const watcher of watchers) watcher(error as NodeJS.ErrnoException);
    throw error;
  }
}

/** @throws Node's error: EMFILE if there are too many open files */
function openUnlinked(): number {
  if (files >= maxFiles) throw Object.assign(new Error(`more than ${maxFiles} spill files`), { code: 'EMFILE' });
  const path = join(tmpdir(), `netsvc-${process.pid}-${crypto.randomUUID()}`);
  const descriptor = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * A temporary file for data beyond a memory limit. It is unlinked as soon as it is open, so that it disappears with the
 * process, however that ends. Reads and writes are synchronous in blocks that go to the page cache and do not wait for
 * the disk.
 */
export class SpillFile {
  #descriptor: number | undefined;
  #size = 0;

  /** @throws Node's error */
  constructor() {
    this.#descriptor = reported(openUnlinked);
    files++;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Appends bytes and returns their offset.
   *
   * @throws Node's error: ENOSPC if the disk is full
   */
  append(data: Uint8Array): number {
    const start = this.#size;
    for (let written = 0; written < data.length; ) {
      const descriptor = this.#opened;
      written += reported(() => writeSync(descriptor, data, written, data.length - written, start + written));
    }
    this.#size += data.length;
    bytes += data.length;
    return start;
  }

  read(start: number, length: number): Buffer {
    const data = Buffer.allocUnsafe(length);
    for (let read = 0; read < length; ) {
      const more = readSync(this.#opened, data, read, length - read, start + read);
      if (more === 0) throw new Error('the spill file is shorter than what was written to it');
      read += more;
    }
    return data;
  }

  /** Can be called repeatedly. */
  close(): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    this.#descriptor = undefined;
    files--;
    bytes -= this.#size;
    closeSync(descriptor);
  }

  get #opened(): number {
    if (this.#descriptor === undefined) throw new Error('the spill file is closed');
    return this.#descriptor;
  }
}
