import type { Connection } from 'mysql2';

/** How many bytes of rows are read before everybody else has a turn. */
const TURN = 128 * 1024;

/** When a connection reads: not while its reader pauses it, and never so long that others wait. */
export class ReadFlow {
  readonly #driver: Connection;
  #paused = false;
  #turning = false;
  /** Bytes of rows since others had their turn. */
  #read = 0;

  constructor(driver: Connection) {
    this.#driver = driver;
  }

  /** Stops reading, so that MySQL waits with the rows that are still to come. */
  pause(): void {
    this.#paused = true;
    this.#driver.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#turning) this.#driver.resume();
  }

  /** Lets everybody else have a turn: as long as MySQL sends without a pause, Node reads on for up to two megabytes. */
  take(bytes: number): void {
    this.#read += bytes;
    if (this.#read < TURN || this.#turning) return;
    this.#read = 0;
    this.#turning = true;
    this.#driver.pause();
    setImmediate(() => {
      if (!this.#turning) return;
      this.#turning = false;
      if (!this.#paused) this.#driver.resume();
    });
  }

  /** Ends every pause. The driver forgets a command that is begun in one. */
  end(): void {
    if (!this.#paused && !this.#turning) return;
    this.#paused = false;
    this.#turning = false;
    this.#driver.resume();
  }
}
