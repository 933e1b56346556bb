import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { MysqldProgram } from '#lib/server/private/mysqld-program.js';
import { supervise } from '#lib/server/private/private-server-supervision.js';
import { call, faultOf } from '../../support/client.js';
import { CursorClient } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { ended, NetsvcProcess } from '../../support/netsvc-process.js';
import { RunningServer } from '../../support/netsvc-server.js';
import { copyNewData } from '../../support/new-data.js';
import { projectFile } from '../../support/project-file.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { succeeds, until } from '../../support/until.js';

/**
 * A program that is the installed server, except that with a file `broken` or `broken-once` beside it, it fails, and
 * with a file `hanging` it does not become ready.
 */
const PROGRAM = `#!/bin/sh
here=$(dirname "$0")
case "$*" in *--version*|*--initialize*) exec SERVER "$@" ;; esac
echo $$ > "$here/pid.new" && mv "$here/pid.new" "$here/pid"
if rm "$here/broken-once" 2>/dev/null || [ -e "$here/broken" ]; then echo "0 [ERROR] The disk is full." >&2; exit 3; fi
if [ -e "$here/hanging" ]; then exec sleep 1000; fi
exec SERVER "$@"
`;

describe('a private server that ends by itself', () => {
  const folder = new SuiteFolder();
  let netsvc: RunningServer;
  const { PATH } = process.env;

  const data = () => folder.file('data');
  const serverPid = async () => Number(await readFile(folder.file('pid'), 'utf8').catch(() => '0'));
  const kill = async () => process.kill(await serverPid(), 'SIGKILL');
  const running = (pid: number) => existsSync(`/proc/${pid}`);

  /** Does something, and waits until another server has been started. */
  const anotherAfter = async (work: () => unknown, ready: () => Promise<boolean> = async () => true) => {
    const before = await serverPid();
    await work();
    await until(async () => (await serverPid()) !== before && (await ready()));
  };

  const answers = (url = netsvc.url) => succeeds(call(url, 'execute', 'select 1'));

  const startProcess = () => NetsvcProcess.start(['--data', data()]);

  before(async function () {
    testDatabase(this);
    const program = await MysqldProgram.find();
    await folder.write('mariadbd', PROGRAM.replaceAll('SERVER', program?.path ?? ''), 0o755);
    await copyNewData(data());
    process.env.PATH = `${folder.path}:${PATH}`;
  });

  after(() => {
    process.env.PATH = PATH;
  });

  beforeEach(async () => {
    await rm(folder.file('broken'), { force: true });
    await rm(folder.file('hanging'), { force: true });
  });

  const start = async () => {
    netsvc = await RunningServer.start(['--data', data()]);
  };

  afterEach(async () => {
    await netsvc?.stop(0);
    expect(running(await serverPid()), 'a server is left').to.equal(false);
  });

  it('is started again, with its data, at the same address, and that is logged', async () => {
    await start();
    await call(netsvc.url, 'execute', 'create table kept (id int)');
    const cursor = await CursorClient.open(netsvc.url);
    await cursor.call('begin');
    await cursor.execute('insert into kept values (1)');
    await anotherAfter(kill, answers);
    expect((await faultOf(cursor.execute('select 1'))).code).to.be.oneOf([2006, 2013]);
    expect(await cursor.rows('select count(*) from kept')).to.deep.equal([[0]]);
    const lines = netsvc.log.filter(({ message }) => message.startsWith('the private server'));
    expect(lines.map(({ level, message }) => [level, message])).to.deep.equal([
      ['warn', 'the private server has ended; starting it again'],
      ['info', 'the private server runs again'],
    ]);
    expect(lines[0]?.fields).to.include({ reason: 'killed by SIGKILL' });
    expect(lines[0]?.fields)
      .to.have.property('server')
      .that.matches(/^(MariaDB|MySQL) \d/);
  });

  it('ends netsvc with status 1 and one line after three ends within a minute', async () => {
    const { url, ended } = await startProcess();
    await anotherAfter(kill, () => answers(url));
    await anotherAfter(kill, () => answers(url));
    // Clients may do that, too.
    await call(url, 'execute', 'shutdown').catch(() => {});
    const { status, stderr } = await ended;
    expect(status).to.equal(1);
    const [last] = stderr.trimEnd().split('\n').slice(-1);
    expect(last).to.match(/^netsvc: the private \w+ [\d.]+ ended 3 times within a minute: exited with status 0$/);
  });

  it('ends netsvc with status 1 and the reason if it cannot be started again', async () => {
    await start();
    await folder.write('broken', '');
    await kill();
    const { message } = await netsvc.failed;
    expect(message).to.match(/^cannot start the private \w+ [\d.]+: The disk is full\.$/);
  });

  it('is started again after a restart that failed', async () => {
    await start();
    await folder.write('broken-once', '');
    await anotherAfter(kill, answers);
    expect(inspect(netsvc.log)).to.contain('The disk is full.');
  });

  describe('and does not become ready again', () => {
    const hang = async () => {
      await folder.write('hanging', '');
      await anotherAfter(kill);
    };

    it('is stopped on SIGTERM, while clients get fault 2002', async () => {
      await start();
      await hang();
      expect((await faultOf(call(netsvc.url, 'execute', 'select 1'))).code).to.equal(2002);
      await netsvc.stop();
    });

    it('is stopped if netsvc exits at once', async () => {
      const { child, ended } = await startProcess();
      await hang();
      child.kill('SIGINT');
      child.kill('SIGTERM');
      expect((await ended).status).to.be.oneOf([130, 143]);
      const pid = await serverPid();
      await until(() => !running(pid));
    });
  });

  it('is not left running if netsvc exits at once while it starts', async () => {
    await folder.write('hanging', '');
    const env = { ...process.env, NETSVC_DATABASE: '' };
    const before = await serverPid();
    const starting = spawn(projectFile('bin/netsvc'), ['--port', '0', '--data', data()], { env });
    const end = ended(starting);
    await until(async () => (await serverPid()) !== before);
    const pid = await serverPid();
    starting.kill('SIGTERM');
    starting.kill('SIGINT');
    expect((await end).status).to.be.oneOf([130, 143]);
    await until(() => !running(pid));
  });
});

describe('supervise', () => {
  const MINUTE = 60_000;

  /** A server whose process ends when its promise is resolved, and whose restarts fail while `failing`. */
  class Scripted {
    readonly name = 'MariaDB 1';
    failing = false;
    restarts = 0;
    now = 0;
    #end: (reason: string) => void = () => {};
    #restarted = new AbortController();
    ended = this.#process();

    #process(): Promise<string> {
      return new Promise((resolve) => {
        this.#end = resolve;
      });
    }

    async restart(): Promise<void> {
      this.restarts++;
      if (this.failing) throw new Error('cannot start');
      this.ended = this.#process();
      const restarted = this.#restarted;
      this.#restarted = new AbortController();
      restarted.abort();
    }

    async endAt(time: number): Promise<void> {
      this.now = time;
      const restarted = once(this.#restarted.signal, 'abort');
      this.#end('it crashed');
      await restarted;
    }
  }

  const quiet = { info() {}, warn() {}, error() {} };

  it('restarts a server that ends less often than three times a minute for ever', async () => {
    const server = new Scripted();
    const stop = new AbortController();
    const result = supervise(server, quiet, stop.signal, { clock: () => server.now });
    for (let i = 1; i <= 20; i++) await server.endAt((i * MINUTE) / 2 + 1);
    stop.abort();
    expect(await result).to.equal(undefined);
    expect(server.restarts).to.equal(20);
  });

  it('gives up a server whose restarts fail three times, however long they take', async () => {
    const server = new Scripted();
    server.failing = true;
    const clock = () => {
      server.now += MINUTE;
      return server.now;
    };
    const result = supervise(server, quiet, new AbortController().signal, { clock, pause: 1 });
    void server.endAt(0);
    expect(await result).to.equal('cannot start');
    expect(server.restarts).to.equal(3);
  });
});
