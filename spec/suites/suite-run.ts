import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { SaxesParser } from 'saxes';

export type Outcome = 'passed' | 'failed' | 'skipped';

/** The outcomes of the tests of a suite, by their names. */
export type Outcomes = ReadonlyMap<string, Outcome>;

export const DRIVERS = ['MySQLdb', 'netsvc_dbapi'] as const;

/** A suite on each driver. */
export interface SuiteRun {
  readonly suite: string;
  readonly outcomes: readonly Outcomes[];
}

/** Runs pytest and returns the outcomes of its tests. The names of tests contain those of drivers, which are removed. */
export async function runPytest(
  python: string,
  args: readonly string[],
  { report, folder, env }: { report: string; folder: string; env: NodeJS.ProcessEnv },
): Promise<Outcomes> {
  const child = spawn(python, ['-B', '-m', 'pytest', `--junitxml=${report}`, ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // 1: tests have failed.
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0 && status !== 1) throw new Error(`pytest ended with ${status}`);
  return readReport(await readFile(report, 'utf8'));
}

function readReport(xml: string): Outcomes {
  const outcomes = new Map<string, Outcome>();
  let test = '';
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'testcase') {
      const suite = String(attributes.classname).replace(/^.*\.|_(mysql|mariadb)\+.*$/g, '');
      test = `${suite}::${attributes.name}`;
      outcomes.set(test, 'passed');
    } else if (name === 'failure' || name === 'error') {
      outcomes.set(test, 'failed');
    } else if (name === 'skipped') {
      outcomes.set(test, 'skipped');
    }
  });
  parser.write(xml).close();
  return outcomes;
}

/** Returns the tests whose outcomes differ, with both. */
export function differences({ outcomes: [real = new Map(), module = new Map()] }: SuiteRun): string[] {
  const names = [...new Set([...real.keys(), ...module.keys()])].filter((name) => real.get(name) !== module.get(name));
  return names.map((name) => `${name}: ${real.get(name) ?? 'absent'}, ${module.get(name) ?? 'absent'}`);
}

/** Returns a table in Markdown with a row for each suite. */
export function table(runs: readonly SuiteRun[]): string {
  const count = (outcomes: Outcomes, wanted: Outcome) => [...outcomes.values()].filter((one) => one === wanted).length;
  const head = ['suite', ...DRIVERS.map((driver) => `${driver}: passed, failed, skipped`), 'different'];
  const rows = runs.map((run) => [
    run.suite,
    ...run.outcomes.map((all) => (['passed', 'failed', 'skipped'] as const).map((one) => count(all, one)).join(', ')),
    String(differences(run).length),
  ]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
