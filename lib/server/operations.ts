import type { ConnectionPool } from '../database/connections/connection-pool.js';
import { RpcGateway } from '../http/rpc-gateway.js';
import type { Traffic } from '../http/traffic.js';
import type { Log } from '../netsvc/log.js';
import type { Observer } from '../netsvc/observer.js';
import { ServiceRegistry } from '../netsvc/service-registry.js';
import { AdminListener } from './admin-listener.js';
import { adminPages } from './admin-pages.js';
import { AdminService } from './admin-service.js';
import type { ChangedSettings } from './changed-settings.js';
import { logObserver } from './log-observer.js';
import { Reachability } from './reachability.js';
import { Readiness } from './readiness.js';
import { refuseRemoteOperators } from './remote-access.js';
import type { Settings } from './settings.js';
import { listenFailure } from './start-failure.js';
import { WatchedUsers } from './watched-users.js';

/** What operators can see of the server. */
export interface Operated {
  readonly registry: () => ServiceRegistry;
  readonly pools: () => readonly ConnectionPool[];
  readonly traffic: () => readonly Traffic[];
  readonly reload: () => ChangedSettings | Error;
}

/** Bytes of a call of the admin service. */
const MAX_ADMIN_REQUEST = 1024 * 1024;

/** What operators get of the server: log lines about its state, and the listener with health checks and metrics. */
export class Operations {
  readonly #observer: { -readonly [Event in keyof Observer]: Observer[Event] } = {};
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #operated: Operated;
  readonly #reachability: Reachability;
  readonly #readiness: Readiness;
  readonly #users: WatchedUsers | undefined;
  #listener: AdminListener | undefined;

  /** @throws {UsageError} if the password file cannot be used */
  constructor(settings: Settings, log: Log, operated: Operated) {
    const users = settings.admin?.users;
    this.#settings = settings;
    this.#log = log;
    this.#operated = operated;
    this.#reachability = new Reachability(log);
    this.#readiness = new Readiness(operated.pools, this.#noteConnect);
    this.#users = users === undefined ? undefined : new WatchedUsers(users, 'admin users', log);
    this.#observe({});
  }

  /** Receives what the layers report. */
  get observer(): Observer {
    return this.#observer;
  }

  /** The URL of the listener, if there is one. */
  get url(): string | undefined {
    if (this.#listener === undefined) return undefined;
    const { address, port, family } = this.#listener.address;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`;
  }

  /**
   * Starts the listener and the metrics.
   *
   * @throws {StartFailure}
   * @throws {UsageError} if the listener is on a socket of a remote address
   */
  async start(): Promise<void> {
    const { admin, connections: maxConnections, slowQuery } = this.#settings;
    if (admin === undefined) return;
    // Loading the library of metrics takes a large part of the start.
    const { Metrics } = await import('./metrics.js');
    const metrics = new Metrics({ ...this.#operated, maxConnections, slowQuery });
    this.#observe(metrics.observer);
    // Only users that log in may change something.
    const service = this.#users && new AdminService(new ServiceRegistry({ log: this.#log }), this.#operated);
    const pages = adminPages({ ...this.#operated, readiness: this.#readiness, metrics, service });
    const calls = service && this.#adminCalls(service);
    const listener = new AdminListener(admin, pages, { users: this.#users?.users, calls, log: this.#log });
    await listener.start().catch((error: unknown) => {
      throw listenFailure(admin, error);
    });
    this.#listener = listener;
    if (admin.fd !== undefined) {
      refuseRemoteOperators(listener.address.address, { users: admin.users, insecure: this.#settings.insecure });
    }
    this.#users?.watch();
  }

  #adminCalls({ registry }: AdminService): RpcGateway {
    return new RpcGateway('', {
      registry,
      users: this.#users?.users,
      log: this.#log,
      maxRequest: MAX_ADMIN_REQUEST,
    });
  }

  /** Reloads the password file. */
  reload(): void {
    this.#users?.reload();
  }

  /** @param urls of the listeners */
  ready(urls: readonly string[]): void {
    this.#readiness.state = undefined;
    this.#log.info({ urls, ...(this.url && { admin: this.url }) }, 'ready');
  }

  /** Whether the server has started and does not shut down. */
  get isReady(): boolean {
    return this.#readiness.state === undefined;
  }

  /** @param drain seconds for sessions to end; @param grace seconds for in-flight requests afterwards */
  draining(grace: number, drain = 0): void {
    if (!this.isReady) return;
    this.#readiness.state = 'draining';
    this.#log.info({ sessions: this.#operated.registry().sessions.size, drain, grace }, 'draining');
  }

  /** Stops the listener: last, because it answers that the server is draining. */
  async stop(): Promise<void> {
    await this.#listener?.stop();
    await this.#users?.end();
    if (this.#readiness.state === 'draining') this.#log.info({}, 'stopped');
  }

  /** Passes what the layers report to the metrics and the log. */
  #observe(metrics: Observer): void {
    const log = logObserver(this.#log, this.#settings);
    Object.assign(this.#observer, log, metrics);
    const { callEnded, sessionEnded, statementEnded } = metrics;
    // Missing handlers stay missing: what nobody observes is not measured.
    if (callEnded && log.callEnded) this.#observer.callEnded = both(callEnded, log.callEnded);
    if (sessionEnded && log.sessionEnded) this.#observer.sessionEnded = both(sessionEnded, log.sessionEnded);
    if (statementEnded && log.statementEnded) {
      this.#observer.statementEnded = both(statementEnded, log.statementEnded);
    }
    this.#observer.connectEnded = (database, error) => {
      metrics.connectEnded?.(database, error);
      this.#noteConnect(database, error);
    };
    this.#observer.hostChanged = (database, host) => this.#log.warn({ database, host }, 'another MySQL server is used');
  }

  /** A start that fails has a message of its own. */
  readonly #noteConnect = (database: string, error?: Error): void => {
    if (this.#readiness.state === 'starting' && this.#settings.waitForDatabase === 0) return;
    this.#reachability.note(database, error);
  };
}

function both<Event>(first: (event: Event) => void, second: (event: Event) => void): (event: Event) => void {
  return (event) => {
    first(event);
    second(event);
  };
}
