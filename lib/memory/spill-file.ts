import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let files = 0;
let bytes = 0;

/** The open spill files of the process, and their size. */
export function spillUsage(): { readonly files: number; readonly bytes: number } {
  return { files, bytes };
}

/**
 * A temporary file for data beyond a memory limit. It is unlinked as soon as it is open, so that it disappears with the
 * process, however that ends. Reads and writes are synchronous in blocks that go to the page cache and do not wait for
 * the disk.
 */
export class SpillFile {
  #descriptor: number | undefined;
  #size = 0;

  constructor() {
    const path = join(tmpdir(), `netsvc-${process.pid}-${crypto.randomUUID()}`);
    const descriptor = openSync(path, 'wx+', 0o600);
    try {
      unlinkSync(path);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    this.#descriptor = descriptor;
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
      written += writeSync(this.#opened, data, written, data.length - written, start + written);
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
