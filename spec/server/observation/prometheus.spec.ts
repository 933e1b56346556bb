import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';
import { METRICS, type MetricDeclaration } from '#lib/server/observation/metric-declarations.js';
import { type Certificates, makeAuthority } from '../../support/certificates.js';
import { call, faultOf } from '../../support/client.js';
import { CursorClient } from '../../support/database-gateway.js';
import { ask } from '../../support/http.js';
import { testDatabase } from '../../support/mariadb.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { projectFile } from '../../support/project-file.js';
import {
  Prometheus,
  type PrometheusSample,
  prometheusFolder,
  promtool,
  SCRAPE_INTERVAL,
} from '../../support/prometheus.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/until.js';

interface Panel {
  readonly id: number;
  readonly type: 'row' | 'stat' | 'timeseries';
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: object;
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const ALERTS_FILE = projectFile('deploy/alerts.yml');
const dashboard = JSON.parse(readFileSync(projectFile('deploy/grafana.json'), 'utf8')) as Dashboard;
const charts = dashboard.panels.filter(({ type }) => type !== 'row');
const targets = charts.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));
/** The metric whose label `instance` has the values of the variable. */
const variable = JSON.stringify(dashboard.templating).match(/label_values\((\w+), instance\)/)?.[1] ?? '';
const rules = (parse(readFileSync(ALERTS_FILE, 'utf8')) as { groups: { rules: Rule[] }[] }).groups[0]?.rules ?? [];

/** The names and labels of what `/metrics` contains, and `up`, which Prometheus itself adds. */
function exposedSeries(): Map<string, readonly string[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const names = registry.getMetricsAsArray().map(({ name }): [string, readonly string[]] => [name, []]);
  const own = Object.entries<MetricDeclaration>(METRICS).flatMap(([name, { type, labels }]): typeof names =>
    type === 'histogram'
      ? ['_count', '_sum', '_bucket'].map((part) => [name + part, part === '_bucket' ? [...labels, 'le'] : labels])
      : [[name, labels]],
  );
  return new Map([...names, ...own, ['up', []]]);
}

/** Returns the series that an expression selects, with the labels that it compares. */
function selectedSeries(expression: string): { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expression.matchAll(/(\w+)\{([^}]*)\}/g)].map(([, name = '', matchers = '']) => ({
    name,
    labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"/g)].map(([, label = '']) => label),
  }));
}

describe('the dashboard and the alerts', () => {
  it('use metrics and labels that exist', () => {
    const exposed = exposedSeries();
    for (const { expr } of [...targets, ...rules]) {
      const selected = selectedSeries(expr);
      expect(selected, expr).to.not.be.empty;
      for (const { name, labels } of selected) {
        const known = exposed.get(name) ?? expect.fail(`${name} does not exist: ${expr}`);
        expect(['instance', 'job', ...known], expr).to.include.members([...labels]);
      }
    }
  });

  it('show every metric of netsvc', () => {
    const shown = targets.flatMap(({ expr }) => selectedSeries(expr).map(({ name }) => name));
    for (const name of Object.keys(METRICS)) {
      expect(shown.map((series) => series.replace(/_(?:count|bucket)$/, ''))).to.include(name);
    }
  });

  it('have panels with titles, units and descriptions, which do not overlap', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    expect(new Set(charts.map(({ title }) => title)).size).to.equal(charts.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).to.equal(cells.length);
    for (const { title, description, fieldConfig, targets = [] } of charts) {
      expect(description, title).to.match(/^[A-Z\d].+\.$/);
      expect(fieldConfig?.defaults.unit, title).to.match(/^\w+$/);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).to.equal(targets.length);
      for (const { expr } of targets) expect(expr, title).to.contain('{instance=~"$instance"');
    }
  });

  it('are described, with what to look at or to do', () => {
    expect(rules).to.have.length.above(20);
    expect(new Set(rules.map(({ alert }) => alert)).size).to.equal(rules.length);
    for (const { alert, for: duration, labels, annotations } of rules) {
      expect(duration, alert).to.match(/^\d+m$/);
      expect(['critical', 'warning'], alert).to.include(labels.severity);
      expect(alert).to.match(/^Netsvc\w+$/);
      for (const text of [annotations.summary, annotations.description]) expect(text, alert).to.match(/^\S.{20}/);
      const advice = /\b(?:look at|ask|check|compare|call|correct|raise|replace|report|see)\b|\bthe log\b.* has\b/i;
      expect(annotations.description, alert).to.match(advice);
    }
  });
});

describe('the dashboard in Prometheus', () => {
  let folder: string;
  let files: string;
  let authority: Certificates | undefined;
  let netsvc: RunningServer | undefined;
  let prometheus: Prometheus | undefined;
  let metrics: string;
  /** Of each query, the first answer with a value above zero, or else the last one. */
  const answers = new Map<string, readonly PrometheusSample[]>();

  before(async function () {
    this.timeout(90_000);
    const mysql = testDatabase(this);
    folder = prometheusFolder(this);
    const proxy = await TcpProxy.start({ path: new URL(mysql).searchParams.get('socket') ?? '' });
    const stock = `mysql://root@127.0.0.1:${proxy.port}/test`;
    netsvc = await RunningServer.start(['--config', await configurationFile({ shop: mysql, stock })], []);
    // The second database is unreachable from now on.
    await proxy.stop();
    const { host } = new URL(netsvc.adminUrl);
    prometheus = await Prometheus.start(folder, host, { username: 'grace', password: 'secret' });
    const login = (url: string) => url.replace('//', '//grace:secret@');
    const load = new Load(netsvc.endpoints.map(login), `${login(netsvc.adminUrl)}admin`);
    const running = load.run();
    const left = new Set([...targets.map(({ expr }) => expr), variable]);
    await until(async () => {
      await Promise.all([...left].map((expr) => answer(expr, host)));
      for (const expr of left) if (hasData(expr)) left.delete(expr);
      // Nothing changes before the next scrape, so more queries would only take time from other specs.
      if (left.size > 0) await new Promise((resolve) => setTimeout(resolve, SCRAPE_INTERVAL / 2));
      return left.size === 0;
    }, 60).catch(() => {});
    const headers = { Authorization: `Basic ${btoa('grace:secret')}` };
    metrics = (await ask(`${netsvc.adminUrl}metrics`, { method: 'GET', headers })).body;
    load.stop();
    await running;
  });

  after(async () => {
    await prometheus?.stop();
    await netsvc?.stop(0);
    await authority?.remove();
    if (files) await rm(files, { recursive: true });
  });

  async function configurationFile({ shop, stock }: { shop: string; stock: string }): Promise<string> {
    files = await mkdtemp(join(tmpdir(), 'netsvc-prometheus-'));
    await writeFile(join(files, 'users'), `grace:${hashSync('secret', 4)}\n`);
    authority = await makeAuthority();
    const { certificate, key } = await authority.issue('localhost');
    const configuration = {
      listeners: [{ port: 0 }, { port: 0, 'tls-certificate': certificate, 'tls-key': key }],
      users: 'users',
      admin: { port: 0, users: 'users' },
      connections: 2,
      'connect-wait': 0.2,
      'slow-query': 0.1,
      'query-timeout': 0.4,
      'result-memory': '64K',
      'memory-per-session': '64K',
      'audit-log': 'audit.log',
      'metrics-per-user': true,
      databases: { shop: { url: shop }, stock: { url: stock } },
    };
    await writeFile(join(files, 'netsvc.yaml'), JSON.stringify(configuration));
    return join(files, 'netsvc.yaml');
  }

  async function answer(expr: string, host: string): Promise<void> {
    const query = expr.replaceAll('$instance', host.replaceAll('.', '\\\\.')).replaceAll('$__rate_interval', '10s');
    expect(query).to.not.contain('$');
    answers.set(expr, (await prometheus?.query(query)) ?? []);
  }

  /** Whether the answer has a value above zero, unless nothing here can cause one. */
  const hasData = (expr: string) =>
    answers.get(expr)?.some(({ value }) => Number(value[1]) > 0 || expr.includes('netsvc_audit_lines_lost')) ?? false;

  for (const { title, refId, expr, legendFormat } of targets) {
    it(`has data for ${title}, query ${refId}`, () => {
      const samples = answers.get(expr) ?? [];
      expect(hasData(expr), expr).to.equal(true);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        for (const { metric } of samples) expect(metric, expr).to.have.property(label);
      }
    });
  }

  it('has the instances as values of its variable', () => {
    const instances = answers.get(variable)?.map(({ metric }) => metric.instance);
    expect(new Set(instances)).to.deep.equal(new Set([new URL(netsvc?.adminUrl ?? '').host]));
  });

  it('reads metrics that follow the conventions of Prometheus, except those of prom-client', async () => {
    const { status, stdout, stderr } = await promtool(folder, ['check', 'metrics'], metrics);
    // 3: it has complaints.
    expect(status, stderr).to.be.oneOf([0, 3]);
    const complaints = `${stdout}${stderr}`.split('\n').filter(Boolean);
    for (const complaint of complaints) expect(complaint).to.match(/^(?:nodejs|process)_\w+ /);
  });
});

/** Calls that make every metric change. */
class Load {
  readonly #shop: string;
  readonly #unreachable: string;
  readonly #admin: string;
  #stopped = false;

  constructor([shop = '', unreachable = '']: readonly string[], admin: string) {
    this.#shop = shop;
    this.#unreachable = unreachable;
    this.#admin = admin;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    const pinned = await this.#session();
    await pinned.call('begin');
    // More than --result-memory, in a spill file until the session ends.
    await pinned.execute("select repeat('x', 1000) from numbers where seq <= 1000");
    const operate = (method: string, ...args: unknown[]) => call(this.#admin, method, 'stock', ...args).catch(() => {});
    // A pause waits for attempts to connect, and then there are none.
    const pauses = setInterval(() => void operate('pause', 1), 5000);
    let disabled = false;
    // The other connection is in use, too, and so some requests wait, and some get none in time.
    const execute = (sql: string, url = this.#shop) => call(url, 'execute', sql).catch(() => {});
    const wrong = this.#shop.replace('secret', 'wrong');
    while (!this.#stopped) {
      await execute('select 1', wrong);
      // It is stopped by --query-timeout.
      await execute('select sleep(1)');
      await Promise.all([execute('select sleep(0.3)'), execute('select 2'), execute('select 3')]);
      await Promise.all([execute('select sleep(0.05)'), execute('select 4'), execute('select 5', this.#unreachable)]);
      disabled = !disabled;
      await operate(disabled ? 'disable' : 'enable');
      const session = await this.#session();
      await faultOf(session.execute('select * from nowhere'));
      await faultOf(session.execute('select %s', 'more than the session may hold'.repeat(10_000)));
      await session.call('close');
    }
    clearInterval(pauses);
    await pinned.call('close');
  }

  async #session(): Promise<CursorClient> {
    return new CursorClient(this.#shop, String(await call(this.#shop, 'cursor')));
  }
}
