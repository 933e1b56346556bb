import { tooManySessions } from './fault-texts.js';
import type { Observer } from './observer.js';
import { type Holder, type Refusal, topUser } from './refusal.js';

/** The client that opened a session. */
export interface Opener {
  /** '' for an anonymous client. */
  readonly user: string;
  /** The numeric address of the client. */
  readonly remoteAddress: string;
}

export interface SessionMaxima {
  /** The maximum number of open sessions; no limit by default. */
  readonly maxSessions?: number | undefined;
  /** The maximum number of open sessions of one authenticated user; no limit by default. */
  readonly maxSessionsPerUser?: number | undefined;
  /** The maximum number of open sessions from one address; no limit by default. */
  readonly maxSessionsPerHost?: number | undefined;
}

/** The maxima for the sessions of all services. */
export interface SessionLimitOptions extends SessionMaxima {
  /** Those for the sessions of single services, by the name of the service. */
  readonly services?: ReadonlyMap<string, SessionMaxima> | undefined;
}

/** Counts the open sessions, of all services and of each, and enforces the limits. */
export class SessionLimits {
  #options: SessionLimitOptions;
  readonly #observer: Observer;
  readonly #all = new SessionCounts();
  readonly #services = new Map<string, SessionCounts>();

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

  /**
   * Counts a session, unless a limit is reached.
   *
   * @param service the public name of the one that opens the session
   * @throws {ServiceFailure} 51 if a limit is reached
   */
  admit(opener: Opener, service: string): void {
    const maxima = this.#options.services?.get(service);
    const counts = this.#services.get(service) ?? new SessionCounts();
    this.#check(opener, this.#all, this.#options);
    if (maxima) this.#check(opener, counts, maxima, service);
    this.#services.set(service, counts);
    this.#all.change(opener, 1);
    counts.change(opener, 1);
  }

  /** Counts an admitted session no longer. Call it once: what would be returned to call is memory of each session. */
  release(opener: Opener, service: string): void {
    const counts = this.#services.get(service);
    this.#all.change(opener, -1);
    counts?.change(opener, -1);
    if (counts?.sessions === 0) this.#services.delete(service);
  }

  readonly #topHolder = (): Holder | undefined => {
    const services = new Map([...this.#services].map(([service, { sessions }]) => [service, sessions]));
    const database = topUser(services)?.user ?? '';
    const holder = topUser(this.#all.users);
    return holder && { ...holder, database };
  };

  /** @param database the service whose limits they are; undefined if they are those of all */
  #check({ user, remoteAddress: host }: Opener, counts: SessionCounts, maxima: SessionMaxima, database?: string): void {
    const { maxSessions, maxSessionsPerUser, maxSessionsPerHost } = maxima;
    const refuse = (open = 0, limit = Number.POSITIVE_INFINITY, whose: string, refusal: Refusal): void => {
      if (open < limit) return;
      this.#observer.refused?.({ ...refusal, database });
      throw tooManySessions(limit, database, whose);
    };
    const all: Refusal =
      database === undefined
        ? { resource: 'sessions', holder: this.#topHolder }
        : { resource: 'sessions_of_database', holder: () => topUser(counts.users) };
    refuse(counts.sessions, maxSessions, '', all);
    if (user !== '') {
      refuse(counts.users.get(user), maxSessionsPerUser, ` of user ${user}`, { resource: 'sessions_of_user', user });
    }
    refuse(counts.hosts.get(host), maxSessionsPerHost, ` from ${host}`, { resource: 'sessions_of_host', host });
  }
}

/** How many sessions are open: of each user, and from each address. */
class SessionCounts {
  readonly users = new Map<string, number>();
  readonly hosts = new Map<string, number>();
  sessions = 0;

  change({ user, remoteAddress }: Opener, by: number): void {
    this.sessions += by;
    change(this.users, user, by);
    change(this.hosts, remoteAddress, by);
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
