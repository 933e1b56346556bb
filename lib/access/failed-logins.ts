import { networkOf } from './host-rules.js';

/** The number of failed logins as one user, from one network, after which that login has to wait there. */
export const MAX_FAILURES = 10;

/** Milliseconds after which one failed login is forgotten. */
const FORGET_INTERVAL = 6000;

/** A network as a whole may fail so many times as often as one login, and so many logins of it may fail. */
const NETWORK_FACTOR = 10;

/** Milliseconds after which one of the failed logins of a network as a whole is forgotten. */
const NETWORK_FORGET_INTERVAL = 1000;

/** Milliseconds that it is remembered that a login has failed on a network. */
const FAILED_BEFORE = 3_600_000;

/** The maximum number of logins, and of networks, that are counted. Beyond it, the one that failed first is dropped. */
const MAX_ENTRIES = 10_000;

/** A number of failures, of which one is forgotten in each interval. */
class Failures {
  readonly #interval: number;
  #count = 0;
  #at = 0;

  /** @param interval in milliseconds */
  constructor(interval: number) {
    this.#interval = interval;
  }

  get at(): number {
    return this.#at;
  }

  add(now: number): void {
    this.#count = this.#countAt(now) + 1;
    this.#at = now;
  }

  /** Milliseconds until there are fewer than `limit`. */
  wait(now: number, limit: number): number {
    return Math.max(0, (this.#countAt(now) - limit + 1) * this.#interval);
  }

  #countAt(now: number): number {
    return Math.max(0, this.#count - (now - this.#at) / this.#interval);
  }
}

/** The failures of a network. */
interface NetworkFailures {
  readonly all: Failures;
  /** Those of logins that had not failed there before: the names that are tried. */
  readonly first: Failures;
}

/** Whose failures a login waits for, and how long, in seconds. */
export interface LoginWait {
  readonly seconds: number;
  readonly of: 'login' | 'network';
}

/**
 * Counts failed logins, and computes how long one has to wait. They are counted by login and network, so that a program
 * with a stale password locks out itself, and not the others of its host. Those of a whole network are counted in two
 * ways: a login that has not failed there waits only if too many names are being tried, and any other one also if there
 * are too many failures in all. Whether a login exists makes no difference.
 */
export class FailedLogins {
  readonly #clock: () => number;
  /** Failures as one user from one network after which that login has to wait there. */
  limit: number;
  /** By network and login, in order of the last failure. */
  readonly #logins = new Map<string, Failures>();
  /** In order of the last failure. */
  readonly #networks = new Map<string, NetworkFailures>();

  /** @param clock monotonic milliseconds */
  constructor(clock: () => number, limit = MAX_FAILURES) {
    this.#clock = clock;
    this.limit = limit;
  }

  /**
   * Returns how long `login` has to wait on the network of `host`; undefined if it may be checked now.
   *
   * @param login a digest, so that its length is bounded
   */
  wait(host: string, login: string): LoginWait | undefined {
    const now = this.#clock();
    const network = networkOf(host);
    const own = this.#failedBefore(network, login, now);
    const ownWait = own?.wait(now, this.limit) ?? 0;
    const failures = this.#networks.get(network);
    const shared = own === undefined ? failures?.first : failures?.all;
    const networkWait = shared?.wait(now, this.limit * NETWORK_FACTOR) ?? 0;
    const wait = Math.max(ownWait, networkWait);
    if (wait === 0) return undefined;
    return { seconds: Math.ceil(wait / 1000), of: ownWait > 0 ? 'login' : 'network' };
  }

  add(host: string, login: string): void {
    const now = this.#clock();
    const network = networkOf(host);
    const own = this.#failedBefore(network, login, now);
    const failures = this.#networks.get(network) ?? {
      all: new Failures(NETWORK_FORGET_INTERVAL),
      first: new Failures(FORGET_INTERVAL),
    };
    if (own === undefined) failures.first.add(now);
    failures.all.add(now);
    const counted = own ?? new Failures(FORGET_INTERVAL);
    counted.add(now);
    put(this.#networks, network, failures);
    put(this.#logins, keyOf(network, login), counted);
  }

  /**
   * Forgets the failures of a login, of a network, of a login on a network, or all.
   *
   * @returns how many logins and networks were waiting
   */
  forget(login?: string, host?: string): number {
    const now = this.#clock();
    const network = host === undefined ? undefined : networkOf(host);
    let waiting = 0;
    for (const [key, failures] of this.#logins) {
      const [itsNetwork = '', itsLogin = ''] = key.split(' ');
      if ((network ?? itsNetwork) !== itsNetwork || (login ?? itsLogin) !== itsLogin) continue;
      if (failures.wait(now, this.limit) > 0) waiting++;
      this.#logins.delete(key);
    }
    for (const [itsNetwork, { all, first }] of this.#networks) {
      if ((network ?? itsNetwork) !== itsNetwork || login !== undefined) continue;
      if (Math.max(...[all, first].map((failures) => failures.wait(now, this.limit * NETWORK_FACTOR))) > 0) waiting++;
      this.#networks.delete(itsNetwork);
    }
    return waiting;
  }

  #failedBefore(network: string, login: string, now: number): Failures | undefined {
    const failures = this.#logins.get(keyOf(network, login));
    return failures !== undefined && now - failures.at < FAILED_BEFORE ? failures : undefined;
  }
}

function keyOf(network: string, login: string): string {
  return `${network} ${login}`;
}

/** Adds an entry as the last one. */
function put<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key);
  entries.set(key, value);
  const [oldest] = entries.keys();
  if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
}
