import { networkOf } from './host-rules.js';

/** So many attempts may fail at once. */
const ATTEMPTS = 10;

/** After so many milliseconds one of them is forgotten. */
const FORGOTTEN = 6000;

/** So many networks are remembered; of more, those that failed longest ago are not. */
const MOST = 10_000;

/** Counts the logins that failed from each network, and says how long it has to wait. */
export class FailedLogins {
  readonly #clock: () => number;
  /** What is counted, and when it was. The last that failed is last. */
  readonly #failures = new Map<string, { readonly count: number; readonly at: number }>();

  /** @param clock monotonic milliseconds */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Seconds until `host` may try again; 0 if it may now. */
  wait(host: string): number {
    const excess = this.#count(networkOf(host)) - ATTEMPTS + 1;
    return excess <= 0 ? 0 : Math.ceil((excess * FORGOTTEN) / 1000);
  }

  add(host: string): void {
    const network = networkOf(host);
    const count = this.#count(network) + 1;
    this.#failures.delete(network);
    this.#failures.set(network, { count, at: this.#clock() });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST && oldest !== undefined) this.#failures.delete(oldest);
  }

  #count(network: string): number {
    const failures = this.#failures.get(network);
    return failures === undefined ? 0 : Math.max(0, failures.count - (this.#clock() - failures.at) / FORGOTTEN);
  }
}
