import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { expect } from 'chai';
import { DatabaseGateway } from './support/database-gateway.js';
import { testDatabase } from './support/mariadb.js';
import { projectFile } from './support/project-file.js';
import { SuiteFolder } from './support/suite-folder.js';

/** Writes to the file LOADED what a process has loaded, when it ends. */
const REPORTER = `
  const { writeFileSync } = require('node:fs');
  process.on('exit', () => {
    const loaded = { files: Object.keys(require.cache), builtins: process.moduleLoadList };
    writeFileSync(process.env.LOADED, JSON.stringify(loaded));
  });`;

interface Loaded {
  /** Sources in lib/. */
  readonly sources: readonly string[];
  /** The names of packages. */
  readonly packages: readonly string[];
  /** The modules of Node.js that only some programs load. */
  readonly builtins: readonly string[];
}

describe('the programs of bin/ load what they use:', () => {
  const folder = new SuiteFolder();
  let contents: Readonly<Record<string, readonly string[]>>;

  before(async () => {
    await folder.write('reporter.cjs', REPORTER);
    contents = JSON.parse(await readFile(projectFile('dist/programs/contents.json'), 'utf8'));
  });

  /** Runs a command, which SIGTERM ends when it has printed a line, and returns what it has loaded. */
  async function loadedBy(command: string, args: readonly string[]): Promise<Loaded> {
    const report = folder.file('loaded.json');
    const env = { ...process.env, NODE_OPTIONS: `--require ${folder.file('reporter.cjs')}`, LOADED: report };
    const child = spawn(projectFile(`bin/${command}`), args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    if (args.includes('--database')) {
      await once(child.stdout, 'data');
      child.kill('SIGTERM');
    }
    child.stdout.resume();
    expect(await closed).to.deep.equal([0, null]);
    const { files, builtins } = JSON.parse(await readFile(report, 'utf8')) as Record<string, string[]>;
    const programs = files?.filter((file) => dirname(file) === projectFile('dist/programs')) ?? [];
    const inputs = programs.flatMap((file) => contents[basename(file)] ?? []);
    const packages = inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []);
    return {
      sources: inputs.filter((input) => input.startsWith('lib/')),
      packages: [...new Set(packages)].sort(),
      builtins: ['http', 'https', 'tls', 'zlib'].filter((name) => builtins?.includes(`NativeModule ${name}`)),
    };
  }

  it('netsvc --version', async () => {
    const { sources, packages, builtins } = await loadedBy('netsvc', ['--version']);
    expect(sources).to.have.members([
      'lib/server/main.ts',
      'lib/server/configuration/problems.ts',
      'lib/system/package-file.ts',
    ]);
    expect([packages, builtins]).to.deep.equal([[], []]);
  });

  it('netsvc --help', async () => {
    const { sources, packages } = await loadedBy('netsvc', ['--help']);
    expect(packages).to.include.members(['commander', 'zod']).and.not.include.members(['mysql2']);
    expect(sources).not.to.include('lib/server/instance/netsvc-server.ts');
  });

  it('a server without operators', async function () {
    const { sources, packages } = await loadedBy('netsvc', [
      ...['--port', '0', '--log-level', 'error'],
      ...['--database', testDatabase(this)],
    ]);
    expect(packages).to.include('mysql2');
    expect(packages.filter((name) => ['bcryptjs', 'prom-client', '@opentelemetry/api'].includes(name))).to.deep.equal(
      [],
    );
    expect(sources).to.include('lib/server/commands/serve.ts');
    for (const name of ['private-server', 'admin-pages', 'metrics', 'passwd', 'ready-check', 'effective-configuration'])
      expect(sources.filter((source) => source.endsWith(`/${name}.ts`))).to.deep.equal([]);
  });

  it('rpc-call --version', async () => {
    const { sources, packages, builtins } = await loadedBy('rpc-call', ['--version']);
    expect(sources).not.to.include('lib/rpc-call/command/command-line.ts');
    expect([packages, builtins]).to.deep.equal([[], []]);
  });

  it('rpc-call URL METHOD', async function () {
    const gateway = await DatabaseGateway.start(testDatabase(this));
    try {
      const { sources, packages, builtins } = await loadedBy('rpc-call', [gateway.url, 'execute', 'select 1']);
      expect(packages).to.deep.equal(['lossless-json', 'sax', 'saxes', 'xmlbuilder', 'xmlchars', 'xmlrpc']);
      expect(builtins).to.deep.equal(['http']);
      expect(sources.filter((path) => /\/(?:import|prompt)\/|-rows|sql|command-line/.test(path))).to.deep.equal([]);
    } finally {
      await gateway.stop();
    }
  });
});
