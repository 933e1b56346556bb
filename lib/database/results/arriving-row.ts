import { SpillFile } from '../../memory/spill-file.js';
import type { LargeRow } from '../rows/large-row.js';

/** A large row that is not stored with others: it has a file of its own until it has been read. */
export class ArrivingRow implements LargeRow {
  readonly rows = 1;
  readonly #file = new SpillFile();

  get size(): number {
    return this.#file.size;
  }

  /** @throws Node's error */
  append(part: Buffer): void {
    this.#file.append(part);
  }

  read(at: number, length: number): Buffer {
    return this.#file.read(at, length);
  }

  /** Can be called repeatedly. */
  close(): void {
    this.#file.close();
  }
}
