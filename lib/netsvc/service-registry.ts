import { MemoryAccounts } from '../memory/memory-account.js';
import { Deadlines } from './deadlines.js';
import { EndedSessions } from './ended-sessions.js';
import type { Endpoint, OpenSession } from './endpoint.js';
import { consoleLog, type Log } from './log.js';
import type { Observer, SessionStart } from './observer.js';
import { type SessionLimitOptions, SessionLimits } from './session-limits.js';
import { Sweeper } from './sweeper.js';

/** An event of a service. */
export interface Announcement {
  readonly event: 'published' | 'withdrawn' | 'joined' | 'left';
  readonly service: Endpoint;
  /** The group that it joined or left. */
  readonly group?: string;
}

export interface ServiceRegistryOptions extends SessionLimitOptions {
  /**
   * Returns monotonic milliseconds; `performance.now` by default. With a clock of its own, a program sweeps expired
   * sessions itself: see `Sweeper`.
   */
  readonly clock?: () => number;
  readonly log?: Log;
  /** The name of this process, with which the ids of its sessions begin; none by default. */
  readonly instance?: string | undefined;
  /** Receives the ends of calls and sessions. */
  readonly observer?: Observer;
  /** The accounts for what clients make the process hold; by default those of all registries of the process. */
  readonly memory?: MemoryAccounts;
}

/**
 * The published services, by name and by group, and what they share: the clock, the log, and the deadlines of sessions.
 *
 * @example
 * const registry = new ServiceRegistry({ log: pino(), maxSessions: 1000 });
 * new Counters(registry);
 * const gateway = new RpcGateway('web-services', { registry });
 */
export class ServiceRegistry {
  static readonly default = new ServiceRegistry();

  readonly clock: () => number;
  readonly log: Log;
  readonly instance: string;
  readonly observer: Observer;
  readonly deadlines = new Deadlines<OpenSession>();
  readonly sessionLimits: SessionLimits;
  readonly memory: MemoryAccounts;
  readonly #sessions = new Set<OpenSession>();
  readonly #ended = new EndedSessions();
  /** Undefined if the program has a clock of its own. */
  readonly #sweeper: Sweeper | undefined;
  // A name can be published more than once. The arrays are in order of publication and rarely longer than one.
  readonly #names = new Map<string, Endpoint[]>();
  readonly #groups = new Map<string, Set<Endpoint>>();
  readonly #roots = new Set<Endpoint>();
  readonly #subscribers = new Set<(announcement: Announcement) => void>();

  constructor(options: ServiceRegistryOptions = {}) {
    this.clock = options.clock ?? (() => performance.now());
    this.log = options.log ?? consoleLog;
    this.instance = options.instance ?? '';
    this.observer = options.observer ?? {};
    this.sessionLimits = new SessionLimits(options, this.observer);
    this.memory = options.memory ?? MemoryAccounts.default;
    this.#sweeper = options.clock === undefined ? new Sweeper(this, { stopWhenIdle: true }) : undefined;
  }

  /** Returns the service that was first published under `name`; with a group, the first that is a member of it. */
  lookupServiceName(name: string, group = ''): Endpoint | undefined {
    const services = this.#names.get(name);
    return group === '' ? services?.[0] : services?.find((service) => service.isMember(group));
  }

  /** Returns the members of a group, or all published services for the empty group. */
  lookupServiceGroup(group: string): Endpoint[] {
    return group === '' ? [...this.#names.values()].flat() : [...(this.#groups.get(group) ?? [])];
  }

  /** The published services that are not sessions. */
  get roots(): ReadonlySet<Endpoint> {
    return this.#roots;
  }

  /** The open sessions. */
  get sessions(): ReadonlySet<OpenSession> {
    return this.#sessions;
  }

  /** How a session of `user` ended, in the last minutes; undefined for all other names and users. */
  endingOf(name: string, user: string): string | undefined {
    return this.#ended.endingOf(name, user, this.clock());
  }

  /**
   * Calls `subscriber` for each announcement. What it throws is logged: the service is published or withdrawn all the
   * same.
   *
   * @returns a function that ends the subscription
   */
  subscribe(subscriber: (announcement: Announcement) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Closes all sessions and stops sweeping. Failures to close a session are logged. */
  async close(): Promise<void> {
    await this.#close([...this.#sessions]);
    await this.#sweeper?.stop();
  }

  /** Closes the sessions that are not answering a request, before the others with `close`. */
  async closeIdle(): Promise<void> {
    await this.#close([...this.#sessions].filter(({ activity }) => !activity.running));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Called by `Service`. */
  publish(service: Endpoint): void {
    const services = this.#names.get(service.serviceName);
    if (services) services.push(service);
    else this.#names.set(service.serviceName, [service]);
    // A session is announced when it is complete, by `addSession`.
    if (service.isSession) return;
    this.#roots.add(service);
    this.#announce('published', service);
  }

  /** Called by `Service`. */
  withdraw(service: Endpoint): void {
    const services = this.#names.get(service.serviceName);
    const index = services?.indexOf(service) ?? -1;
    if (services === undefined || index < 0) return;
    this.#roots.delete(service);
    if (services.length === 1) this.#names.delete(service.serviceName);
    else services.splice(index, 1);
    this.#announce('withdrawn', service);
  }

  /** Called by `Service`. */
  join(service: Endpoint, group: string): void {
    const members = this.#groups.get(group);
    if (members) members.add(service);
    else this.#groups.set(group, new Set([service]));
    this.#announce('joined', service, group);
  }

  /** Called by `Service`. */
  leave(service: Endpoint, group: string): void {
    const members = this.#groups.get(group);
    if (!members?.delete(service)) return;
    if (members.size === 0) this.#groups.delete(group);
    this.#announce('left', service, group);
  }

  /** Called by `Session`. */
  addSession(session: OpenSession): void {
    this.#sessions.add(session);
    this.#sweeper?.start();
    if (this.observer.sessionOpened) this.observer.sessionOpened(startOf(session));
    this.#announce('published', session);
  }

  /** Called by `Session`. */
  removeSession(session: OpenSession): void {
    if (!this.#sessions.delete(session)) return;
    const { user } = session.opener;
    this.#ended.add(session.serviceName, { user, ending: session.ending(user) ?? '', at: this.clock() });
    this.deadlines.delete(session);
    if (this.observer.sessionEnded === undefined) return;
    const { idle: _idle, running: _running, ...usage } = session.activity;
    this.observer.sessionEnded({ ...startOf(session), end: session.end, ...usage });
  }

  /** Never rejects. */
  async #close(sessions: readonly OpenSession[]): Promise<void> {
    const closing = sessions.map(async (session) => {
      try {
        await session.closeFor('drained');
      } catch (error) {
        this.log.error({ err: error, endpoint: session.publicName, session: session.logName }, 'close failed');
      }
    });
    await Promise.all(closing);
  }

  #announce(event: Announcement['event'], service: Endpoint, group?: string): void {
    if (this.#subscribers.size === 0) return;
    const announcement = group === undefined ? { event, service } : { event, service, group };
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(announcement);
      } catch (error) {
        this.log.error({ err: error, endpoint: service.publicName, event }, 'subscriber failed');
      }
    }
  }
}

function startOf({ parent, logName, opener: { user, remoteAddress: host } }: OpenSession): SessionStart {
  return { endpoint: parent.publicName, logName, user, host };
}
