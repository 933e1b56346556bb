import type { Availability } from '../../database/pool/database-observer.js';
import { watchSpillFailures } from '../../memory/spill-file.js';
import { AuditLog, type AuditSettings } from '../audit/audit-log.js';
import { UsageError } from '../configuration/problems.js';
import type { EventStream, Reload } from '../observation/event-stream.js';
import { type LogSettings, logObserver } from '../observation/log-observer.js';
import { ReachabilityLog } from '../observation/reachability-log.js';
import { RefusalsLog, topHolder } from '../observation/refusals-log.js';
import type { ServerState } from '../observation/server-state.js';
import { StatementTable } from '../observation/statement-table.js';
import { UserCounters } from '../observation/user-counters.js';
import { OperatorActs } from './operator-acts.js';
import { OperatorView } from './operator-view.js';
import { Readiness } from './readiness.js';

const AVAILABILITIES: Readonly<Record<Availability, string>> = {
  open: 'database open',
  paused: 'database paused',
  disabled: 'database disabled',
};
/** The settings that say what is logged and audited. */
type ObservedSettings = LogSettings & AuditSettings;

/** What operators get: log lines about the state of the server, health checks and metrics. */
export class Monitoring {
  readonly #parts: ServerState;
  readonly #reachability: ReachabilityLog;
  readonly #readiness: Readiness;
  readonly #events: EventStream;
  readonly #unwatch: () => void;
  readonly #audit: AuditLog;
  /** Why the last attempt of the start failed to connect, by database. */
  readonly #startErrors = new Map<string, Error | undefined>();

  /** @param events what the layers report */
  constructor(parts: ServerState, events: EventStream) {
    const { log } = parts;
    this.#parts = parts;
    this.#reachability = new ReachabilityLog(log);
    this.#readiness = new Readiness(parts.served);
    this.#events = events;
    this.#audit = new AuditLog(log, parts.settings.instance);
    this.#unwatch = watchSpillFailures(this.#noteSpillFailure);
    events.set('log', logObserver(log, parts.settings));
    const refusals = new RefusalsLog(log, { holderOf: (refusal) => topHolder(parts.registry, refusal) });
    events.set('state', {
      connectEnded: (database, error) => {
        this.#noteConnect(database, error);
        if (isOutOfFiles(error?.cause)) events.observer.refused?.({ resource: 'files' });
      },
      availabilityChanged: (database, availability, reason) =>
        log.info({ database, ...(reason && { reason }) }, AVAILABILITIES[availability]),
      hostChanged: (database, host) => log.warn({ database, host }, 'another MySQL server is used'),
      // A client can cause it at will.
      resetFailed: (database, err) => log.debug?.({ database, err }, 'MySQL connection not reset, but closed'),
      refused: refusals.note,
    });
  }

  /** Logs, audits and counts what the settings say. */
  configure(settings: ObservedSettings): void {
    this.#events.set('log', logObserver(this.#parts.log, settings));
    try {
      this.#events.set('audit', this.#audit.configure(settings));
    } catch (error) {
      // It could be opened when the settings were checked.
      if (!(error instanceof UsageError)) throw error;
      this.#parts.log.error({ reason: error.message }, 'audit log not opened');
    }
  }

  /** The configuration, or a file, was read again. That of the audit log may have been renamed. */
  reloaded(reload: Reload): void {
    if (reload.what === 'configuration') this.#audit.reopen();
    this.#events.observer.reloaded?.(reload);
  }

  /**
   * Starts the audit log and the metrics.
   *
   * @returns what operators can see and do; undefined if there is no listener for them
   * @throws {UsageError} if the audit log cannot be opened
   */
  async start(): Promise<OperatorView | undefined> {
    this.#events.set('audit', this.#audit.configure(this.#parts.settings));
    if (this.#parts.settings.admin === undefined) return undefined;
    // Loading the library of metrics takes a large part of the start.
    const { Metrics } = await import('../observation/metrics.js');
    const [users, statements] = [new UserCounters(), new StatementTable()];
    const metrics = new Metrics(this.#parts, { audited: this.#audit.counts, users });
    this.#events.set('metrics', metrics.observer);
    this.#events.set('users', users.observer);
    this.#events.set('statements', statements.observer);
    const acts = new OperatorActs(this.#parts, this.#events.observer);
    return new OperatorView(this.#parts, { readiness: this.#readiness, metrics, users, statements, acts });
  }

  /** @param urls of the listeners, for the log */
  ready(urls: Readonly<Record<string, unknown>>): void {
    this.#readiness.state = undefined;
    this.#parts.log.info(urls, 'ready');
    for (const [database, error] of this.#startErrors) this.#reachability.note(database, error);
  }

  /** Whether the server has started and does not shut down. */
  get isReady(): boolean {
    return this.#readiness.state === undefined;
  }

  /** @param drain seconds for sessions to end; @param grace seconds for in-flight requests afterwards */
  draining(grace: number, drain = 0): void {
    if (!this.isReady) return;
    this.#readiness.state = 'draining';
    this.#parts.log.info({ sessions: this.#parts.registry.sessions.size, drain, grace }, 'draining');
  }

  async stopped(): Promise<void> {
    this.#unwatch();
    await this.#audit.end();
    if (this.#readiness.state === 'draining') this.#parts.log.info({}, 'stopped');
  }

  readonly #noteSpillFailure = (error: unknown): void => {
    this.#events.observer.refused?.({ resource: isOutOfFiles(error) ? 'files' : 'disk' });
  };

  /** A start that fails has a message of its own. */
  readonly #noteConnect = (database: string, error?: Error): void => {
    const waits = this.#parts.settings.waitForDatabase > 0;
    if (this.#readiness.state === 'starting' && !waits) this.#startErrors.set(database, error);
    else this.#reachability.note(database, error);
  };
}

/** Whether an error is that the process, or the machine, has too many open files. */
function isOutOfFiles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}
