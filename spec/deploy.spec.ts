import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { call } from './support/client.js';
import { as, passwordsOf } from './support/logins.js';
import { testDatabase } from './support/mariadb.js';
import { ended } from './support/netsvc-process.js';
import { copyProductionPackages } from './support/production-packages.js';
import { projectFile } from './support/project-file.js';
import { SuiteFolder } from './support/suite-folder.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { pend } from './support/test-server.js';

/** The user of the image. */
const USER = 1000;

const IMAGE_FOLDER = '/opt/netsvc';

describe('the units of systemd', () => {
  const folder = new SuiteFolder();

  it('are valid', async function () {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) pend(this, 'there is no systemd-analyze');
    for (const unit of ['netsvc.service', 'netsvc.socket']) {
      const text = await readFile(projectFile(`deploy/${unit}`), 'utf8');
      await folder.write(unit, text.replace('=netsvc ', `=${projectFile('bin/netsvc')} `));
    }
    const units = (await readdir(folder.path)).map((unit) => folder.file(unit));
    const { stdout, stderr } = await ended(spawn('systemd-analyze', ['verify', ...units]));
    // It also reports on the units that are installed.
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('netsvc.'))).to.deep.equal([]);
  });
});

describe('the image of deploy/Containerfile', () => {
  const folder = new SuiteFolder();
  const settings = new SuiteFolder();
  let file: string;
  const stages = () => file.split(/^FROM /m).slice(1);
  /** The arguments of the instructions of the last stage. */
  const instructions = (name: string) =>
    [...(stages().at(-1) ?? '').matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, text = '']) => text);
  const command = (name: string) => JSON.parse((instructions(name)[0] ?? '').replace(/^.*CMD /, '')) as string[];

  before(async () => {
    file = await readFile(projectFile('deploy/Containerfile'), 'utf8');
  });

  it('is built from files of a checkout', () => {
    const copied = [...file.matchAll(/^COPY (?!--)(.*) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));
    expect(copied).to.include.members(['package.json', 'package-lock.json', 'lib', 'bin/netsvc']);
    expect(copied.filter((path) => !existsSync(projectFile(path)))).to.deep.equal([]);
  });

  it('has an init, a user without privileges, and commands without a shell', () => {
    expect(command('ENTRYPOINT')).to.deep.equal(['tini', '--', 'netsvc']);
    expect(instructions('USER')).to.deep.equal([`${USER}:${USER}`]);
    expect(command('CMD')[0]).to.equal('--config');
    expect(command('HEALTHCHECK').slice(0, 2)).to.deep.equal(['netsvc', '--ready']);
    expect(instructions('STOPSIGNAL')).to.deep.equal(['SIGTERM']);
  });

  /** Does what the instructions of the last stage do, without write permissions. */
  async function build(): Promise<void> {
    for (const copy of instructions('COPY')) {
      const words = copy.split(' ').filter((word) => !word.startsWith('--'));
      const target = words.pop() ?? '';
      for (const source of words.map((word) => word.replace(`${IMAGE_FOLDER}/`, ''))) {
        if (source === 'node_modules') {
          await copyProductionPackages(folder.path);
          continue;
        }
        const to = source === target ? source : join(target, basename(source));
        await mkdir(dirname(folder.file(to)), { recursive: true });
        // `cp` of Node.js takes several times as long.
        spawnSync('cp', ['-rT', projectFile(source), folder.file(to)]);
      }
    }
    await chmod(folder.path, 0o555);
    spawnSync('chmod', ['-R', 'a-w,a+rX', folder.path]);
  }

  it('serves as another user on a read-only file system, and is healthy', async function () {
    const url = new URL(testDatabase(this));
    const path = url.searchParams.get('socket');
    // The user cannot open the socket.
    const proxy = path === null ? undefined : await TcpProxy.start({ path });
    const mysql = proxy ? `mysql://root@127.0.0.1:${proxy.port}/test` : String(url);
    await build();
    await settings.write('users', passwordsOf('grace'));
    const all = { users: 'users', listeners: [{ port: 0 }], databases: { shop: { url: mysql } } };
    const configuration = await settings.write('netsvc.yaml', all);
    await chmod(settings.path, 0o755);
    const adjust = (args: readonly string[]) =>
      args.map((arg) => (arg.startsWith('/etc/') ? configuration : arg === '9464' ? '0' : arg));
    const netsvc = start(adjust(command('CMD')));
    const end = ended(netsvc);
    const output = await printed(netsvc, /admin listening on (\S+)\n/);
    const [, endpoint = ''] = /^ +(http:\S+)$/m.exec(output) ?? [];
    // A check of a password has a thread of its own.
    expect(await call(as('grace', endpoint), 'execute', 'select 1')).to.deep.equal([[1]]);
    const threads = (await readdir(`/proc/${netsvc.pid}/task`)).length;
    const unit = await readFile(projectFile('deploy/netsvc.service'), 'utf8');
    expect(threads * 4).to.be.lessThan(Number(/^TasksMax=(\d+)$/m.exec(unit)?.[1]));
    const port = new URL(/admin listening on (\S+)/.exec(output)?.[1] ?? '').port;
    const health = command('HEALTHCHECK').slice(1);
    expect(await ended(start(health.map((arg) => (arg === '9464' ? port : arg))))).to.include({ status: 0 });
    netsvc.kill('SIGTERM');
    expect((await end).status).to.equal(0);
    await proxy?.stop();
  });

  const start = (args: readonly string[]): ChildProcess => {
    const user = process.getuid?.() === 0 ? { uid: USER, gid: USER } : {};
    return spawn(folder.file('bin/netsvc'), args, { cwd: folder.path, env: { PATH: process.env.PATH }, ...user });
  };
});

/** Waits for output. */
async function printed({ stdout }: ChildProcess, expected: RegExp): Promise<string> {
  let text = '';
  for await (const line of createInterface({ input: stdout ?? Readable.from([]) })) {
    text += `${line}\n`;
    if (expected.test(text)) return text;
  }
  throw new Error(`it was not printed: ${text}`);
}
