import type { Connection } from 'mysql2';

/** Bytes of rows and columns that are read before the connection yields to the event loop. */
const YIELD_BYTES = 128 * 1024;

/** Pauses reading from a connection: while its reader is busy, and regularly to yield to the event loop. */
export class ReadFlow {
  readonly #driver: Connection;
  #paused = false;
  #yielding = false;
  /** Bytes read since the last yield. */
  #bytes = 0;

  constructor(driver: Connection) {
    this.#driver = driver;
  }

  /** Stops reading, so that MySQL waits before it sends more rows. */
  pause(): void {
    this.#paused = true;
    this.#driver.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#yielding) this.#driver.resume();
  }

  /**
   * Counts `bytes` of rows and columns and yields to the event loop when there are enough. While MySQL keeps sending,
   * Node reads up to 2 MB without a break.
   */
  countBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < YIELD_BYTES || this.#yielding) return;
    this.#bytes = 0;
    this.#yielding = true;
    this.#driver.pause();
    setImmediate(() => {
      if (!this.#yielding) return;
      this.#yielding = false;
      if (!this.#paused) this.#driver.resume();
    });
  }

  /** Ends every pause. A command that starts while mysql2 is paused is never sent. */
  reset(): void {
    if (!this.#paused && !this.#yielding) return;
    this.#paused = false;
    this.#yielding = false;
    this.#driver.resume();
  }
}
