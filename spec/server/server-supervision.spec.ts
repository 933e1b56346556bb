import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ServerProgram } from '#lib/server/server-program.js';
import { supervise } from '#lib/server/server-supervision.js';
import { call, faultOf } from '../support/client.js';
import { CursorClient } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { ended, NetsvcProcess } from '../support/netsvc-process.js';
import { copyNewData } from '../support/new-data.js';
import { projectFile } from '../support/project-file.js';
import { until } from '../support/until.js';

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
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let netsvc: NetsvcProcess;

  const file = (name: string) => join(folder, name);
  const serverPid = async () => Number(await readFile(file('pid'), 'utf8'));
  const kill = async () => process.kill(await serverPid(), 'SIGKILL');
  const running = (pid: number) =>
    access(`/proc/${pid}`).then(
      () => true,
      () => false,
    );

  /** Kills the server and waits until its successor has been started. */
  const killAndAwait = async (ready: () => Promise<boolean>) => {
    const before = await serverPid();
    await kill();
    await until(async () => (await serverPid()) !== before && (await ready()));
  };

  const answers = () =>
    call(netsvc.url, 'execute', 'select 1').then(
      () => true,
      () => false,
    );

  before(async function () {
    testDatabase(this);
    folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    const program = await ServerProgram.find();
    await writeFile(file('mariadbd'), PROGRAM.replaceAll('SERVER', program?.path ?? ''));
    await chmod(file('mariadbd'), 0o755);
    await copyNewData(file('data'));
    env = { PATH: `${folder}:${process.env.PATH}` };
  });

  after(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    await rm(file('broken'), { force: true });
    await rm(file('hanging'), { force: true });
    netsvc = await NetsvcProcess.start(['--data', file('data'), '--log-level', 'info'], 1, env);
  });

  afterEach(async () => {
    if (netsvc.child.exitCode === null && netsvc.child.signalCode === null) await netsvc.stop();
    expect(await running(await serverPid()), 'a server is left').to.equal(false);
  });

  it('is started again, with its data, at the same address, and that is logged', async () => {
    await call(netsvc.url, 'execute', 'create table kept (id int)');
    const cursor = new CursorClient(netsvc.url, String(await call(netsvc.url, 'cursor')));
    await cursor.call('begin');
    await cursor.execute('insert into kept values (1)');
    await killAndAwait(answers);
    expect((await faultOf(cursor.execute('select 1'))).code).to.be.oneOf([2006, 2013]);
    expect(await cursor.rows('select count(*) from kept')).to.deep.equal([[0]]);
    const { status, stderr } = await netsvc.stop();
    expect(status).to.equal(0);
    const log = stderr.split('\n').filter((line) => line.includes('the private server'));
    const lines = log.map(
      (line) => JSON.parse(line) as { level: string; msg: string; server: string; reason?: string },
    );
    expect(lines.map(({ level, msg, reason }) => [level, msg, reason])).to.deep.equal([
      ['warn', 'the private server has ended; starting it again', 'killed by SIGKILL'],
      ['info', 'the private server runs again', undefined],
    ]);
    expect(lines[0]?.server).to.match(/^(MariaDB|MySQL) \d/);
  });

  it('ends netsvc with status 1 and one line after three ends within a minute', async () => {
    await killAndAwait(answers);
    await killAndAwait(answers);
    // Clients may do that, too.
    await call(netsvc.url, 'execute', 'shutdown').catch(() => {});
    const { status, stderr } = await netsvc.ended;
    expect(status).to.equal(1);
    const [last] = stderr.trimEnd().split('\n').slice(-1);
    expect(last).to.match(/^netsvc: the private \w+ [\d.]+ ended 3 times within a minute: exited with status 0$/);
  });

  it('ends netsvc with status 1 and the reason if it cannot be started again', async () => {
    await writeFile(file('broken'), '');
    await kill();
    const { status, stderr } = await netsvc.ended;
    expect(status).to.equal(1);
    const [last] = stderr.trimEnd().split('\n').slice(-1);
    expect(last).to.match(/^netsvc: cannot start the private \w+ [\d.]+: The disk is full\.$/);
  });

  it('is started again after a restart that failed', async () => {
    await writeFile(file('broken-once'), '');
    await killAndAwait(answers);
    const { status, stderr } = await netsvc.stop();
    expect(status).to.equal(0);
    expect(stderr).to.contain('The disk is full.');
  });

  describe('and does not become ready again', () => {
    beforeEach(async () => {
      await writeFile(file('hanging'), '');
      const before = await serverPid();
      await kill();
      await until(async () => (await serverPid()) !== before);
    });

    it('is stopped on SIGTERM, while clients get fault 2002', async () => {
      expect((await faultOf(call(netsvc.url, 'execute', 'select 1'))).code).to.equal(2002);
      expect(await netsvc.stop()).to.include({ status: 0 });
    });

    it('is stopped if netsvc exits at once', async () => {
      netsvc.child.kill('SIGINT');
      netsvc.child.kill('SIGTERM');
      expect((await netsvc.ended).status).to.be.oneOf([130, 143]);
      const pid = await serverPid();
      await until(async () => !(await running(pid)));
    });
  });

  it('is not left running if netsvc exits at once while it starts', async () => {
    await netsvc.stop();
    await writeFile(file('hanging'), '');
    const before = await serverPid();
    const starting = spawn(projectFile('bin/netsvc'), ['--port', '0', '--data', file('data')], {
      env: { ...process.env, NETSVC_DATABASE: '', ...env },
    });
    const end = ended(starting);
    await until(async () => (await serverPid()) !== before);
    const pid = await serverPid();
    starting.kill('SIGTERM');
    starting.kill('SIGINT');
    expect((await end).status).to.be.oneOf([130, 143]);
    await until(async () => !(await running(pid)));
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
