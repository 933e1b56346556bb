import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { DATABASE_RESOURCES } from '../../database/pool/database-observer.js';
import { statementOperation } from '../../database/sql/statement-operation.js';
import { spillUsage } from '../../memory/spill-file.js';
import { resourcesOf } from '../../netsvc/refusal.js';
import type { ServerObserver } from './event-stream.js';
import { codeLabel, METRICS, type MetricDeclaration } from './metric-declarations.js';
import { SeriesHistogram } from './series-histogram.js';
import type { ServerState } from './server-state.js';
import type { UserCounters } from './user-counters.js';
import { UserSeries } from './user-series.js';

type Name = keyof typeof METRICS;

/** The value of a gauge, with its labels. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Lines of the audit log since the start. */
export interface LineCounts {
  written: number;
  lost: number;
}

/** What others count, and is read when the metrics are. */
export interface CountedElsewhere {
  readonly audited: Readonly<LineCounts>;
  readonly users: UserCounters;
}

/** The statuses of HTTP that requests are refused with. */
const STATUSES = [400, 401, 403, 404, 405, 408, 411, 413, 415, 417, 429, 431, 500, 503];

/** Turns what the layers report into Prometheus metrics. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #parts: ServerState;
  readonly #audited: Readonly<LineCounts>;
  readonly #users: UserSeries;
  #calls = 0;
  #faults = 0;
  /** Files that cannot be used, by what they are: see `Reload`. */
  readonly #unusable = new Set<string>();
  /** When files were last applied, in milliseconds. */
  #reloaded = Date.now();
  readonly observer: ServerObserver;

  constructor(parts: ServerState, { audited, users }: CountedElsewhere) {
    this.#parts = parts;
    this.#audited = audited;
    this.#users = new UserSeries(users);
    collectDefaultMetrics({ register: this.#registry });
    this.observer = { ...this.#clientObserver(), ...this.#serverObserver() };
    this.#readConnections();
    this.#readSessions();
    this.#readTraffic();
    this.#readMemory();
    this.#readState();
    this.#readUsers();
  }

  /** Returns all metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The calls since the start, and how many of them were answered with a fault. */
  callCounts(): { readonly calls: number; readonly faults: number } {
    return { calls: this.#calls, faults: this.#faults };
  }

  #clientObserver(): ServerObserver {
    const calls = this.#histogram('netsvc_call_duration_seconds');
    const ends = this.#counter('netsvc_sessions_total');
    const logins = this.#counter('netsvc_logins_total');
    for (const outcome of ['accepted', 'wrong', 'malformed', 'locked_out', 'overloaded']) logins.inc({ outcome }, 0);
    for (const end of ['closed', 'expired', 'operator', 'drained']) ends.inc({ end }, 0);
    return {
      callEnded: ({ endpoint, method = 'unknown', fault, seconds }) => {
        calls.observe(seconds, endpoint, method, codeLabel(fault));
        this.#calls++;
        if (fault !== undefined) this.#faults++;
      },
      sessionEnded: ({ end }) => ends.inc({ end }),
      loginChecked: (outcome) => logins.inc({ outcome }),
      reloaded: ({ what, problems }) => {
        if (problems !== undefined) {
          this.#unusable.add(what);
          return;
        }
        // It reads the others, too.
        if (what === 'configuration') this.#unusable.clear();
        else this.#unusable.delete(what);
        this.#reloaded = Date.now();
      },
    };
  }

  #serverObserver(): ServerObserver {
    const statements = this.#histogram('netsvc_statement_duration_seconds');
    // Added up here, because it changes with each statement.
    const rows = new Map<string, number>();
    this.#counter('netsvc_rows_returned_total', () => [...rows].map(([database, value]) => [{ database }, value]));
    const slow = this.#counter('netsvc_slow_statements_total');
    const cancelled = this.#counter('netsvc_statements_cancelled_total');
    const waits = this.#histogram('netsvc_connection_wait_seconds');
    const timeouts = this.#counter('netsvc_connection_timeouts_total');
    const failures = this.#counter('netsvc_connection_failures_total');
    const refusals = this.#counter('netsvc_refusals_total');
    for (const resource of resourcesOf('process')) refusals.inc({ resource, database: '' }, 0);
    return {
      statementEnded: ({ database, error, rows: count, seconds, sql, cancelled: isCancelled }) => {
        statements.observe(seconds, database, statementOperation(sql), codeLabel(error));
        rows.set(database, (rows.get(database) ?? 0) + count);
        if (isCancelled) cancelled.inc({ database });
        const { slowQuery } = this.#parts.settings;
        if (slowQuery > 0 && seconds > slowQuery) slow.inc({ database });
      },
      connectionAcquired: (database, seconds) => waits.observe(seconds, database),
      connectionTimedOut: (database) => timeouts.inc({ database }),
      // Counters start with 0, so that their first increase is seen.
      connectEnded: (database, error) => {
        failures.inc({ database }, error ? 1 : 0);
        for (const counter of [timeouts, slow, cancelled]) counter.inc({ database }, 0);
        for (const resource of [...resourcesOf('service'), ...DATABASE_RESOURCES])
          refusals.inc({ resource, database }, 0);
      },
      refused: ({ resource, database = '' }) => refusals.inc({ resource, database }),
    };
  }

  #readConnections(): void {
    const { pools } = this.#parts;
    this.#gauge('netsvc_connections', () =>
      pools.flatMap(({ name: database, counts: { open: _open, waiting: _waiting, ...states } }) =>
        Object.entries(states).map(([state, value]): Sample => [{ database, state }, value]),
      ),
    );
    this.#gauge('netsvc_connections_max', () => pools.map(({ name: database, limit }) => [{ database }, limit]));
    this.#gauge('netsvc_database_unreachable', () =>
      pools.map(({ name: database, unreachable }) => [{ database }, unreachable ? 1 : 0]),
    );
    this.#gauge('netsvc_database_paused', () =>
      pools.map(({ name: database, paused }) => [{ database }, paused ? 1 : 0]),
    );
    this.#gauge('netsvc_database_disabled', () =>
      pools.map(({ name: database, disabled }) => [{ database }, disabled === undefined ? 0 : 1]),
    );
    this.#gauge('netsvc_connections_waiting', () =>
      pools.map(({ name: database, counts: { waiting } }) => [{ database }, waiting]),
    );
  }

  #readSessions(): void {
    const { registry, pools } = this.#parts;
    this.#gauge('netsvc_sessions', () => {
      const counts = new Map(pools.map(({ name }) => [name, 0]));
      for (const { publicName } of registry.sessions) count(counts, publicName);
      return [...counts].map(([database, value]) => [{ database }, value]);
    });
    this.#gauge('netsvc_sessions_max', () => [[{}, registry.sessionLimits.maxSessions]]);
    this.#gauge('netsvc_sessions_pinned', () => {
      const counts = new Map<string, number>();
      for (const session of registry.sessions) {
        const { pinReason } = session.describe();
        if (pinReason !== undefined) count(counts, pinReason);
      }
      return [...counts].map(([reason, value]) => [{ reason }, value]);
    });
  }

  #readTraffic(): void {
    const sum = (of: 'connections' | 'received' | 'sent') => {
      return this.#parts.traffic.reduce((total, traffic) => total + traffic[of], 0);
    };
    this.#gauge('netsvc_spill_files', () => [[{}, spillUsage().files]]);
    this.#gauge('netsvc_spill_bytes', () => [[{}, spillUsage().bytes]]);
    this.#gauge('netsvc_client_connections', () => [[{}, sum('connections')]]);
    this.#counter('netsvc_received_bytes_total', () => [[{}, sum('received')]]);
    this.#counter('netsvc_sent_bytes_total', () => [[{}, sum('sent')]]);
    this.#counter('netsvc_http_refusals_total', () => {
      const counts = new Map(STATUSES.map((status) => [String(status), 0]));
      for (const { refusals } of this.#parts.traffic) {
        for (const [status, value] of refusals) counts.set(String(status), (counts.get(String(status)) ?? 0) + value);
      }
      return [...counts].map(([status, value]) => [{ status }, value]);
    });
  }

  #readUsers(): void {
    const samples = (read: () => Map<string, number>) => () =>
      this.#parts.settings.metricsPerUser ? [...read()].map(([user, value]): Sample => [{ user }, value]) : [];
    const users = this.#users;
    this.#counter(
      'netsvc_user_calls_total',
      samples(() => users.totals(({ calls }) => calls)),
    );
    this.#counter(
      'netsvc_user_faults_total',
      samples(() => users.totals(({ faults }) => faults)),
    );
    this.#counter(
      'netsvc_user_statement_seconds_total',
      samples(() => users.totals(({ seconds }) => seconds)),
    );
    this.#gauge(
      'netsvc_user_sessions',
      samples(() => users.byLabel([...this.#parts.registry.sessions].map(({ opener }) => [opener.user, 1]))),
    );
  }

  #readState(): void {
    const { version, certificates } = this.#parts;
    this.#gauge('netsvc_build_info', () => [[{ version, node: process.versions.node }, 1]]);
    this.#gauge('netsvc_reload_success', () => [[{}, this.#unusable.size === 0 ? 1 : 0]]);
    this.#gauge('netsvc_reload_timestamp_seconds', () => [[{}, this.#reloaded / 1000]]);
    this.#gauge('netsvc_certificate_expiry_timestamp_seconds', () =>
      certificates().map(({ listener, expires }) => [{ listener }, expires.getTime() / 1000]),
    );
    this.#counter('netsvc_audit_lines_total', () => [[{}, this.#audited.written]]);
    this.#counter('netsvc_audit_lines_lost_total', () => [[{}, this.#audited.lost]]);
  }

  #readMemory(): void {
    const { memory } = this.#parts.registry;
    const samples = (label: string, values: Readonly<Record<string, number>>) => () =>
      Object.entries(values).map(([name, value]): Sample => [{ [label]: name }, value]);
    this.#gauge('netsvc_memory_bytes', samples('kind', memory.usedByKind));
    this.#gauge('netsvc_memory_limit_bytes', () => samples('account', memory.limits)());
    this.#gauge('netsvc_memory_peak_bytes', () => [[{}, memory.peak]]);
    this.#counter('netsvc_memory_refusals_total', samples('account', memory.refusals));
  }

  #histogram(name: Name): SeriesHistogram {
    const histogram = new SeriesHistogram(this.#describe(name));
    this.#registry.registerMetric(histogram.metric);
    return histogram;
  }

  /** @param read returns the value when the metrics are read, if nothing increases it */
  #counter(name: Name, read?: () => readonly Sample[]): Counter {
    const collect = function (this: Counter) {
      if (read === undefined) return;
      this.reset();
      for (const [labels, value] of read()) this.inc(labels, value);
    };
    return new Counter({ ...this.#describe(name), collect });
  }

  #gauge(name: Name, read: () => readonly Sample[]): void {
    const collect = function (this: Gauge) {
      this.reset();
      for (const [labels, value] of read()) this.set(labels, value);
    };
    new Gauge({ ...this.#describe(name), collect });
  }

  #describe(name: Name) {
    const { labels, help }: MetricDeclaration = METRICS[name];
    return { name, help, labelNames: labels, registers: [this.#registry] };
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;
