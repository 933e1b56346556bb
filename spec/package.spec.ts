import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { call } from './support/client.js';
import { testDatabase } from './support/mariadb.js';
import { fencesOf } from './support/markdown.js';
import { ended } from './support/netsvc-process.js';
import { copyNewData } from './support/new-data.js';
import { copyProductionPackages } from './support/production-packages.js';
import { projectFile } from './support/project-file.js';
import { SuiteFolder } from './support/suite-folder.js';
import { pend } from './support/test-server.js';

/** The files and folders of the package. */
const CONTENTS =
  'bin clients completions deploy dist docs examples lib man CHANGELOG.md CONTRIBUTING.md LICENSE README.md package.json'.split(
    ' ',
  );

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
  const folder = new SuiteFolder();

  before(async () => {
    const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder.path];
    const tarball = execFileSync('npm', pack, { cwd: projectFile('.'), encoding: 'utf8' }).trim();
    const installed = folder.file('node_modules/netsvc');
    await mkdir(installed, { recursive: true });
    execFileSync('tar', ['-xzf', folder.file(tarball), '-C', installed, '--strip-components=1']);
    await copyProductionPackages(folder.path);
    await linkCommands(installed);
  });

  const run = async (file: string, program: string): Promise<string> => {
    await folder.write(file, program);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: folder.path });
    expect(stderr).to.equal('');
    return stdout.trim();
  };

  /** Starts a command of the package, as npx does, in a folder that is no checkout. */
  const start = (name: string, ...args: string[]) =>
    spawn(folder.file('node_modules/.bin', name), args, {
      cwd: folder.path,
      env: { ...process.env, NETSVC_DATABASE: '' },
    });

  it('has commands that run with npx', async () => {
    const { version } = JSON.parse(await readFile(projectFile('package.json'), 'utf8')) as { version: string };
    const printed = { status: 0, stdout: `${version}\n`, stderr: '' };
    expect(await ended(spawn('npx', ['--no', 'netsvc', '--', '--version'], { cwd: folder.path }))).to.deep.equal(
      printed,
    );
    expect(await ended(start('rpc-call', '--version'))).to.deep.equal(printed);
  });

  it('starts a private server, and calls it', async function () {
    testDatabase(this);
    await copyNewData(folder.file('data'));
    const netsvc = start('netsvc', '--port', '0', '--data', folder.file('data'), '--log-level', 'warn');
    const end = ended(netsvc);
    const [ready] = (await once(netsvc.stdout, 'data')) as [string];
    const url = /http:\S+/.exec(ready)?.[0];
    const called = await ended(start('rpc-call', `${url}database`, '--sql', 'select 6 * 7', '--raw'));
    netsvc.kill('SIGTERM');
    expect(called).to.deep.equal({ status: 0, stdout: '42\n', stderr: '' });
    expect(await end).to.include({ status: 0, stderr: '' });
  });

  it('names what is missing in one line if there is no server to start', async function () {
    const { status, stdout, stderr } = await ended(hidingServers(folder.path));
    if (/^(?:unshare|mount):/.test(stderr)) return pend(this, 'folders of servers cannot be hidden');
    expect([status, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.equal(
      "netsvc: cannot find mariadbd or mysqld: install MariaDB (Debian's mariadb-server) or MySQL, or set --database\n",
    );
  });

  it('runs an example with the commands of docs/framework.md', async () => {
    const fence = fencesOf('docs/framework.md').find(({ text }) => text.startsWith('npm init'));
    const packages = [...(fence?.text ?? '').matchAll(/^npm install (?:--save-dev )?(.*?)(?: +#.*)?$/gm)];
    expect(packages.map(([, names]) => names)).to.deep.equal(['netsvc', 'typescript @types/node']);
    const script = (fence?.text ?? '').replaceAll(/^npm install .*$/gm, ':').replace(/^node /m, 'exec node ');
    const program = folder.file('counter');
    await mkdir(program);
    await linkCompiler(folder.file('node_modules'));
    await symlink('../node_modules', join(program, 'node_modules'));
    const child = spawn('sh', ['-ec', script], { cwd: program, env: { ...process.env, PORT: '0' } });
    const end = ended(child);
    let url: string | undefined;
    for await (const line of createInterface(child.stdout)) {
      [, url] = /^listening on (http:\S+)$/.exec(line) ?? [];
      if (url) break;
    }
    if (url) expect(await call(`${url}counters/${await call(`${url}counters`, 'open')}`, 'add', 41)).to.equal(41);
    child.kill('SIGTERM');
    expect(await end).to.include({ status: 0, stderr: '' });
    expect(url).to.be.a('string');
  });

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

  it('contains the commands, the documents and the examples, and nothing else', async () => {
    const installed = folder.file('node_modules/netsvc');
    const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(installed, join(parentPath, name)));
    expect(files).to.include.members(['README.md', 'CHANGELOG.md', 'LICENSE', 'bin/netsvc', 'bin/rpc-call']);
    expect(files).to.include('clients/python/netsvc_dbapi/__init__.py');
    expect(files).to.include.members(['deploy/grafana.json', 'deploy/alerts.yml', 'deploy/netsvc.service']);
    expect(files).to.include.members(['docs/framework.md', 'examples/counter.ts', 'dist/index.d.ts', 'lib/index.ts']);
    expect(files).to.include.members(['deploy/netsvc.service', 'deploy/netsvc.socket', 'deploy/Containerfile']);
    expect(new Set(files.map((file) => file.split('/')[0]))).to.have.all.keys(CONTENTS);
    expect(files.filter((file) => file.startsWith('bin/'))).to.have.members([
      'bin/netsvc',
      'bin/package.json',
      'bin/rpc-call',
    ]);
    expect(files.filter((file) => /__pycache__|\.built/.test(file))).to.deep.equal([]);
  });
});

/** What `npm install --save-dev typescript` installs. The types of Node.js are those that mysql2 needs. */
async function linkCompiler(modules: string): Promise<void> {
  for (const name of ['typescript', '.bin/tsc']) {
    await symlink(projectFile(`node_modules/${name}`), join(modules, name));
  }
}

/** Creates the links of `npm install`. */
async function linkCommands(installed: string): Promise<void> {
  const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  const links = join(installed, '../.bin');
  await mkdir(links);
  for (const [name, path] of Object.entries(bin))
    await symlink(relative(links, join(installed, path)), join(links, name));
}

/** Starts netsvc where it finds no MySQL or MariaDB, in a mount namespace of its own. */
function hidingServers(folder: string): ChildProcess {
  // A folder without one.
  const commands = join(folder, 'node_modules/.bin');
  const script = `
    for folder in /usr/sbin /usr/local/sbin /usr/libexec /usr/local/mysql/bin; do
      [ ! -d $folder ] || mount --bind ${commands} $folder || exit
    done
    exec ${commands}/netsvc --port 0`;
  const PATH = [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  const env = { ...process.env, PATH, NETSVC_DATABASE: '' };
  return spawn('unshare', ['--map-root-user', '--mount', 'sh', '-c', script], { cwd: folder, env });
}

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
