import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { descriptorShares } from '#lib/server/instance/descriptor-shares.js';
import { call, faultOf } from '../../support/client.js';
import { as, passwordsOf } from '../../support/logins.js';
import { testDatabase } from '../../support/mariadb.js';
import { NetsvcProcess } from '../../support/netsvc-process.js';
import { projectFile } from '../../support/project-file.js';
import { SuiteFolder } from '../../support/suite-folder.js';
import { until } from '../../support/until.js';

describe('descriptorShares', () => {
  const needs = { maxClients: 20_000, connections: 50, operators: 100 };

  it('gives what is needed if there is enough', () => {
    expect(descriptorShares(65_536, 25, needs)).to.include(needs);
    expect(descriptorShares(Number.POSITIVE_INFINITY, 25, needs)).to.include(needs);
  });

  it('leaves enough for each, and never more than the limit together', () => {
    for (let limit = 128; limit < 70_000; limit = Math.ceil(limit * 1.3)) {
      for (const connections of [1, 50, 10_000]) {
        const shares = descriptorShares(limit, 25, { ...needs, connections });
        const all = shares.maxClients + shares.connections + shares.operators + shares.spillFiles;
        expect(all + 25, String(limit)).to.be.at.most(limit);
        expect(shares.operators, String(limit)).to.be.at.least(Math.min(100, Math.floor(limit / 8)));
        expect(shares.maxClients, String(limit)).to.be.at.least(Math.min(20_000, Math.floor(limit / 8)));
        expect(Math.min(shares.connections, shares.spillFiles), String(limit)).to.be.at.least(1);
      }
    }
  });
});

describe('a server with 256 descriptors', () => {
  const folder = new SuiteFolder();
  let netsvc: NetsvcProcess;
  const opened: Socket[] = [];

  before(async function () {
    const users = await folder.write('users', passwordsOf('grace'));
    const flags = ['--port', '0', '--admin-port', '0', '--log-level', 'warn', '--users', users];
    flags.push('--result-memory', '64K', '--connections', '100', '--database', `shop=${testDatabase(this)}`);
    const shell = 'ulimit -n 256; exec "$0" "$@"';
    netsvc = await NetsvcProcess.run(['bash', '-c', shell, projectFile('bin/netsvc'), ...flags], 2);
  });

  after(async () => {
    const ended = await netsvc?.stop();
    const lines = (ended?.stderr ?? '').split('\n').filter(Boolean);
    const log = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const [limited] = log;
    expect(limited).to.include({ level: 'warn', setting: 'max-clients', value: 20_000, limit: 256 });
    expect(limited?.used).to.be.within(50, 150);
    expect(limited?.msg).to.equal('limited by the number of open files (ulimit -n)');
    const refused = log.filter(({ msg }) => msg === 'requests are refused');
    expect(refused.map(({ resource }) => resource)).to.include.members(['clients', 'files']);
  });

  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy();
  });

  const admin = () => (netsvc.ready[2] ?? '').replace(/^.* /, '');
  const shop = () => as('grace', netsvc.url);

  async function open(url: string): Promise<void> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    opened.push(socket);
    await once(socket, 'connect');
  }

  /** One by one, since each call has a connection of its own. */
  async function sessions(count: number): Promise<unknown[]> {
    const ids: unknown[] = [];
    while (ids.length < count) ids.push(await call(shop(), 'cursor'));
    return ids;
  }

  async function isServed(): Promise<void> {
    expect((await fetch(`${admin()}livez`)).status).to.equal(200);
    expect((await fetch(`${admin()}metrics`)).status).to.equal(200);
    expect(await call(shop(), 'execute', 'select 1')).to.deep.equal([[1]]);
    expect(readdirSync(`/proc/${netsvc.child.pid}/fd`).length).to.be.lessThan(256);
  }

  for (const [where, url] of [
    ['', () => netsvc.url],
    [' to the listener for operators', () => admin()],
  ] as const) {
    it(`answers operators and users while a client opens 400 connections${where}`, async () => {
      for (let i = 0; i < 400; i++) await open(url());
      await isServed();
    });
  }

  it('answers operators and users while one has too many sessions with results in files', async () => {
    const ids = await sessions(120);
    const query = "select seq, repeat('x', 100) from numbers where seq <= 2000";
    const faults: string[] = [];
    for (const id of ids) {
      const answer = await call(`${shop()}/${id}`, 'execute', query).catch((fault) => faultOf(Promise.reject(fault)));
      if (typeof answer === 'object') faults.push((answer as { readonly string: string }).string);
    }
    expect(faults.length).to.be.within(1, 119);
    expect(new Set(faults)).to.deep.equal(
      new Set(['netsvc -- Resource Unavailable\n\ncannot store the result: too many open files']),
    );
    for (let i = 0; i < 400; i++) await open(netsvc.url);
    await isServed();
    for (const id of ids) await call(`${shop()}/${id}`, 'close');
  });

  it('answers operators and users while one has as many MySQL connections as there may be', async () => {
    const ids = await sessions(60);
    const pinned = ids.slice(0, 40);
    await Promise.all(pinned.map((id) => call(`${shop()}/${id}`, 'begin')));
    const waiting = ids.slice(40).map((id) => call(`${shop()}/${id}`, 'begin').catch(() => {}));
    await until(async () =>
      /netsvc_connections_waiting\S+ [1-9]/.test(await (await fetch(`${admin()}metrics`)).text()),
    );
    for (let i = 0; i < 400; i++) await open(netsvc.url);
    expect((await fetch(`${admin()}livez`)).status).to.equal(200);
    await Promise.all(pinned.map((id) => call(`${shop()}/${id}`, 'close')));
    await Promise.all(ids.slice(40).map((id) => call(`${shop()}/${id}`, 'close')));
    await Promise.all(waiting);
    await isServed();
  });
});
