import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { projectFile } from './support/project-file.js';

const ROOT = projectFile('.');

/** What each path of a table in docs/architecture.md may import, by the paths. */
type Table = ReadonlyMap<string, readonly string[]>;

/** The tables with the columns `module`, `contents` and `imports`, whose last column has paths below lib/. */
function documentedModules(): Table {
  const rows = [...architecture().matchAll(/^\| `(lib\/[\w-]+)` *\|.*\| ([^|]*) \|$/gm)];
  return new Map(
    rows.map(([, path = '', imports = '']) => [
      path,
      [...imports.matchAll(/`([\w-]+)`/g)].map(([, to]) => `lib/${to}`),
    ]),
  );
}

/** The tables with the columns `room` and `contents`. A room may import the rooms above it in its table. */
function documentedRooms(): Table {
  const rooms = [...architecture().matchAll(/^\| `(lib\/[\w-]+\/[\w-]+)` *\|[^|]*\|$/gm)].map(([, path = '']) => path);
  return new Map(
    rooms.map((path, i) => [path, rooms.slice(0, i).filter((above) => moduleOf(above) === moduleOf(path))]),
  );
}

function architecture(): string {
  return readFileSync(projectFile('docs/architecture.md'), 'utf8');
}

/** Returns the first parts of a path: such as `lib/http` of `lib/http/fast/fast-request.ts`. */
function moduleOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

describe('the architecture', () => {
  let result: ICruiseResult;
  const modules = documentedModules();
  const rooms = documentedRooms();

  before(async function () {
    this.timeout(60_000);
    const { output } = await cruise(['lib'], {
      baseDir: ROOT,
      parser: 'swc',
      tsPreCompilationDeps: true,
      exclude: { path: 'node_modules' },
      skipAnalysisNotInRules: true,
      enhancedResolveOptions: { extensions: ['.ts', '.js'] },
      validate: true,
      ruleSet: { forbidden: [{ name: 'no-circular', severity: 'error', from: {}, to: { circular: true } }] },
    });
    result = output as ICruiseResult;
    expect(result.modules.length).to.be.greaterThan(100);
    expect(result.modules.filter(({ couldNotResolve }) => couldNotResolve)).to.deep.equal([]);
  });

  it('has the modules and rooms that docs/architecture.md lists', () => {
    const folders = readdirSync(join(ROOT, 'lib'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length).replace(/^\//, ''));
    expect([...modules.keys(), ...rooms.keys()]).to.have.members(folders);
  });

  it('has the imports that docs/architecture.md allows, and no others', () => {
    const wrong: string[] = [];
    for (const { source, dependencies } of result.modules) {
      if (!source.startsWith('lib/') || source === 'lib/index.ts') continue;
      for (const { resolved } of dependencies) {
        if (resolved.startsWith('lib/') && !isAllowed(source, resolved)) wrong.push(`${source} -> ${resolved}`);
      }
    }
    expect(wrong).to.deep.equal([]);
  });

  function isAllowed(source: string, target: string): boolean {
    if (moduleOf(source) !== moduleOf(target))
      return modules.get(moduleOf(source))?.includes(moduleOf(target)) ?? false;
    const allowed = rooms.get(dirname(source));
    // A file outside of rooms imports all of its module.
    return allowed === undefined || dirname(source) === dirname(target) || allowed.includes(dirname(target));
  }

  it('has no circular imports', () => {
    expect(result.summary.violations.map(({ from, to }) => `${from} -> ${to}`)).to.deep.equal([]);
  });

  it('has no file over 350 lines, nor have the specs', () => {
    const long = ['lib', 'spec', 'bench'].flatMap(sourcesIn).filter((file) => linesOf(file).length - 1 > 350);
    expect(long).to.deep.equal([]);
  });

  it('has no line over 120 columns', () => {
    const long = sourcesIn('lib').flatMap((file) =>
      linesOf(file).flatMap((line, i) => ([...line].length > 120 ? [`${file}:${i + 1}`] : [])),
    );
    expect(long).to.deep.equal([]);
  });
});

function sourcesIn(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => entry.endsWith('.ts')).map((entry) => join(folder, entry));
}

function linesOf(file: string): string[] {
  return readFileSync(join(ROOT, file), 'utf8').split('\n');
}
