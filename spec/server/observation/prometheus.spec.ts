import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';
import { METRICS, type MetricDeclaration } from '#lib/server/observation/metric-declarations.js';
import { projectFile } from '../../support/project-file.js';
import { prometheusFolder, promtool } from '../../support/prometheus.js';
import { SuiteFolder } from '../../support/suite-folder.js';

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
  const queries = new SuiteFolder();
  const exposed = exposedSeries();

  it('use metrics and labels that exist', () => {
    expect(exposed.has(variable), variable).to.equal(true);
    for (const { expr } of [...targets, ...rules]) {
      const selected = selectedSeries(expr);
      expect(selected, expr).to.not.be.empty;
      for (const { name, labels } of selected) {
        const known = exposed.get(name) ?? expect.fail(`${name} does not exist: ${expr}`);
        expect(['instance', 'job', ...known], expr).to.include.members([...labels]);
      }
    }
  });

  it('name lines by labels that the results of queries have', () => {
    for (const { expr, legendFormat } of targets) {
      const [, grouped] = /\bby \(([^)]*)\)/.exec(expr) ?? [];
      const ofMetrics = selectedSeries(expr).flatMap(({ name }) => exposed.get(name) ?? []);
      const labels = grouped === undefined ? ['instance', ...ofMetrics] : grouped.split(', ');
      for (const label of labels) expect(['instance', ...ofMetrics], expr).to.include(label);
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(labels, expr).to.include(label);
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

  it('have queries that Prometheus can read', async function () {
    const folder = prometheusFolder(this);
    const rules = targets.map(({ expr }, i) => ({
      record: `query_${i}`,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    }));
    const file = await queries.write('queries.yml', { groups: [{ name: 'dashboard', rules }] });
    const { status, stdout, stderr } = await promtool(folder, ['check', 'rules', '--lint=none', file]);
    expect(status, stdout + stderr).to.equal(0);
    expect(stdout).to.contain(`${targets.length} rules found`);
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
