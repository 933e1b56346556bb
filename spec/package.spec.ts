import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { projectFile } from './support/project-file.js';

/** A program that serves a counter, calls it, and shuts down. */
const PROGRAM = `
class Counter extends Service {
  constructor(registry) {
    super('counter', registry);
    this.exportMethod(() => 42, { name: 'count', params: [], returns: 'int' });
  }
}
const registry = new ServiceRegistry();
new Counter(registry);
serve({ port: 0, registry }).then(async (server) => {
  const body = '<?xml version="1.0"?><methodCall><methodName>count</methodName></methodCall>';
  const headers = { 'Content-Type': 'text/xml' };
  const response = await fetch(server.url + 'counter', { method: 'POST', headers, body });
  console.log(/<int>(.*?)<\\/int>/.exec(await response.text())[1], typeof Database);
  await server.close();
});`;

describe('the packed package', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netsvc-package-'));
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
    const tarball = execFileSync('npm', pack, { cwd: projectFile('.'), encoding: 'utf8' }).trim();
    const installed = join(folder, 'node_modules/netsvc');
    await mkdir(installed, { recursive: true });
    execFileSync('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components=1']);
    const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) {
      const link = join(folder, 'node_modules', name);
      // The name may have a scope.
      await mkdir(dirname(link), { recursive: true });
      await symlink(projectFile(`node_modules/${name}`), link);
    }
  });

  after(() => rm(folder, { recursive: true }));

  const run = async (file: string, program: string): Promise<string> => {
    await writeFile(join(folder, file), program);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
    expect(stderr).to.equal('');
    return stdout.trim();
  };

  it('works from an ES module', async () => {
    const imports =
      "import { serve, Service, ServiceRegistry } from 'netsvc'; import { Database } from 'netsvc/database';";
    expect(await run('program.mjs', imports + PROGRAM)).to.equal('42 function');
  });

  it('works from a CommonJS module', async () => {
    const imports =
      "const { serve, Service, ServiceRegistry } = require('netsvc'); const { Database } = require('netsvc/database');";
    expect(await run('program.cjs', imports + PROGRAM)).to.equal('42 function');
  });

  it('contains the commands, the documents and the examples', async () => {
    const installed = join(folder, 'node_modules/netsvc');
    const files = await readdir(installed, { recursive: true });
    expect(files).to.include.members(['README.md', 'CHANGELOG.md', 'LICENSE', 'bin/netsvc', 'bin/rpc-call']);
    expect(files).to.include('clients/python/netsvc_dbapi.py');
    expect(files).to.include.members(['deploy/grafana.json', 'deploy/alerts.yml', 'deploy/netsvc.service']);
    expect(files).to.include.members(['docs/framework.md', 'examples/counter.ts', 'dist/index.d.ts', 'lib/index.ts']);
    const version = execFileSync(process.execPath, [join(installed, 'bin/netsvc'), '--version'], { encoding: 'utf8' });
    expect(version).to.match(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('the type declarations', () => {
  const dist = projectFile('dist');

  /**
   * The names that a declaration file imports or re-exports, and from which file: the compiler keeps only those that
   * signatures need.
   */
  const names = (text: string, keyword: 'import' | 'export') =>
    [...text.matchAll(new RegExp(`${keyword} (?:type )?\\{([^}]*)\\} from '(\\.[^']*)\\.js'`, 'g'))].flatMap(
      ([, list = '', from = '']) =>
        list.split(',').map((name) => ({
          name: name
            .trim()
            .replace(/^type /, '')
            .replace(/ as .*/, ''),
          from,
        })),
    );

  it('name only types that the package exports', async () => {
    const indexes = ['index.d.ts', 'database/index.d.ts'].map((file) => join(dist, file));
    const exported = new Set<string>();
    const files = new Set<string>();
    for (const index of indexes) {
      for (const { name, from } of names(await readFile(index, 'utf8'), 'export')) {
        exported.add(name);
        files.add(`${resolve(dirname(index), from)}.d.ts`);
      }
    }
    expect(exported.size).to.be.greaterThan(50);
    const missing: string[] = [];
    for (const file of files) {
      for (const { name } of names(await readFile(file, 'utf8'), 'import')) {
        if (!exported.has(name)) missing.push(`${relative(dist, file)}: ${name}`);
      }
    }
    expect(missing).to.deep.equal([]);
  });
});
