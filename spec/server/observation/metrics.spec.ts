import { expect } from 'chai';
import { codeLabel, METRICS, type MetricDeclaration } from '#lib/server/observation/metric-declarations.js';
import { call, faultOf } from '../../support/client.js';
import { ConfiguredServer } from '../../support/configured-server.js';
import type { CursorClient } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { prometheusFolder, promtool } from '../../support/prometheus.js';

/** All labels. None of them has a value that a client chooses. */
const LABELS = (
  'endpoint method fault database operation error state end reason le kind account outcome resource status listener ' +
  'version node user'
).split(' ');

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Parses the text format of Prometheus: https://prometheus.io/docs/instrumenting/exposition_formats/ */
function parse(text: string): { readonly types: Map<string, string>; readonly samples: Sample[] } {
  const types = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n').filter(Boolean)) {
    const [, declared, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (declared !== undefined && type !== undefined) types.set(declared, type);
    if (line.startsWith('#')) continue;
    const [, name = '', inner = '', value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? expect.fail(line);
    const labels = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text]);
    samples.push({ name, labels: Object.fromEntries(labels), value: Number(value) });
  }
  return { types, samples };
}

describe('the metrics', () => {
  const server = new ConfiguredServer();
  let session: CursorClient;
  let text: string;
  let types: Map<string, string>;
  let samples: readonly Sample[];

  const read = async () => {
    const { headers, body } = await server.get('metrics');
    expect(headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
    text = body;
    ({ types, samples } = parse(body));
  };

  const find = (name: string, labels: Record<string, string> = {}) =>
    samples.find(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )?.value;

  before(async () => {
    await server.start({
      connections: 2,
      'connect-wait': 0.5,
      'metrics-per-user': true,
      'result-memory': '64K',
      'memory-per-session': '128K',
      databases: { shop: {}, stock: { url: 'mysql://root@127.0.0.1:1/x' } },
    });
    await (await server.open()).call('close');
    await (await server.open()).execute("select repeat('x', 1000) from numbers where seq <= 200");
    session = await server.open();
    await session.call('begin');
    expect(await session.rows('select 1 union select 2 union select 3')).to.have.lengthOf(3);
    await faultOf(session.execute('select secret_name from nowhere'));
    await faultOf(session.execute("signal sqlstate '45000' set mysql_errno = 12345"));
    await faultOf(session.execute('select %s', ['x'.repeat(300_000)]));
    await faultOf(session.call('no_such_method_'));
    await (await server.open()).call('begin');
    await faultOf(call(server.url(), 'execute', 'select 1'));
    await ask(server.url(), { body: '<malformed' });
    await read();
  });

  // There is one of each listener with TLS.
  const { netsvc_certificate_expiry_timestamp_seconds: _, ...always } = METRICS;
  for (const [name, { type, labels }] of Object.entries<MetricDeclaration>(always)) {
    it(`include ${name} with its labels`, () => {
      expect(types.get(name)).to.equal(type);
      const own = samples.filter((sample) => sample.name === (type === 'histogram' ? `${name}_count` : name));
      expect(own).to.not.be.empty;
      for (const sample of own) expect(Object.keys(sample.labels), name).to.have.members([...labels]);
    });
  }

  it('include no others but those of the process', () => {
    const others = [...types.keys()].filter((name) => !(name in METRICS));
    expect(others).to.include.members(['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds']);
    for (const name of others) expect(name).to.match(/^(process|nodejs)_/);
  });

  it('count calls by endpoint, exported method and fault', () => {
    const calls = (labels: Record<string, string>) => find('netsvc_call_duration_seconds_count', labels);
    expect(calls({ endpoint: 'shop', method: 'cursor', fault: '' })).to.equal(4);
    expect(calls({ endpoint: 'shop', method: 'execute', fault: '1' })).to.equal(1);
    expect(calls({ endpoint: 'shop', method: 'execute', fault: 'other' })).to.equal(1);
    expect(calls({ endpoint: 'shop', method: 'execute', fault: '51' })).to.equal(1);
    expect(calls({ endpoint: 'shop', method: 'unknown', fault: '55' })).to.equal(1);
    expect(calls({ endpoint: 'shop', method: 'unknown', fault: '54' })).to.equal(1);
    expect(calls({ endpoint: 'shop', method: 'fetchall', fault: '' })).to.equal(1);
  });

  it('count durations in buckets from a millisecond to five minutes', () => {
    const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, '+Inf'];
    for (const name of Object.keys(METRICS).filter((key) => types.get(key) === 'histogram')) {
      const buckets = new Set(
        samples.filter((sample) => sample.name === `${name}_bucket`).map(({ labels }) => labels.le),
      );
      expect([...buckets], name).to.deep.equal(bounds.map(String));
    }
  });

  it('count statements, rows and waits of a database', () => {
    const statements = (operation: string, error: string) =>
      find('netsvc_statement_duration_seconds_count', { database: 'shop', operation, error });
    expect(statements('begin', '')).to.equal(2);
    expect(statements('select', '')).to.equal(2);
    expect(statements('select', '1146')).to.equal(1);
    expect(statements('other', 'other')).to.equal(1);
    expect(find('netsvc_rows_returned_total', { database: 'shop' })).to.equal(203);
    expect(find('netsvc_connection_timeouts_total', { database: 'shop' })).to.equal(1);
    expect(find('netsvc_connection_failures_total', { database: 'shop' })).to.equal(0);
    expect(find('netsvc_connection_failures_total', { database: 'stock' })).to.be.greaterThan(0);
    expect(find('netsvc_connection_wait_seconds_count', { database: 'shop' })).to.be.greaterThan(1);
  });

  it('show the sessions and the connections as they are', () => {
    expect(find('netsvc_sessions', { database: 'shop' })).to.equal(3);
    expect(find('netsvc_sessions_max')).to.equal(10_000);
    expect(find('netsvc_sessions_total', { end: 'closed' })).to.equal(1);
    expect(find('netsvc_sessions_total', { end: 'expired' })).to.equal(0);
    expect(find('netsvc_sessions_pinned', { reason: 'transaction' })).to.equal(2);
    expect(find('netsvc_connections', { database: 'shop', state: 'pinned' })).to.equal(2);
    expect(find('netsvc_connections_max', { database: 'shop' })).to.equal(2);
    expect(find('netsvc_connections_waiting', { database: 'shop' })).to.equal(0);
    expect(find('netsvc_received_bytes_total')).to.be.greaterThan(2000);
    expect(find('netsvc_sent_bytes_total')).to.be.greaterThan(2000);
  });

  it('show what is held for clients, and what was refused', () => {
    expect(find('netsvc_spill_files')).to.equal(1);
    expect(find('netsvc_spill_bytes')).to.be.greaterThan(100_000);
    expect(find('netsvc_memory_bytes', { kind: 'rows' })).to.be.within(1, 65_536);
    expect(find('netsvc_memory_peak_bytes')).to.be.greaterThan(Number(find('netsvc_memory_bytes', { kind: 'rows' })));
    expect(find('netsvc_memory_refusals_total', { account: 'session' })).to.equal(1);
    expect(find('netsvc_client_connections')).to.be.greaterThan(0);
  });

  it('follow the conventions of Prometheus, except those of prom-client', async function () {
    const { status, stdout, stderr } = await promtool(prometheusFolder(this), ['check', 'metrics'], text);
    // 3: it has complaints.
    expect(status, stderr).to.be.oneOf([0, 3]);
    const complaints = `${stdout}${stderr}`.split('\n').filter(Boolean);
    for (const complaint of complaints) expect(complaint).to.match(/^(?:nodejs|process)_\w+ /);
  });

  it('contain no session, user or SQL', () => {
    expect(text).to.not.contain(session.id);
    expect(text).to.not.match(/secret_name|no_such_method_|nowhere|12345|127\.0\.0\.1/);
    for (const { labels } of samples.filter(({ name }) => name.startsWith('netsvc_'))) {
      for (const label of Object.keys(labels)) {
        expect(LABELS).to.include(label);
      }
    }
  });

  it('have a limited number of label values, whichever errors a client provokes', () => {
    const labels = new Set(Array.from({ length: 65_536 }, (_, code) => codeLabel(code)));
    expect(labels.size).to.be.lessThan(100);
    expect([codeLabel(undefined), codeLabel(1213), codeLabel(12_345)]).to.deep.equal(['', '1213', 'other']);
  });
});
