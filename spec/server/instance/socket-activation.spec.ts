import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { delimiter } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { UsageError } from '#lib/server/configuration/problems.js';
import { parseSettings } from '#lib/server/configuration/settings.js';
import { passedSockets } from '#lib/server/configuration/systemd-sockets.js';
import { callDocument } from '../../support/client.js';
import { ask } from '../../support/http.js';
import { passwordsOf } from '../../support/logins.js';
import { testDatabase } from '../../support/mariadb.js';
import { type Ended, ended } from '../../support/netsvc-process.js';
import { projectFile } from '../../support/project-file.js';
import { findPython } from '../../support/python.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { until } from '../../support/until.js';

const passed = (names: string) => ({
  LISTEN_PID: String(process.pid),
  LISTEN_FDS: String(names.split(':').length),
  LISTEN_FDNAMES: names,
});

describe('the sockets of a socket unit', () => {
  const folder = new SuiteFolder();

  it('have the numbers from 3 and the names of systemd', () => {
    expect(passedSockets(passed('netsvc.socket:admin'))).to.deep.equal([
      { fd: 3, name: 'netsvc.socket' },
      { fd: 4, name: 'admin' },
    ]);
    expect(passedSockets({ LISTEN_PID: '7', LISTEN_FDS: '1' }, 7)).to.deep.equal([{ fd: 3, name: '' }]);
  });

  it('are those of another process, and there are none', () => {
    expect(passedSockets({ ...passed('netsvc.socket'), LISTEN_PID: '1' })).to.deep.equal([]);
    expect(passedSockets({ LISTEN_PID: String(process.pid), LISTEN_FDS: '-1' })).to.deep.equal([]);
    expect(passedSockets({})).to.deep.equal([]);
  });

  const settingsOf = (names: string, ...args: string[]) => parseSettings(args, passed(names), '').settings;

  it('are in place of the addresses of one listener, and of the one for operators by the name admin', () => {
    const { listeners, admin } = settingsOf('web:admin:web');
    expect(listeners.map(({ fd }) => fd)).to.deep.equal([3, 5]);
    expect(admin).to.include({ fd: 4, port: 0 });
    expect(settingsOf('web').admin).to.equal(undefined);
    expect(settingsOf('admin').listeners.map(({ fd }) => fd)).to.deep.equal([undefined]);
  });

  it('are in place of the addresses of several listeners, in order', async () => {
    const file = await folder.write('netsvc.yaml', 'listeners: [{port: 1}, {port: 2}]\n');
    const { listeners } = settingsOf('web:web', '--config', file);
    expect(listeners.map(({ port, fd }) => [port, fd])).to.deep.equal([
      [1, 3],
      [2, 4],
    ]);
    expect(() => settingsOf('web', '--config', file)).to.throw(
      UsageError,
      'the socket unit has 1 sockets for 2 listeners',
    );
  });
});

describe('bin/netsvc with the sockets of a socket unit', () => {
  const folder = new SuiteFolder();
  let mysql: string;
  let unit: SocketUnit | undefined;

  before(function () {
    mysql = testDatabase(this);
    if (findPython('3') === undefined) process.env.CI ? expect.fail('there is no Python 3') : this.skip();
  });

  afterEach(async () => {
    await unit?.stop();
    unit = undefined;
  });

  const start = (sockets: string[], ...flags: string[]) =>
    new SocketUnit(sockets, ['--log-level', 'warn', '--database', mysql, ...flags]);

  it('listens on them, and passes them to no other process', async () => {
    const file = folder.file('descriptors');
    // A program that it starts: a command in place of systemd's.
    const script = '#!/bin/sh\nls /proc/$$/fd > "$NOTIFY_SOCKET.new" && mv "$NOTIFY_SOCKET.new" "$NOTIFY_SOCKET"\n';
    await folder.write('systemd-notify', script, 0o700);
    const env = { NOTIFY_SOCKET: file, PATH: `${folder.path}${delimiter}${process.env.PATH}` };
    const flags = ['--database', mysql, '--host', '192.0.2.1'];
    unit = new SocketUnit(['web=127.0.0.1:0', 'admin=127.0.0.1:0'], flags, env);
    let descriptors: string[] = [];
    await until(async () => {
      descriptors = (await readFile(file, 'utf8').catch(() => '')).split('\n');
      return descriptors.length > 1;
    }, 25);
    expect(descriptors).to.include.members(['0', '1', '2']);
    for (const passed of ['3', '4']) expect(descriptors).to.not.include(passed);
    const [port, adminPort] = unit.ports;
    expect(unit.output).to.contain(`netsvc listening on http://127.0.0.1:${port}/\n`);
    expect(await callOnce(Number(port), true)).to.contain('<int>1</int>');
    const admin = (path: string, headers: Record<string, string> = {}) =>
      ask(`http://127.0.0.1:${adminPort}/${path}`, { method: 'GET', headers });
    expect((await admin('readyz')).status).to.equal(200);
    expect((await admin('sessions', { Host: 'rebound.example' })).status).to.equal(403);
  });

  it('is restarted under clients that connect for each call, none of which sees it', async function () {
    this.timeout(60_000);
    unit = start(['web=127.0.0.1:0']);
    await until(() => unit?.output.includes('listening') ?? false, 25);
    const [port] = unit.ports;
    const answers: string[] = [];
    let calling = true;
    const clients = Array.from({ length: 6 }, async (_, i) => {
      while (calling) answers.push(await callOnce(Number(port), i % 2 === 0).catch(String));
    });
    for (let restarts = 1; restarts <= 2; restarts++) {
      const before = answers.length;
      await until(() => answers.length >= before + 40, 30);
      process.kill(unit.services.at(-1) ?? 0, 'SIGTERM');
      await until(() => unit?.output.split('listening').length === restarts + 2, 30);
    }
    const before = answers.length;
    await until(() => answers.length >= before + 40, 30);
    calling = false;
    await Promise.all(clients);
    expect(answers.filter((answer) => !answer.includes('<int>1</int>'))).to.deep.equal([]);
    expect(unit.services).to.have.lengthOf(3);
  });

  it('does not accept remote clients without authentication', async () => {
    unit = start(['web=0.0.0.0:0']);
    expect(await unit.ended).to.include({
      status: 2,
      stderr:
        'netsvc: refusing to listen on 0.0.0.0 without authentication: set --users, listen on 127.0.0.1, or use ' +
        '--insecure\n',
    });
    unit = start(['web=127.0.0.1:0', 'admin=0.0.0.0:0']);
    expect((await unit.ended).stderr).to.contain('refusing admin access on 0.0.0.0 without authentication');
  });

  it('warns of passwords without TLS by the address of the socket', async () => {
    unit = start(['web=0.0.0.0:0'], '--users', await folder.write('users', passwordsOf('grace')));
    await until(() => unit?.output.includes('listening') ?? false, 25);
    await unit.stop();
    expect((await unit.ended).stderr).to.match(/"host":"0\.0\.0\.0","port":\d+,.*unencrypted/);
  });

  it('ends with status 1 if one is no TCP socket', async () => {
    unit = start([`web=${folder.file('socket')}`]);
    const { status, stderr } = await unit.ended;
    expect(stderr).to.equal(
      'netsvc: cannot listen on file descriptor 3: The server does not listen on a TCP socket.\n',
    );
    expect(status).to.equal(1);
  });
});

/** What systemd does with a socket unit and a service unit. */
class SocketUnit {
  readonly #process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What the service and the unit have printed. */
  output = '';

  /** @param sockets each is NAME=HOST:PORT or NAME=PATH */
  constructor(sockets: readonly string[], flags: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const script = projectFile('spec/server/socket_unit.py');
    const command = [projectFile('bin/netsvc'), ...flags];
    this.#process = spawn(findPython('3')?.command ?? '', [script, ...sockets, '--', ...command], {
      env: { ...process.env, NETSVC_DATABASE: '', ...env },
    });
    this.ended = ended(this.#process);
    this.#process.stdout?.on('data', (text: string) => {
      this.output += text;
    });
  }

  get ports(): number[] {
    return [...this.output.matchAll(/^socket \('.*', (\d+)\)$/gm)].map(([, port]) => Number(port));
  }

  /** The process ids of the service, one for each start. */
  get services(): number[] {
    return [...this.output.matchAll(/^started (\d+)$/gm)].map(([, pid]) => Number(pid));
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.ended;
  }
}

/** Makes a call on a connection of its own. @param keepAlive without it, the client asks to close the connection */
async function callOnce(port: number, keepAlive: boolean): Promise<string> {
  const agent = new Agent({ keepAlive });
  const headers = { 'Content-Type': 'text/xml' };
  const sent = request({ port, host: '127.0.0.1', path: '/database', method: 'POST', headers, agent });
  sent.end(callDocument('execute', 'select 1'));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const answer = await text(response);
  agent.destroy();
  return answer;
}
