/**
 * The maximum number of keys in a minute, by default. Those beyond it are not told apart: there is nothing first of
 * them.
 */
const MAX_KEYS = 20;

const MINUTE = 60_000;

/** Tells what happens for the first time in a minute, for the log, by a key that clients can choose. */
export class OncePerMinute {
  readonly #clock: () => number;
  readonly #maxKeys: number;
  readonly #seen = new Set<string>();
  #began = -MINUTE;

  /** @param clock monotonic milliseconds */
  constructor(clock = () => performance.now(), maxKeys = MAX_KEYS) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
  }

  isFirst(key: string): boolean {
    const now = this.#clock();
    if (now - this.#began >= MINUTE) {
      this.#seen.clear();
      this.#began = now;
    }
    if (this.#seen.has(key) || this.#seen.size === this.#maxKeys) return false;
    this.#seen.add(key);
    return true;
  }
}
