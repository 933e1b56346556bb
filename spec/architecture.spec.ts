import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { projectFile } from './support/project-file.js';

const ROOT = projectFile('.');

interface Module {
  /** Such as `lib/http`. */
  readonly path: string;
  /** The paths of the modules that it may import. */
  readonly imports: readonly string[];
}

/** Reads the tables of docs/architecture.md that have the columns `module` and `imports`. */
function documentedModules(): Module[] {
  const modules: { path: string; imports: string[] }[] = [];
  for (const line of readFileSync(projectFile('docs/architecture.md'), 'utf8').split('\n')) {
    const [path, imports] = /^\| `(lib\/[\w/-]+)` *\|.*\| ([^|]*) \|$/.exec(line)?.slice(1) ?? [];
    if (path === undefined || imports === undefined) continue;
    modules.push({ path, imports: [...imports.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name) });
  }
  // The last column has the last part of each path.
  const pathOf = (name: string) => modules.find(({ path }) => path.endsWith(`/${name}`))?.path ?? `unknown ${name}`;
  return modules.map(({ path, imports }) => ({ path, imports: imports.map(pathOf) }));
}

/** Returns the module of a file: the one with the longest path. */
function moduleOf(file: string, modules: readonly Module[]): string {
  const paths = modules.map(({ path }) => path).filter((path) => file.startsWith(`${path}/`));
  return paths.sort((a, b) => b.length - a.length)[0] ?? file;
}

describe('the architecture', () => {
  let result: ICruiseResult;
  const modules = documentedModules();

  before(async function () {
    this.timeout(60_000);
    const { output } = await cruise(['lib'], {
      baseDir: ROOT,
      parser: 'swc',
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      enhancedResolveOptions: { extensions: ['.ts', '.js'] },
      validate: true,
      ruleSet: { forbidden: [{ name: 'no-circular', severity: 'error', from: {}, to: { circular: true } }] },
    });
    result = output as ICruiseResult;
    expect(result.modules.length).to.be.greaterThan(100);
    expect(result.modules.filter(({ couldNotResolve }) => couldNotResolve)).to.deep.equal([]);
  });

  it('has the modules that docs/architecture.md lists', () => {
    const folders = readdirSync(join(ROOT, 'lib'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length).replace(/^\//, ''));
    expect(modules.map(({ path }) => path)).to.have.members(folders);
  });

  it('has the imports that docs/architecture.md allows, and no others', () => {
    const wrong: string[] = [];
    for (const { source, dependencies } of result.modules) {
      if (!source.startsWith('lib/') || source === 'lib/index.ts') continue;
      const from = moduleOf(source, modules);
      const allowed = modules.find(({ path }) => path === from)?.imports ?? [];
      for (const { resolved } of dependencies) {
        if (!resolved.startsWith('lib/')) continue;
        const to = moduleOf(resolved, modules);
        if (to !== from && !allowed.includes(to)) wrong.push(`${source} -> ${resolved}`);
      }
    }
    expect(wrong).to.deep.equal([]);
  });

  it('has no circular imports', () => {
    expect(result.summary.violations.map(({ from, to }) => `${from} -> ${to}`)).to.deep.equal([]);
  });

  it('has no file over 350 lines, and no line over 120 columns', () => {
    const long: string[] = [];
    for (const { source } of result.modules.filter(({ source }) => source.startsWith('lib/'))) {
      const lines = readFileSync(projectFile(source), 'utf8').split('\n');
      if (lines.length - 1 > 350) long.push(`${source}: ${lines.length - 1} lines`);
      lines.forEach((line, i) => {
        if ([...line].length > 120) long.push(`${source}:${i + 1}`);
      });
    }
    expect(long).to.deep.equal([]);
  });
});
