import { OTHERS, type SpecResult, type SuiteRun } from './suite-run.js';

/** Returns a table in Markdown with a row for each run and a column for each suite. */
export function table(runs: readonly SuiteRun[]): string {
  const suites = [...new Set(runs.flatMap(({ results }) => results.map(({ suite }) => suite)))].sort(
    (a, b) => Number(a === OTHERS) - Number(b === OTHERS) || a.localeCompare(b),
  );
  const rows = [
    ['server', 'Node', ...suites, 'all', 'seconds'],
    ...runs.map(({ server, node, results, seconds }) => [
      server,
      node,
      ...suites.map((suite) => counts(results.filter((result) => result.suite === suite))),
      counts(results),
      String(seconds),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [...rows.slice(0, 1), widths.map((width) => '-'.repeat(width)), ...rows.slice(1)].map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return lines.join('\n');
}

/** Returns a table with a row for each server and a column for each version of Node.js. */
export function totals(runs: readonly SuiteRun[]): string {
  const unique = (values: readonly string[]) => [...new Set(values)];
  const nodes = unique(runs.map(({ node }) => node));
  const rows = unique(runs.map(({ server }) => server)).map((name) => [
    name,
    ...nodes.map((version) => {
      const run = runs.find(({ server, node }) => server === name && node === version);
      return run === undefined ? '' : counts(run.results);
    }),
  ]);
  const head = ['server', ...nodes.map((node, i) => (i === 0 ? `Node.js ${node}` : node))];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Returns the number of specs that passed, or `passed/failed/pending`. */
function counts(results: readonly SpecResult[]): string {
  const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  const [passed, failed, pending] = [count('passed'), count('failed'), count('pending')];
  return failed + pending === 0 ? String(passed) : `${passed}/${failed}/${pending}`;
}

/** Returns the pending specs by reason. */
export function pendingSpecs(runs: readonly SuiteRun[]): string {
  const reasons = new Map<string, SpecOnRuns[]>();
  for (const spec of specsOf(runs, 'pending')) {
    const reason = reasonOf(spec.title);
    reasons.set(reason, [...(reasons.get(reason) ?? []), spec]);
  }
  return [...reasons]
    .map(([reason, specs]) =>
      [`${reason}:`, ...specs.map(({ title, on }) => `  ${plainTitle(title)} [${on}]`)].join('\n'),
    )
    .join('\n');
}

export function failures(runs: readonly SuiteRun[]): string {
  return specsOf(runs, 'failed')
    .map(({ title, on, error }) => `${title} [${on}]\n${error.replaceAll(/^/gm, '    ')}`)
    .join('\n');
}

interface SpecOnRuns {
  readonly title: string;
  readonly error: string;
  readonly runs: readonly SuiteRun[];
  /** Such as `MySQL 9.7.4: Node 20.1.0, 24.1.0`. */
  readonly on: string;
}

/** Returns each spec with one outcome, and the runs in which it had it. */
function specsOf(runs: readonly SuiteRun[], outcome: SpecResult['outcome']): SpecOnRuns[] {
  const found = new Map<string, { error: string; runs: SuiteRun[] }>();
  for (const run of runs) {
    for (const { title, error } of run.results.filter((result) => result.outcome === outcome)) {
      const spec = found.get(title) ?? { error, runs: [] };
      if (!spec.runs.includes(run)) spec.runs.push(run);
      found.set(title, spec);
    }
  }
  return [...found].map(([title, { error, runs: on }]) => ({ title, error, runs: on, on: describe(on) }));
}

function describe(runs: readonly SuiteRun[]): string {
  const servers = [...new Set(runs.map(({ server }) => server))];
  const nodes = (name: string) => runs.filter(({ server }) => server === name).map(({ node }) => node);
  return servers.map((server) => `${server}: Node ${nodes(server).join(', ')}`).join('; ');
}

/** The reason that `pend` puts into titles. */
const REASON = / \(pending: (.*?)\)(?= |$)/;

function reasonOf(title: string): string {
  return REASON.exec(title)?.[1] ?? 'no reason is given';
}

function plainTitle(title: string): string {
  return title.replace(REASON, '');
}
