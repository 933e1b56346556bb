import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { statementOperation } from '../database/statement-operation.js';
import { spillUsage } from '../memory/spill-file.js';
import { resourcesOf } from '../netsvc/refusal.js';
import type { ServerObserver } from './event-stream.js';
import { BUCKETS, codeLabel, METRICS, type MetricDeclaration } from './metric-declarations.js';
import type { ServerParts } from './server-parts.js';

type Name = keyof typeof METRICS;

/** The value of a gauge, with its labels. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Turns what the layers report into Prometheus metrics. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #parts: ServerParts;
  #calls = 0;
  #faults = 0;
  readonly observer: ServerObserver;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    collectDefaultMetrics({ register: this.#registry });
    this.observer = this.#observer();
    this.#readConnections();
    this.#readSessions();
    this.#readTraffic();
    this.#readMemory();
  }

  /** Returns all metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** The calls since the start, and how many of them were answered with a fault. */
  callCounts(): { readonly calls: number; readonly faults: number } {
    return { calls: this.#calls, faults: this.#faults };
  }

  #observer(): ServerObserver {
    const calls = this.#histogram('netsvc_call_duration_seconds');
    const statements = this.#histogram('netsvc_statement_duration_seconds');
    const rows = this.#counter('netsvc_rows_returned_total');
    const slow = this.#counter('netsvc_slow_statements_total');
    const waits = this.#histogram('netsvc_connection_wait_seconds');
    const timeouts = this.#counter('netsvc_connection_timeouts_total');
    const failures = this.#counter('netsvc_connection_failures_total');
    const ends = this.#counter('netsvc_sessions_total');
    const logins = this.#counter('netsvc_logins_total');
    for (const outcome of ['accepted', 'wrong', 'locked_out', 'overloaded']) logins.inc({ outcome }, 0);
    const refusals = this.#counter('netsvc_refusals_total');
    for (const resource of resourcesOf('process')) refusals.inc({ resource, database: '' }, 0);
    for (const end of ['closed', 'expired', 'operator', 'drained']) ends.inc({ end }, 0);
    return {
      callEnded: ({ endpoint, method = 'unknown', fault, seconds }) => {
        calls.observe({ endpoint, method, fault: codeLabel(fault) }, seconds);
        this.#calls++;
        if (fault !== undefined) this.#faults++;
      },
      sessionEnded: ({ end }) => ends.inc({ end }),
      statementEnded: ({ database, error, rows: count, seconds, sql }) => {
        statements.observe({ database, operation: statementOperation(sql), error: codeLabel(error) }, seconds);
        rows.inc({ database }, count);
        const { slowQuery } = this.#parts.settings;
        if (slowQuery > 0 && seconds > slowQuery) slow.inc({ database });
      },
      connectionAcquired: (database, seconds) => waits.observe({ database }, seconds),
      connectionTimedOut: (database) => timeouts.inc({ database }),
      // Counters start with 0, so that their first increase is seen.
      connectEnded: (database, error) => {
        failures.inc({ database }, error ? 1 : 0);
        timeouts.inc({ database }, 0);
        slow.inc({ database }, 0);
        for (const resource of resourcesOf('database')) refusals.inc({ resource, database }, 0);
      },
      loginChecked: (outcome) => logins.inc({ outcome }),
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

  #histogram(name: Name): Histogram {
    return new Histogram({ ...this.#describe(name), buckets: [...BUCKETS] });
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
