import type { ConnectionPool } from '../database/connections/connection-pool.js';
import type { Traffic } from '../http/traffic.js';
import type { Log } from '../netsvc/log.js';
import type { Observer } from '../netsvc/observer.js';
import type { ServiceRegistry } from '../netsvc/service-registry.js';
import type { ChangedSettings } from './changed-settings.js';
import { logObserver } from './log-observer.js';
import { Operated } from './operated.js';
import { Reachability } from './reachability.js';
import { Readiness } from './readiness.js';
import type { Settings } from './settings.js';

/** What operators are told about. */
export interface OperatedParts {
  readonly registry: () => ServiceRegistry;
  readonly pools: () => readonly ConnectionPool[];
  readonly traffic: () => readonly Traffic[];
  readonly reload: () => ChangedSettings | Error;
}

/** What operators get: log lines about its state, health checks and metrics. */
export class Operations {
  readonly #observer: { -readonly [Event in keyof Observer]: Observer[Event] } = {};
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #parts: OperatedParts;
  readonly #reachability: Reachability;
  readonly #readiness: Readiness;

  constructor(settings: Settings, log: Log, parts: OperatedParts) {
    this.#settings = settings;
    this.#log = log;
    this.#parts = parts;
    this.#reachability = new Reachability(log);
    this.#readiness = new Readiness(parts.pools, this.#noteConnect);
    this.#observe({});
  }

  /** Receives what the layers report. */
  get observer(): Observer {
    return this.#observer;
  }

  /** Starts the metrics. @returns what operators can see and do; undefined if there is no listener for them */
  async start(): Promise<Operated | undefined> {
    const { admin, connections: maxConnections, slowQuery } = this.#settings;
    if (admin === undefined) return undefined;
    // Loading the library of metrics takes a large part of the start.
    const { Metrics } = await import('./metrics.js');
    const metrics = new Metrics({ ...this.#parts, maxConnections, slowQuery });
    this.#observe(metrics.observer);
    return new Operated({ ...this.#parts, readiness: this.#readiness, metrics });
  }

  /** @param urls of the listeners, for the log */
  ready(urls: Readonly<Record<string, unknown>>): void {
    this.#readiness.state = undefined;
    this.#log.info(urls, 'ready');
  }

  /** Whether the server has started and does not shut down. */
  get isReady(): boolean {
    return this.#readiness.state === undefined;
  }

  /** @param drain seconds for sessions to end; @param grace seconds for in-flight requests afterwards */
  draining(grace: number, drain = 0): void {
    if (!this.isReady) return;
    this.#readiness.state = 'draining';
    this.#log.info({ sessions: this.#parts.registry().sessions.size, drain, grace }, 'draining');
  }

  stopped(): void {
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
