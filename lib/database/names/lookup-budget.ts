/** The part of the time that questions may take. */
const SHARE = 0.5;

/** Milliseconds of questions that may follow one another without a pause. */
const BURST = 500;

/** Limits the time that questions to a server take: half of all time, after a burst of half a second. */
export class LookupBudget {
  #left = BURST;
  #since = performance.now();

  /** Milliseconds until the next question may begin. */
  get wait(): number {
    const now = performance.now();
    this.#left = Math.min(BURST, this.#left + (now - this.#since) * SHARE);
    this.#since = now;
    return this.#left >= 0 ? 0 : -this.#left / SHARE;
  }

  /** A question has taken so many milliseconds. */
  spend(milliseconds: number): void {
    this.#left -= milliseconds;
  }
}
