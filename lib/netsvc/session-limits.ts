import type { Observer } from './observer.js';
import { type Holder, type Refusal, topUser } from './refusal.js';
import { unavailable } from './service-failure.js';

/** The client that opened a session. */
export interface Opener {
  /** '' for an anonymous client. */
  readonly user: string;
  /** The numeric address of the client. */
  readonly remoteAddress: string;
}

export interface SessionLimitOptions {
  /** The maximum number of open sessions; no limit by default. */
  readonly maxSessions?: number | undefined;
  /** The maximum number of open sessions of one authenticated user; no limit by default. */
  readonly maxSessionsPerUser?: number | undefined;
  /** The maximum number of open sessions from one address; no limit by default. */
  readonly maxSessionsPerHost?: number | undefined;
}

/** Counts the open sessions and enforces the limits. */
export class SessionLimits {
  #options: SessionLimitOptions;
  readonly #observer: Observer;
  readonly #users = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  #all = 0;

  constructor(options: SessionLimitOptions, observer: Observer = {}) {
    this.#options = options;
    this.#observer = observer;
  }

  /** The maximum number of open sessions; infinite if there is no limit. */
  get maxSessions(): number {
    return this.#options.maxSessions ?? Number.POSITIVE_INFINITY;
  }

  /** Replaces the limits. Open sessions stay open, although there may be more than the new limits allow. */
  replace(options: SessionLimitOptions): void {
    this.#options = options;
  }

  /** @throws {ServiceFailure} 51 if a limit is reached */
  check({ user, remoteAddress }: Opener): void {
    const { maxSessionsPerUser, maxSessionsPerHost } = this.#options;
    const host = remoteAddress;
    this.#check(this.#all, this.maxSessions, '', { resource: 'sessions', holder: this.#topUser });
    if (user !== '') {
      this.#check(this.#users.get(user), maxSessionsPerUser, ` of user ${user}`, {
        resource: 'sessions_of_user',
        user,
      });
    }
    this.#check(this.#hosts.get(host), maxSessionsPerHost, ` from ${host}`, { resource: 'sessions_of_host', host });
  }

  #check(open = 0, limit = Number.POSITIVE_INFINITY, whose: string, refusal: Refusal): void {
    if (open < limit) return;
    this.#observer.refused?.(refusal);
    throw unavailable(`${limit} sessions are open${whose}, which is the limit.`);
  }

  readonly #topUser = (): Holder | undefined => topUser(this.#users);

  add({ user, remoteAddress }: Opener): void {
    this.#all++;
    change(this.#users, user, 1);
    change(this.#hosts, remoteAddress, 1);
  }

  remove({ user, remoteAddress }: Opener): void {
    this.#all--;
    change(this.#users, user, -1);
    change(this.#hosts, remoteAddress, -1);
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
