import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { call, statusOf } from './support/client.js';
import { CursorClient } from './support/database-gateway.js';
import { freePort, freePorts } from './support/free-port.js';
import { hasHaproxy, runHaproxy } from './support/haproxy.js';
import { ask } from './support/http.js';
import { testDatabase } from './support/mariadb.js';
import { type Ended, ended, NetsvcProcess } from './support/netsvc-process.js';
import { projectFile } from './support/project-file.js';
import { SuiteFolder } from './support/suite-folder.js';
import { pend } from './support/test-server.js';
import { until } from './support/until.js';

/** The URL of a database, for a process that is not one of several. */
const CREDENTIALS = 'databases: {database: {url-file: /run/credentials/netsvc.service/database-url}}\n';

function configure(...args: readonly (string | number)[]): Promise<Ended> {
  return ended(spawn(projectFile('deploy/many/configure'), args.map(String)));
}

/** Returns the command of a unit, as systemd would run it. */
async function commandOf(unit: string, credentials: string): Promise<string[]> {
  const line = /^ExecStart=(.*)$/m.exec(await readFile(unit, 'utf8'))?.[1] ?? '';
  const words = [...line.matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  return words.map((word) =>
    word.replaceAll(/\\(.)|%%|%d|\$\$/g, (found, escaped: string | undefined) => {
      return escaped ?? { '%%': '%', '%d': credentials, $$: '$' }[found] ?? found;
    }),
  );
}

/** The value of a flag of a command. */
function flag(command: readonly string[], name: string): string {
  return command[command.indexOf(`--${name}`) + 1] ?? '';
}

describe('deploy/many/configure', () => {
  const folder = new SuiteFolder('spec');
  const out = () => folder.file('out');

  const written = () => readdir(out());
  const commands = async () =>
    Promise.all(
      (await written())
        .filter((name) => name.endsWith('.service'))
        .map((name) => commandOf(folder.file('out', name), '/credentials')),
    );

  it('writes units that differ in their names, ports and connections, whose sum is that of all', async () => {
    expect(await configure('--connections', 11, out(), 4)).to.include({ status: 0, stderr: '' });
    const all = await commands();
    expect(all.map((command) => flag(command, 'instance'))).to.deep.equal(['n1', 'n2', 'n3', 'n4']);
    expect(all.map((command) => flag(command, 'port'))).to.deep.equal(['8001', '8002', '8003', '8004']);
    expect(all.map((command) => flag(command, 'admin-port'))).to.deep.equal(['9461', '9462', '9463', '9464']);
    expect(all.map((command) => flag(command, 'connections'))).to.deep.equal(['3', '3', '3', '2']);
  });

  it('writes what netsvc.service and haproxy.cfg have besides', async () => {
    await configure(out(), 1);
    const settings = (text: string) =>
      text.split('\n').filter((line) => !/^#|^$|^(?:Description|ExecStart)=/.test(line));
    const read = (path: string) => readFile(path, 'utf8');
    const unit = await read(folder.file('out/netsvc-n1.service'));
    expect(settings(unit)).to.deep.equal(settings(await read(projectFile('deploy/netsvc.service'))));
    const lines = (text: string) => settings(text).filter((line) => !/^ *server /.test(line));
    const balancer = await read(folder.file('out/haproxy.cfg'));
    expect(lines(balancer)).to.deep.equal(lines(await read(projectFile('deploy/haproxy.cfg'))));
    expect(balancer).to.match(/^ {2}server n1 127\.0\.0\.1:8001 port 9461$/m);
  });

  it('writes instances that a balancer on another machine reaches', async () => {
    const command = ['--', '/n', '--trusted-proxies', '10.0.0.1'];
    await configure('--host', '10.0.0.5', '--name', 'web1-', out(), 1, ...command);
    const [words = []] = await commands();
    expect([flag(words, 'host'), flag(words, 'instance')]).to.deep.equal(['10.0.0.5', 'web1-1']);
    expect(words.filter((word) => word === '--trusted-proxies')).to.have.lengthOf(1);
    const balancer = await readFile(folder.file('out/haproxy.cfg'), 'utf8');
    expect(balancer).to.contain('  server web1-1 10.0.0.5:8001 port 9461\n');
  });

  it('passes any argument through systemd', async () => {
    const passed = ['/opt/node', `a b'c"d\\e`, '$HOME', '$', 'mysql://u:%40%%d@h/x', '%d', ';', 'ä'];
    expect(await configure(out(), 1, '--', ...passed, '@%d/url')).to.include({ status: 0, stderr: '' });
    const [command] = await commands();
    expect(command?.slice(0, passed.length + 1)).to.deep.equal([...passed, '@/credentials/url']);
  });

  it('lets sessions end as long as --drain says, before systemd kills the process', async () => {
    await configure('--drain', 600, out(), 1);
    const [command = []] = await commands();
    expect(flag(command, 'drain')).to.equal('600');
    expect(await readFile(folder.file('out/netsvc-n1.service'), 'utf8')).to.contain('\nTimeoutStopSec=630\n');
  });

  it('can be run again, and removes the units that are not needed any more', async () => {
    await configure(out(), 3);
    const { stdout } = await configure(out(), 2);
    expect(await written()).to.have.members(['haproxy.cfg', 'netsvc-n1.service', 'netsvc-n2.service']);
    expect(stdout).to.contain('systemctl disable --now netsvc-n3;').and.not.contain('disable --now netsvc-n2');
    const first = await readFile(folder.file('out/haproxy.cfg'), 'utf8');
    expect((await configure(out(), 2)).stdout).to.not.contain('disable');
    expect(await readFile(folder.file('out/haproxy.cfg'), 'utf8')).to.equal(first);
  });

  it('prints commands that a shell can run, whatever the folder is called', async () => {
    const named = folder.file("it's $HOME");
    const { stdout } = await configure(named, 2);
    const copy = stdout.split('\n').filter((line) => line.startsWith('  cp '));
    await mkdir(folder.file('etc'));
    const script = copy.map((line) => line.replace(/\/etc\/\S+$/, folder.file('etc'))).join('\n');
    expect(spawnSync('sh', ['-euc', script]).status).to.equal(0);
    expect(await readdir(folder.file('etc'))).to.have.members(await readdir(named));
  });

  it('writes valid units and a valid configuration of HAProxy', async function () {
    await configure(out(), 2, '--', projectFile('bin/netsvc'), '--config', '/etc/netsvc/a b.yaml');
    if (hasHaproxy)
      expect(spawnSync('/usr/sbin/haproxy', ['-c', '-f', folder.file('out/haproxy.cfg')]).status).to.equal(0);
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) pend(this, 'there is no systemd-analyze');
    const units = (await written()).filter((name) => name.endsWith('.service'));
    const verified = spawn('systemd-analyze', ['verify', ...units.map((name) => folder.file('out', name))]);
    const { stdout, stderr } = await ended(verified);
    // It also reports on the units that are installed.
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.includes('netsvc-'))).to.deep.equal([]);
  });

  const refused: readonly (readonly [reason: string, args: readonly (string | number)[]])[] = [
    ['missing FOLDER and COUNT (see --help)', []],
    ['missing COUNT (see --help)', ['OUT']],
    ['missing COUNT (see --help)', ['OUT', '--', '/bin/netsvc']],
    ['unknown option --workers (see --help)', ['--workers', 2, 'OUT', 2]],
    ['--drain requires a value', ['--drain']],
    ['COUNT must be an integer from 1 to 256: 0', ['OUT', 0]],
    ['COUNT must be an integer from 1 to 256: 257', ['OUT', 257]],
    ['COUNT must be an integer from 1 to 256: two', ['OUT', 'two']],
    ['COUNT must be an integer from 1 to 256: 1e1', ['OUT', '1e1']],
    ['COUNT must be an integer from 1 to 256: 010', ['OUT', '010']],
    ['COUNT must be an integer from 1 to 256: 99999999999999999999', ['OUT', '99999999999999999999']],
    ['--connections must be at least the number of instances, 4: 3', ['--connections', 3, 'OUT', 4]],
    ['--connections must be an integer from 1 to 1000000: -1', ['--connections', -1, 'OUT', 4]],
    ['--port must be an integer from 1 to 65535: 65536', ['--port', 65_536, 'OUT', 1]],
    ['--port must be at most 65534 for 2 instances: 65535', ['--port', 65_535, 'OUT', 2]],
    ['--admin-port must be at most 65533 for 3 instances: 65534', ['--admin-port', 65_534, 'OUT', 3]],
    ['--port and --admin-port overlap: 9460 to 9461, 9461 to 9462', ['--port', 9460, 'OUT', 2]],
    ['--bind has a port of an instance: :8002 ssl crt /x', ['--bind', ':8002 ssl crt /x', 'OUT', 2]],
    ['--bind has a port of an instance: :8001', ['--bind', ':8001', '--admin-port', 7000, 'OUT', 2]],
    ['--bind has a port of an instance: *:9462', ['--bind', '*:9462', 'OUT', 2]],
    ['--bind must be one line, and not empty', ['--bind', '', 'OUT', 2]],
    ['--bind must be one line, and not empty', ['--bind', '*:80\n  stats enable', 'OUT', 2]],
    ['--host must be an IPv4 address or the name of a host: ::1', ['--host', '::1', 'OUT', 2]],
    ['--name must be at most 29 letters, digits, - or _, and not begin with -: a.b', ['--name', 'a.b', 'OUT', 2]],
    ['--name must be at most 29 letters, digits, - or _, and not begin with -: -a', ['--name', '-a', 'OUT', 2]],
    ['unexpected argument --port: options come before FOLDER, the command after --', ['OUT', 2, '--port', 1]],
    ['missing COMMAND after --', ['OUT', 2, '--']],
    ['COMMAND must begin with an absolute path: bin/netsvc', ['OUT', 2, '--', 'bin/netsvc']],
    ['--port is set for each instance, and cannot be in COMMAND', ['OUT', 2, '--', '/bin/netsvc', '--port=1']],
    ['-- cannot be in COMMAND', ['OUT', 2, '--', '/bin/netsvc', '--']],
    ['an argument of COMMAND must be one line, and not empty', ['OUT', 2, '--', '/bin/netsvc', 'a\nb']],
    [
      'FILE has credentials of netsvc.service: add --database NAME=@%d/database-url to COMMAND',
      ['OUT', 2, '--', '/bin/netsvc', '--config', 'FILE'],
    ],
    ['cannot write to FILE', ['FILE', 2]],
  ];

  for (const [reason, args] of refused) {
    it(`refuses ${args.join(' ').replaceAll('\n', '\\n') || 'no arguments'}`, async () => {
      const file = await folder.write('netsvc.yaml', CREDENTIALS);
      const given = args.map((arg) => (arg === 'OUT' ? out() : arg === 'FILE' ? file : arg));
      const stderr = `configure: ${reason.replace('FILE', file)}\n`;
      expect(await configure(...given)).to.deep.equal({ status: 2, stdout: '', stderr });
      expect(await readdir(folder.path)).to.deep.equal(['netsvc.yaml']);
    });
  }

  it('does not overwrite what it has not written', async () => {
    await folder.write('haproxy.cfg', 'global\n');
    const stderr = `configure: ${folder.path}/haproxy.cfg exists, and was not written by this command\n`;
    expect(await configure(folder.path, 2)).to.deep.equal({ status: 2, stdout: '', stderr });
    expect(await readdir(folder.path)).to.deep.equal(['haproxy.cfg']);
  });
});

describe('instances that deploy/many/configure has written', () => {
  const processes = new Map<string, NetsvcProcess>();
  let haproxy: ChildProcess | undefined;
  const folder = new SuiteFolder();
  let url: string;
  let admins: readonly string[];

  before(async function () {
    this.timeout(30_000);
    const mysql = testDatabase(this);
    if (!hasHaproxy) pend(this, 'haproxy is not installed');
    await folder.write('database $URL', mysql);
    const file = await folder.write('netsvc.yaml', `log-level: warn\nconnections: 100\n${CREDENTIALS}`);
    const balancer = `127.0.0.1:${await freePort()}`;
    const ports = ['--port', await freePorts(3), '--admin-port', await freePorts(3), '--bind', balancer];
    const common = ['--config', file, '--database', 'database=@%d/database $URL'];
    const command = ['--', process.execPath, projectFile('bin/netsvc'), ...common];
    expect(await configure('--connections', 7, ...ports, folder.file('out'), 3, ...command)).to.include({ status: 0 });
    url = `http://${balancer}/database`;
    const started = [1, 2, 3].map(async (i) => {
      const words = await commandOf(folder.file(`out/netsvc-n${i}.service`), folder.path);
      processes.set(`n${i}`, await NetsvcProcess.run(words, 2));
    });
    await Promise.all(started);
    admins = [...processes.values()].map(({ ready }) => /admin listening on (\S+)/.exec(ready.join('\n'))?.[1] ?? '');
    haproxy = await runHaproxy(folder.file('out/haproxy.cfg'), () =>
      call(url, 'rowcount').then(
        () => true,
        ({ code }: NodeJS.ErrnoException) => code !== 'ECONNREFUSED',
      ),
    );
  });

  after(async () => {
    haproxy?.kill('SIGKILL');
    for (const { child } of processes.values()) child.kill('SIGKILL');
  });

  const open = () => CursorClient.open(url);
  const instanceOf = ({ id }: CursorClient) => id.split('.', 1).join();
  const sessions = async (number: number): Promise<CursorClient[]> => {
    const opened: CursorClient[] = [];
    for (let i = 0; i < number; i++) opened.push(await open());
    return opened;
  };
  const close = (opened: readonly CursorClient[]) => Promise.all(opened.map((session) => session.call('close')));

  it('have a part of the connections each, and all of them together', async () => {
    const texts = await Promise.all(admins.map((admin) => ask(`${admin}metrics`, { method: 'GET', headers: {} })));
    const maxima = texts.map(({ body }) => Number(/^netsvc_connections_max\{.*\} (\d+)$/m.exec(body)?.[1]));
    expect(maxima.sort()).to.deep.equal([2, 2, 3]);
  });

  it('have sessions in turn, which are found on any connection', async () => {
    const opened = await sessions(6);
    expect(new Set(opened.map(instanceOf))).to.deep.equal(new Set(['n1', 'n2', 'n3']));
    // Each call has a connection of its own.
    for (const [i, session] of opened.entries()) await session.execute('set @turn = %s', [i]);
    for (const [i, session] of opened.entries()) expect(await session.rows('select @turn')).to.deep.equal([[i]]);
    await close(opened);
  });

  it('lose the sessions of one that is killed, and no others; new ones go to the rest', async () => {
    const opened = await sessions(6);
    const child = processes.get('n2')?.child ?? expect.fail('n2 has not been started');
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const session of opened) {
      if (instanceOf(session) === 'n2') expect(await statusOf(session.call('rowcount'))).to.equal(404);
      else expect(await session.rows('select 1')).to.deep.equal([[1]]);
    }
    const next = await sessions(4);
    expect(new Set(next.map(instanceOf))).to.deep.equal(new Set(['n1', 'n3']));
    await close([...next, ...opened.filter((session) => instanceOf(session) !== 'n2')]);
  });

  it('find the sessions of one that has been started again', async () => {
    const words = await commandOf(folder.file('out/netsvc-n2.service'), folder.path);
    processes.set('n2', await NetsvcProcess.run(words, 2));
    await until(async () => {
      const session = await open();
      expect(await session.rows('select 1')).to.deep.equal([[1]]);
      await session.call('close');
      return instanceOf(session) === 'n2';
    });
  });
});
