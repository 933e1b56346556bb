import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
    this.#descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Appends bytes and returns their offset.
   *
   * @throws Node's error: ENOSPC if the disk is full
   */
  append(bytes: Uint8Array): number {
    const start = this.#size;
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#opened, bytes, written, bytes.length - written, start + written);
    }
    this.#size += bytes.length;
    return start;
  }

  read(start: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let read = 0; read < length; ) {
      const more = readSync(this.#opened, bytes, read, length - read, start + read);
      if (more === 0) throw new Error('the spill file is shorter than what was written to it');
      read += more;
    }
    return bytes;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  get #opened(): number {
    if (this.#descriptor === undefined) throw new Error('the spill file is closed');
    return this.#descriptor;
  }
}
