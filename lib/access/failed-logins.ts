import { networkOf } from './host-rules.js';

/** The number of failed logins after which a network has to wait. */
const MAX_FAILURES = 10;

/** Milliseconds after which one failed login is forgotten. */
const FORGET_INTERVAL = 6000;

/** The maximum number of networks that are counted. Beyond it, the one that failed longest ago is forgotten. */
const MAX_NETWORKS = 10_000;

/** Counts failed logins by network, and computes how long a network has to wait. */
export class FailedLogins {
  readonly #clock: () => number;
  /** The count at the time of the last failure, in order of the last failure. */
  readonly #failures = new Map<string, { readonly count: number; readonly at: number }>();

  /** @param clock monotonic milliseconds */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Seconds until `host` may log in again; 0 if it may now. */
  wait(host: string): number {
    const excess = this.#count(networkOf(host)) - MAX_FAILURES + 1;
    return excess <= 0 ? 0 : Math.ceil((excess * FORGET_INTERVAL) / 1000);
  }

  add(host: string): void {
    const network = networkOf(host);
    const count = this.#count(network) + 1;
    this.#failures.delete(network);
    this.#failures.set(network, { count, at: this.#clock() });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_NETWORKS && oldest !== undefined) this.#failures.delete(oldest);
  }

  #count(network: string): number {
    const failures = this.#failures.get(network);
    return failures === undefined ? 0 : Math.max(0, failures.count - (this.#clock() - failures.at) / FORGET_INTERVAL);
  }
}
