import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { projectFile } from '../../support/project-file.js';
import { prometheusFolder, promtool } from '../../support/prometheus.js';
import { SuiteFolder } from '../../support/suite-folder.js';

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

/** What differs from a healthy instance, and whether that makes its alert fire, and no other one but those of `with`. */
interface Case extends Rest {
  readonly fires: boolean;
  readonly when: string;
  readonly series: Series;
}

interface Rest {
  /** When the alert is asked for, in minutes: 25 by default. */
  readonly at?: number;
  /** Other alerts that see the same. */
  readonly with?: readonly string[];
  /** Series that there are not. */
  readonly without?: RegExp;
}

const fires = (when: string, series: Series, rest: Rest = {}): Case => ({ fires: true, when, series, ...rest });
const quiet = (when: string, series: Series, rest: Rest = {}): Case => ({ fires: false, when, series, ...rest });

/** A metric of the database. */
const ofShop = (name: string, values: string) => ({ [`netsvc_${name}{database="shop"}`]: values });
const refusals = (status: number, values: string) => ({ [`netsvc_http_refusals_total{status="${status}"}`]: values });
const disk = (values: string) => ({ 'netsvc_refusals_total{resource="disk",database=""}': values });
const rows = (values: string) => ({ 'netsvc_memory_bytes{kind="rows"}': values });
const expiry = (values: string) => ({ 'netsvc_certificate_expiry_timestamp_seconds{listener="a:1"}': values });
const starts = (values: string) => ({ process_start_time_seconds: values });
const fault = (method: string, code: number, values: string) => ({
  [`netsvc_call_duration_seconds_count{endpoint="shop",method="${method}",fault="${code}"}`]: values,
});

/** Prometheus itself was down from the tenth minute to the 20th: it has no values, and then those of before. */
const gap = (series: Series = {}): Series =>
  withValues({ ...HEALTHY, ...series }, (values) => values.replace(/^(\S+)x40$/, (_all, each) => gapOf(each)));

function gapOf(each: string): string {
  const [start = '', step = '0'] = each.split('+');
  const at = (minute: number) => Number(start) + minute * Number(step);
  return `${at(0)}+${step}x10 _x9 ${at(20)}+${step}x20`;
}

/** A healthy instance for longer, except for `series`. */
const long = (series: Series): Series => ({
  ...withValues(HEALTHY, (values) => values.replace(/x40$/, 'x100')),
  ...series,
});

function withValues(series: Series, change: (values: string) => string): Series {
  return Object.fromEntries(Object.entries(series).map(([name, values]) => [name, change(values)]));
}

const CASES: Readonly<Record<string, readonly Case[]>> = {
  NetsvcDown: [
    fires('the instance does not answer', { up: '1x19 0x20' }),
    quiet('one scrape fails', { up: '1x24 0 1x20' }),
  ],
  NetsvcAbsent: [
    fires('there is no target', { up: '1x4 _x40' }, { without: /./ }),
    quiet('Prometheus was down', gap(), { at: 20 }),
  ],
  NetsvcRestarts: [
    fires('it restarts every five minutes', starts('1x5 2x4 3x4 4x40')),
    quiet('it is restarted twice', starts('1x5 2x4 3x40')),
  ],
  NetsvcUnavailable: [
    ...[51, 1045, 1290].map((code) => fires(`fault ${code} is a fifth of the calls`, calls('cursor', `${code}`, 15))),
    fires('fault 57 is', calls('cursor', '57', 15), { with: ['NetsvcInternalErrors'] }),
    fires('fault 2003 is', calls('cursor', '2003', 15), { with: ['NetsvcConnectionsLost'] }),
    quiet('a few calls of many fail', calls('cursor', '51', 3)),
    quiet('a restart of MySQL fails calls of a minute', fault('execute', 2003, '0x20 60x20')),
    quiet('clients send what is wrong', calls('execute', '1064', 20)),
  ],
  NetsvcFaults: [
    fires('most calls fail with an error of their statement', calls('execute', '1146', 100)),
    quiet('a third of them does', calls('execute', '1146', 30)),
  ],
  NetsvcDatabaseUnreachable: [
    fires('MySQL cannot be reached', ofShop('database_unreachable', '0x20 1x20')),
    quiet('MySQL restarts', {
      ...ofShop('connection_failures_total', '7x23 57x20'),
      ...ofShop('database_unreachable', '0x23 1 0x20'),
    }),
  ],
  NetsvcConnectionFailures: [
    fires('attempts to connect fail for minutes', ofShop('connection_failures_total', '0x15 1+2x24')),
    quiet('one attempt fails', ofShop('connection_failures_total', '0x23 1x20')),
    quiet('MySQL restarts for a minute', ofShop('connection_failures_total', '0x21 60x20')),
    quiet('they had failed before Prometheus was down', gap(ofShop('connection_failures_total', '50x40')), { at: 22 }),
  ],
  NetsvcConnectionTimeouts: [
    fires('requests get no connection', ofShop('connection_timeouts_total', '0x12 0+6x28')),
    quiet('one request got none', ofShop('connection_timeouts_total', '3x23 4x20')),
    quiet('few of many requests get none', ofShop('connection_timeouts_total', '0+1x40')),
  ],
  NetsvcRequestsWaiting: [
    fires('requests wait', ofShop('connections_waiting', '0x15 5x25')),
    quiet('they wait now and then', ofShop('connections_waiting', '5 5 0 5 5 5 0 4x3 0 5x3 0 5x3 0 1 1 0 5x3')),
  ],
  NetsvcDatabasePaused: [
    fires('a pause is not lifted', ofShop('database_paused', '0x5 1x35')),
    quiet('a pause of ten minutes', ofShop('database_paused', '0x14 1x10 0x20'), { at: 24 }),
  ],
  NetsvcDatabaseDisabled: [
    fires('a database stays disabled', long(ofShop('database_disabled', '0x5 1x95')), { at: 70 }),
    quiet('it is disabled for half an hour', ofShop('database_disabled', '0x5 1x35'), { at: 35 }),
  ],
  NetsvcSessionsNearLimit: [
    fires('few sessions are left', ofShop('sessions', '201x40')),
    quiet('a tenth is left', ofShop('sessions', '200x40')),
  ],
  NetsvcInternalErrors: [
    fires('fault 57 is repeated', fault('fetchall', 57, '1x22 2x20')),
    fires('a method fails for the first time with fault 57', fault('scroll', 57, '_x22 1x20')),
    fires('that is in a new process', { ...fault('scroll', 57, '_x22 1x20'), ...starts('1x19 2x20') }),
    quiet('Prometheus was down', gap(), { at: 22 }),
    quiet('Prometheus was down a little longer ago', gap(), { at: 24 }),
    quiet('it was long ago', fault('scroll', 57, '_x10 1x30')),
  ],
  NetsvcConnectionsLost: [
    fires('connections are lost for minutes', calls('fetchall', '2006', 2)),
    quiet('MySQL restarts', fault('fetchall', 2013, '0x22 50x20')),
    quiet('Prometheus was down', gap(fault('fetchall', 2006, '500x40')), { at: 24 }),
  ],
  NetsvcSlowCalls: [
    fires('calls are slow', calls('commit', '', 60, 10)),
    quiet('one of a thousand is slow', { ...calls('execute', '', 2000), ...calls('commit', '', 2, 10) }),
  ],
  NetsvcEventLoopLag: [
    fires('the event loop lags', { nodejs_eventloop_lag_p99_seconds: '0.6x40' }),
    fires('single calls stop it again and again', { nodejs_eventloop_lag_max_seconds: '3x40' }),
    quiet('it stops once', { nodejs_eventloop_lag_max_seconds: '0.2x23 9 0.2x20' }),
  ],
  NetsvcRefusals: [fires('requests are refused', disk('0+1x40')), quiet('one is refused', disk('0x20 1x20'))],
  NetsvcUnauthorised: [
    fires('nearly all requests get 401', refusals(401, '0+600x40')),
    quiet('each client asks first without a password', refusals(401, '0+63x40')),
  ],
  NetsvcHttpRefusals: [
    ...[404, 429, 503].map((status) => fires(`many requests get ${status}`, refusals(status, '0+40x40'))),
    quiet('sessions of a moment get 404', refusals(404, '0x20 500x20')),
  ],
  NetsvcFileDescriptors: [
    fires('few are left', { process_open_fds: '1000x40' }),
    quiet('an eighth is left', { process_open_fds: '896x40' }),
  ],
  NetsvcMemoryNearLimit: [fires('little is left', rows('650x40')), quiet('a peak passes', rows('300x21 650x3 300x20'))],
  NetsvcCertificateExpired: [
    fires('it has expired', expiry('60x40')),
    quiet('it expires in an hour', expiry('5100x40')),
  ],
  NetsvcCertificateExpires: [
    fires('it expires within two weeks', long(expiry(`${10 * DAY}x100`)), { at: 70 }),
    quiet('it expires in three weeks', long(expiry(`${21 * DAY}x100`)), { at: 70 }),
  ],
  NetsvcReloadFailed: [
    fires('a reload failed', { netsvc_reload_success: '1x15 0x25' }),
    quiet('the next one succeeded', { netsvc_reload_success: '1x21 0 0 1x20' }),
  ],
  NetsvcAuditLinesLost: [
    fires('lines are lost', { netsvc_audit_lines_lost_total: '8x22 9x20' }),
    quiet('lines were lost before Prometheus was down', gap(), { at: 21 }),
  ],
};

const FILE = projectFile('deploy/alerts.yml');
const rules = (parse(readFileSync(FILE, 'utf8')) as { groups: { rules: { alert: string }[] }[] }).groups.flatMap(
  ({ rules }) => rules.map(({ alert }) => alert),
);

describe('the alerts', () => {
  let folder: string;
  const tests = new SuiteFolder();
  let output = '';

  before(async function () {
    this.timeout(60_000);
    folder = prometheusFolder(this);
    const all = Object.entries({ none: [quiet('there is no trouble', {})], ...CASES });
    const cases = all.flatMap(([alert, some]) => some.map((each) => ({ alert, each })));
    const instances = cases.map(({ alert, each }, i) => ({ alert, test: testOf(alert, each, `a:${i}`) }));
    const content = { rule_files: [FILE], evaluation_interval: '1m', tests: together(instances) };
    const file = await tests.write('test.yml', content);
    const { stdout, stderr } = await promtool(folder, ['test', 'rules', file]);
    output = stdout + stderr;
    expect(output, 'all tests were run').to.match(/SUCCESS|FAILED/);
  });

  it('are valid', async () => {
    const { status, stdout, stderr } = await promtool(folder, ['check', 'rules', FILE]);
    expect(status, stdout + stderr).to.equal(0);
    expect(stdout).to.contain(`${rules.length} rules found`);
  });

  it('do not fire without trouble', () => expectPassed('none'));

  it('have each tests of firing and of not firing', () => {
    expect(Object.keys(CASES)).to.deep.equal(rules);
    for (const [alert, cases] of Object.entries(CASES)) {
      expect(new Set(cases.map(({ fires }) => fires)).size, alert).to.equal(2);
    }
  });

  for (const [alert, cases] of Object.entries(CASES)) {
    const when = (fires: boolean) => cases.filter((each) => each.fires === fires).map(({ when }) => when);
    it(`${alert} fires when ${when(true).join(', ')}; not when ${when(false).join(', ')}`, () => expectPassed(alert));
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
function testOf(alert: string, each: Case, instance: string) {
  const { fires, when, series, at = 25, with: others = [], without = /^$/ } = each;
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
