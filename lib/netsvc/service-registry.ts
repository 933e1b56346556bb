import { Deadlines } from './deadlines.js';
import { consoleLog, type Log } from './log.js';
import type { Service } from './service.js';
import type { Session } from './session.js';
import { type SessionLimitOptions, SessionLimits } from './session-limits.js';

/** Something that happened to a service. */
export interface Announcement {
  readonly event: 'published' | 'withdrawn' | 'joined' | 'left';
  readonly service: Service;
  /** Which group it joined or left. */
  readonly group?: string;
}

export interface ServiceRegistryOptions extends SessionLimitOptions {
  /** Monotonic milliseconds; `performance.now` by default. */
  readonly clock?: () => number;
  readonly log?: Log;
}

/** Who is alive, by name and by group, and what all of them share: the clock, the log and the sessions' deadlines. */
export class ServiceRegistry {
  static readonly default = new ServiceRegistry();

  readonly clock: () => number;
  readonly log: Log;
  readonly deadlines = new Deadlines<Session>();
  readonly sessionLimits: SessionLimits;
  readonly #sessions = new Set<Session>();
  // A name may be published more than once. The arrays are in order of publication and hardly ever longer than one.
  readonly #names = new Map<string, Service[]>();
  readonly #groups = new Map<string, Set<Service>>();
  readonly #subscribers = new Set<(announcement: Announcement) => void>();

  constructor(options: ServiceRegistryOptions = {}) {
    this.clock = options.clock ?? (() => performance.now());
    this.log = options.log ?? consoleLog;
    this.sessionLimits = new SessionLimits(options);
  }

  /** The service published longest under `name`; with a group, the one that is a member of it. */
  lookupServiceName(name: string, group = ''): Service | undefined {
    const services = this.#names.get(name);
    return group === '' ? services?.[0] : services?.find((service) => service.isMember(group));
  }

  /** The services that joined a group; in the empty group are all that are published. */
  lookupServiceGroup(group: string): Service[] {
    return group === '' ? [...this.#names.values()].flat() : [...(this.#groups.get(group) ?? [])];
  }

  /** The sessions that are open. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  /** Tells `subscriber` of every announcement from now on; returns the way to stop that. */
  subscribe(subscriber: (announcement: Announcement) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  publish(service: Service): void {
    const services = this.#names.get(service.serviceName);
    if (services) services.push(service);
    else this.#names.set(service.serviceName, [service]);
    this.#announce('published', service);
  }

  withdraw(service: Service): void {
    const services = this.#names.get(service.serviceName);
    const index = services?.indexOf(service) ?? -1;
    if (services === undefined || index < 0) return;
    if (services.length === 1) this.#names.delete(service.serviceName);
    else services.splice(index, 1);
    this.#announce('withdrawn', service);
  }

  join(service: Service, group: string): void {
    const members = this.#groups.get(group);
    if (members) members.add(service);
    else this.#groups.set(group, new Set([service]));
    this.#announce('joined', service, group);
  }

  leave(service: Service, group: string): void {
    const members = this.#groups.get(group);
    if (!members?.delete(service)) return;
    if (members.size === 0) this.#groups.delete(group);
    this.#announce('left', service, group);
  }

  addSession(session: Session): void {
    this.#sessions.add(session);
    this.sessionLimits.add(session.opener);
  }

  removeSession(session: Session): void {
    if (!this.#sessions.delete(session)) return;
    this.sessionLimits.remove(session.opener);
    this.deadlines.delete(session);
  }

  #announce(event: Announcement['event'], service: Service, group?: string): void {
    if (this.#subscribers.size === 0) return;
    const announcement = group === undefined ? { event, service } : { event, service, group };
    for (const subscriber of this.#subscribers) subscriber(announcement);
  }
}
