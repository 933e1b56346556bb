/** The number of warnings in a minute. */
const MAX = 10;
const MINUTE = 60_000;

/** Limits warnings about what any client can send. */
export class WarningRate {
  #began = Number.NEGATIVE_INFINITY;
  #count = 0;

  admits(): boolean {
    const now = performance.now();
    if (now - this.#began > MINUTE) {
      this.#began = now;
      this.#count = 0;
    }
    return this.#count++ < MAX;
  }
}
