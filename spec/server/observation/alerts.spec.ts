import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { projectFile } from '../../support/project-file.js';
import { prometheusFolder, promtool } from '../../support/prometheus.js';

/** Values of each minute, by series, in the notation of promtool. */
type Series = Readonly<Record<string, string>>;

const DAY = 86_400;

/** Of an instance without trouble. */
const HEALTHY: Series = {
  up: '1x40',
  process_start_time_seconds: '100x40',
  'netsvc_connection_failures_total{database="shop"}': '7x40',
  'netsvc_connection_timeouts_total{database="shop"}': '3x40',
  'netsvc_connection_wait_seconds_count{database="shop"}': '0+120x40',
  'netsvc_connections_waiting{database="shop"}': '0x40',
  'netsvc_database_unreachable{database="shop"}': '0x40',
  'netsvc_database_paused{database="shop"}': '0x40',
  'netsvc_database_disabled{database="shop"}': '0x40',
  'netsvc_refusals_total{resource="sessions",database=""}': '3x40',
  'netsvc_refusals_total{resource="waiting",database="shop"}': '0x40',
  'netsvc_http_refusals_total{status="401"}': '0+60x40',
  'netsvc_http_refusals_total{status="404"}': '5x40',
  'netsvc_sessions{database="shop"}': '100x40',
  'netsvc_sessions{database="stock"}': '700x40',
  netsvc_sessions_max: '1000x40',
  'netsvc_memory_bytes{kind="rows"}': '500x40',
  'netsvc_memory_bytes{kind="requests"}': '300x40',
  'netsvc_memory_limit_bytes{account="process"}': '1000x40',
  'netsvc_memory_limit_bytes{account="user"}': '500x40',
  'netsvc_certificate_expiry_timestamp_seconds{listener="a:1"}': `${20 * DAY}x40`,
  netsvc_reload_success: '1x40',
  netsvc_audit_lines_lost_total: '8x40',
  ...calls('execute', '', 60, 0.5),
  ...calls('execute', '1062', 3, 0.5),
  'netsvc_call_duration_seconds_count{endpoint="shop",method="fetchall",fault="57"}': '1x40',
  'netsvc_call_duration_seconds_count{endpoint="shop",method="fetchall",fault="2006"}': '1x40',
  nodejs_eventloop_lag_p99_seconds: '0.012x40',
  nodejs_eventloop_lag_max_seconds: '0.2x40',
  process_open_fds: '40x40',
  process_max_fds: '1024x40',
};

/** So many calls a minute that take at most `seconds`. */
function calls(method: string, fault: string, rate: number, seconds = 0.5): Record<string, string> {
  const labels = `endpoint="shop",method="${method}",fault="${fault}"`;
  const name = 'netsvc_call_duration_seconds';
  const buckets = [0.5, 5, 10, '+Inf'].map((le) => [
    `${name}_bucket{${labels},le="${le}"}`,
    Number(le) < seconds ? '0x40' : `0+${rate}x40`,
  ]);
  return { ...Object.fromEntries(buckets), [`${name}_count{${labels}}`]: `0+${rate}x40` };
}

const failures = (values: string) => ({ 'netsvc_connection_failures_total{database="shop"}': values });
const refusals = (status: number, values: string) => ({ [`netsvc_http_refusals_total{status="${status}"}`]: values });
const fault = (method: string, code: number, values: string) => ({
  [`netsvc_call_duration_seconds_count{endpoint="shop",method="${method}",fault="${code}"}`]: values,
});

/** Prometheus itself was down from the tenth minute to the 20th: it has no values, and then those of before. */
const gap = (series: Series): Series =>
  Object.fromEntries(
    Object.entries(series).map(([name, values]) => [name, values.replace(/^(\S+)x40$/, (_all, each) => gapOf(each))]),
  );

function gapOf(each: string): string {
  const [start = '', step = '0'] = each.split('+');
  const at = (minute: number) => Number(start) + minute * Number(step);
  return `${at(0)}+${step}x10 _x9 ${at(20)}+${step}x20`;
}

/** What differs from a healthy instance. The alert is asked for after 25 minutes, unless it says otherwise. */
interface Case {
  readonly when: string;
  readonly series: Series;
  /** In minutes. */
  readonly at?: number;
  /** Others that see the same. */
  readonly with?: readonly string[];
  /** Series that there are not. */
  readonly without?: RegExp;
}

/** By alert: when it fires, and when it does not, nor any other one. */
const CASES: Readonly<Record<string, { readonly fires: readonly Case[]; readonly quiet: readonly Case[] }>> = {
  NetsvcDown: {
    fires: [{ when: 'the instance does not answer', series: { up: '1x19 0x20' } }],
    quiet: [{ when: 'one scrape fails', series: { up: '1x24 0 1x20' } }],
  },
  NetsvcAbsent: {
    fires: [{ when: 'there is no target', series: { up: '1x4 _x40' }, without: /./ }],
    quiet: [{ when: 'Prometheus was down', series: gap(HEALTHY), at: 20 }],
  },
  NetsvcRestarts: {
    fires: [{ when: 'it restarts every five minutes', series: { process_start_time_seconds: '1x5 2x4 3x4 4x40' } }],
    quiet: [{ when: 'it is restarted twice', series: { process_start_time_seconds: '1x5 2x4 3x40' } }],
  },
  NetsvcUnavailable: {
    fires: [51, 57, 1045, 1290, 2003].map((code) => ({
      when: `fault ${code} is a fifth of the calls`,
      series: calls('cursor', String(code), 15),
      with: [...(code === 57 ? ['NetsvcInternalErrors'] : []), ...(code === 2003 ? ['NetsvcConnectionsLost'] : [])],
    })),
    quiet: [
      { when: 'a few calls of many fail', series: calls('cursor', '51', 3) },
      { when: 'a restart of MySQL fails calls of a minute', series: fault('execute', 2003, '0x20 60x20') },
      { when: 'clients send what is wrong', series: calls('execute', '1064', 20) },
    ],
  },
  NetsvcFaults: {
    fires: [{ when: 'most calls fail with an error of their statement', series: calls('execute', '1146', 100) }],
    quiet: [{ when: 'a third of them does', series: calls('execute', '1146', 30) }],
  },
  NetsvcDatabaseUnreachable: {
    fires: [
      { when: 'MySQL cannot be reached', series: { 'netsvc_database_unreachable{database="shop"}': '0x20 1x20' } },
    ],
    quiet: [
      {
        when: 'MySQL restarts',
        series: { ...failures('7x23 57x20'), 'netsvc_database_unreachable{database="shop"}': '0x23 1 0x20' },
      },
    ],
  },
  NetsvcConnectionFailures: {
    fires: [{ when: 'attempts to connect fail for minutes', series: failures('0x15 1+2x24') }],
    quiet: [
      { when: 'one attempt fails', series: failures('0x23 1x20') },
      { when: 'MySQL restarts for a minute', series: failures('0x21 60x20') },
      {
        when: 'attempts had failed before Prometheus was down',
        series: gap({ ...HEALTHY, ...failures('50x40') }),
        at: 22,
      },
    ],
  },
  NetsvcConnectionTimeouts: {
    fires: [
      {
        when: 'requests get no connection',
        series: { 'netsvc_connection_timeouts_total{database="shop"}': '0x12 0+6x28' },
      },
    ],
    quiet: [
      { when: 'one request got none', series: { 'netsvc_connection_timeouts_total{database="shop"}': '3x23 4x20' } },
      {
        when: 'few of many requests get none',
        series: { 'netsvc_connection_timeouts_total{database="shop"}': '0+1x40' },
      },
    ],
  },
  NetsvcRequestsWaiting: {
    fires: [{ when: 'requests wait', series: { 'netsvc_connections_waiting{database="shop"}': '0x15 5x25' } }],
    quiet: [
      {
        when: 'they wait now and then',
        series: { 'netsvc_connections_waiting{database="shop"}': '5 5 0 5 5 5 0 4x3 0 5x3 0 5x3 0 1 1 0 5x3' },
      },
    ],
  },
  NetsvcDatabasePaused: {
    fires: [{ when: 'a pause is not lifted', series: { 'netsvc_database_paused{database="shop"}': '0x5 1x35' } }],
    quiet: [
      {
        when: 'a pause of ten minutes',
        series: { 'netsvc_database_paused{database="shop"}': '0x14 1x10 0x20' },
        at: 24,
      },
    ],
  },
  NetsvcDatabaseDisabled: {
    fires: [
      {
        when: 'a database stays disabled',
        series: { ...long(HEALTHY), 'netsvc_database_disabled{database="shop"}': '0x5 1x95' },
        at: 70,
      },
    ],
    quiet: [
      {
        when: 'it is disabled for half an hour',
        series: { 'netsvc_database_disabled{database="shop"}': '0x5 1x35' },
        at: 35,
      },
    ],
  },
  NetsvcSessionsNearLimit: {
    fires: [{ when: 'few sessions are left', series: { 'netsvc_sessions{database="shop"}': '201x40' } }],
    quiet: [{ when: 'a tenth is left', series: { 'netsvc_sessions{database="shop"}': '200x40' } }],
  },
  NetsvcInternalErrors: {
    fires: [
      { when: 'fault 57 is repeated', series: fault('fetchall', 57, '1x22 2x20') },
      { when: 'a method fails for the first time with fault 57', series: fault('scroll', 57, '_x22 1x20') },
      {
        when: 'that is in a new process',
        series: { ...fault('scroll', 57, '_x22 1x20'), process_start_time_seconds: '1x19 2x20' },
      },
    ],
    quiet: [
      { when: 'Prometheus was down', series: gap(HEALTHY), at: 22 },
      { when: 'Prometheus was down a little longer ago', series: gap(HEALTHY), at: 24 },
      { when: 'it was long ago', series: fault('scroll', 57, '_x10 1x30') },
    ],
  },
  NetsvcConnectionsLost: {
    fires: [{ when: 'connections are lost for minutes', series: calls('fetchall', '2006', 2) }],
    quiet: [
      { when: 'MySQL restarts', series: fault('fetchall', 2013, '0x22 50x20') },
      { when: 'Prometheus was down', series: gap({ ...HEALTHY, ...fault('fetchall', 2006, '500x40') }), at: 24 },
    ],
  },
  NetsvcSlowCalls: {
    fires: [{ when: 'calls are slow', series: calls('commit', '', 60, 10) }],
    quiet: [
      { when: 'one of a thousand is slow', series: { ...calls('execute', '', 2000), ...calls('commit', '', 2, 10) } },
    ],
  },
  NetsvcEventLoopLag: {
    fires: [
      { when: 'the event loop lags', series: { nodejs_eventloop_lag_p99_seconds: '0.6x40' } },
      { when: 'single calls stop it again and again', series: { nodejs_eventloop_lag_max_seconds: '3x40' } },
    ],
    quiet: [{ when: 'it stops once', series: { nodejs_eventloop_lag_max_seconds: '0.2x23 9 0.2x20' } }],
  },
  NetsvcRefusals: {
    fires: [
      { when: 'requests are refused', series: { 'netsvc_refusals_total{resource="disk",database=""}': '0+1x40' } },
    ],
    quiet: [{ when: 'one is refused', series: { 'netsvc_refusals_total{resource="disk",database=""}': '0x20 1x20' } }],
  },
  NetsvcUnauthorised: {
    fires: [{ when: 'nearly all requests get 401', series: refusals(401, '0+600x40') }],
    quiet: [{ when: 'each client asks first without a password', series: refusals(401, '0+63x40') }],
  },
  NetsvcHttpRefusals: {
    fires: [404, 429, 503].map((status) => ({
      when: `many requests get ${status}`,
      series: refusals(status, '0+40x40'),
    })),
    quiet: [{ when: 'sessions of a moment get 404', series: refusals(404, '0x20 500x20') }],
  },
  NetsvcFileDescriptors: {
    fires: [{ when: 'few are left', series: { process_open_fds: '1000x40' } }],
    quiet: [{ when: 'an eighth is left', series: { process_open_fds: '896x40' } }],
  },
  NetsvcMemoryNearLimit: {
    fires: [{ when: 'little is left', series: { 'netsvc_memory_bytes{kind="rows"}': '650x40' } }],
    quiet: [{ when: 'a peak passes', series: { 'netsvc_memory_bytes{kind="rows"}': '300x21 650x3 300x20' } }],
  },
  NetsvcCertificateExpired: {
    fires: [
      { when: 'it has expired', series: { 'netsvc_certificate_expiry_timestamp_seconds{listener="a:1"}': '60x40' } },
    ],
    quiet: [
      {
        when: 'it expires in an hour',
        series: { 'netsvc_certificate_expiry_timestamp_seconds{listener="a:1"}': '5100x40' },
      },
    ],
  },
  NetsvcCertificateExpires: {
    fires: [
      {
        when: 'it expires within two weeks',
        series: { ...long(HEALTHY), 'netsvc_certificate_expiry_timestamp_seconds{listener="a:1"}': `${10 * DAY}x100` },
        at: 70,
      },
    ],
    quiet: [
      {
        when: 'it expires in three weeks',
        series: { ...long(HEALTHY), 'netsvc_certificate_expiry_timestamp_seconds{listener="a:1"}': `${21 * DAY}x100` },
        at: 70,
      },
    ],
  },
  NetsvcReloadFailed: {
    fires: [{ when: 'a reload failed', series: { netsvc_reload_success: '1x15 0x25' } }],
    quiet: [{ when: 'the next one succeeded', series: { netsvc_reload_success: '1x21 0 0 1x20' } }],
  },
  NetsvcAuditLinesLost: {
    fires: [{ when: 'lines are lost', series: { netsvc_audit_lines_lost_total: '8x22 9x20' } }],
    quiet: [{ when: 'lines were lost before Prometheus was down', series: gap(HEALTHY), at: 21 }],
  },
};

/** The same for longer. */
function long(series: Series): Series {
  return Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values.replace(/x40$/, 'x100')]));
}

const FILE = projectFile('deploy/alerts.yml');
const rules = (parse(readFileSync(FILE, 'utf8')) as { groups: { rules: { alert: string }[] }[] }).groups.flatMap(
  ({ rules }) => rules.map(({ alert }) => alert),
);

describe('the alerts', () => {
  let folder: string;
  let tests: string;
  let output = '';

  before(async function () {
    this.timeout(60_000);
    folder = prometheusFolder(this);
    tests = await mkdtemp(join(tmpdir(), 'netsvc-alerts-'));
    const all = [{ alert: 'none', each: { when: 'there is no trouble', series: {} }, fires: false }];
    for (const [alert, { fires, quiet }] of Object.entries(CASES)) {
      all.push(...fires.map((each) => ({ alert, each, fires: true })));
      all.push(...quiet.map((each) => ({ alert, each, fires: false })));
    }
    const instances = all.map(({ alert, each, fires }, i) => ({ alert, test: testOf(alert, each, fires, `a:${i}`) }));
    const file = join(tests, 'test.yml');
    const content = { rule_files: [FILE], evaluation_interval: '1m', tests: together(instances) };
    await writeFile(file, JSON.stringify(content));
    const { stdout, stderr } = await promtool(folder, ['test', 'rules', file]);
    output = stdout + stderr;
    expect(output, 'all tests were run').to.match(/SUCCESS|FAILED/);
  });

  after(async () => {
    if (tests) await rm(tests, { recursive: true });
  });

  it('are valid', async () => {
    const { status, stdout, stderr } = await promtool(folder, ['check', 'rules', FILE]);
    expect(status, stdout + stderr).to.equal(0);
    expect(stdout).to.contain(`${rules.length} rules found`);
  });

  it('do not fire without trouble', () => expectPassed('none'));

  it('have each tests of firing and of not firing', () => {
    expect(Object.keys(CASES)).to.deep.equal(rules);
    for (const [alert, { fires, quiet }] of Object.entries(CASES)) {
      expect(fires, `${alert} fires`).to.not.be.empty;
      expect(quiet, `${alert} does not fire`).to.not.be.empty;
    }
  });

  for (const [alert, { fires, quiet }] of Object.entries(CASES)) {
    it(`${alert} fires when ${fires.map(({ when }) => when).join(', ')}; not when ${quiet.map(({ when }) => when).join(', ')}`, () => {
      expectPassed(alert);
    });
  }

  /** promtool names an expression of each test that failed. */
  function expectPassed(alert: string): void {
    const failed = output.split(/(?=expr: )/).filter((text) => text.includes(`"for ${alert}: `));
    expect(failed).to.deep.equal([]);
  }
});

/** Makes one test of those of all instances, which takes promtool a tenth of the time. */
function together(instances: readonly { alert: string; test: ReturnType<typeof testOf> }[]) {
  // Where there is another instance, there is a target.
  const isAlone = ({ alert }: { alert: string }) => alert === 'NetsvcAbsent';
  const tests = instances.filter((one) => !isAlone(one)).map(({ test }) => test);
  const all = {
    interval: '1m',
    input_series: tests.flatMap(({ input_series }) => input_series),
    promql_expr_test: tests.flatMap(({ promql_expr_test }) => promql_expr_test),
  };
  return [all, ...instances.filter(isAlone).map(({ test }) => test)];
}

/** A test that exactly the alerts of a case fire for an instance. */
function testOf(alert: string, each: Case, fires: boolean, instance: string) {
  const { when, series, at = 25, with: others = [], without = /^$/ } = each;
  const labels = `job="netsvc",instance="${instance}"`;
  const of = (name: string) => (name.includes('{') ? name.replace('{', `{${labels},`) : `${name}{${labels}}`);
  const healthy = Object.entries(HEALTHY).filter(([name]) => !without.test(name));
  const all = { ...Object.fromEntries(healthy), ...series };
  const firing = fires ? [alert, ...others] : [];
  // The name of the test, which promtool does not write for an expression.
  const label = `"for ${alert}: ${when.replaceAll('"', '')}"`;
  return {
    interval: '1m',
    input_series: Object.entries(all).map(([name, values]) => ({ series: of(name), values })),
    promql_expr_test: [
      {
        // An alert of no instance is one of all.
        expr: `label_replace(count by (alertname) (ALERTS{alertstate="firing",instance=~"|${instance}"}), "of", ${label}, "", "")`,
        eval_time: `${at}m`,
        exp_samples: firing.map((name) => ({ labels: `{alertname="${name}", of=${label}}`, value: 1 })),
      },
    ],
  };
}
