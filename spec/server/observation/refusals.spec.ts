import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { call, faultOf } from '../../support/client.js';
import { startPrivateServer, testDatabase, urlOf } from '../../support/mariadb.js';
import { NetsvcProcess } from '../../support/netsvc-process.js';
import { type LogLine, RunningServer } from '../../support/netsvc-server.js';
import { projectFile } from '../../support/project-file.js';
import { until } from '../../support/until.js';

describe('what is refused', () => {
  let mysql: string;
  let netsvc: RunningServer | undefined;

  before(function () {
    mysql = testDatabase(this);
  });

  afterEach(async () => {
    await netsvc?.stop(0);
    netsvc = undefined;
  });

  async function start(flags: readonly string[], url = mysql): Promise<string> {
    netsvc = await RunningServer.start(['--admin-port', '0', '--database', `shop=${url}`, ...flags]);
    return netsvc.url;
  }

  /** Returns the number of refusals in the metrics. */
  async function refusals(resource: string, database = '', admin = netsvc?.adminUrl ?? ''): Promise<number> {
    const metrics = await (await fetch(`${admin}metrics`)).text();
    const name = `netsvc_refusals_total{resource="${resource}",database="${database}"} `;
    const line = metrics.split('\n').find((line) => line.startsWith(name));
    return Number(line?.slice(name.length));
  }

  /** Stops the server and returns the lines that its log has of refusals. */
  async function lines(): Promise<LogLine[]> {
    const log = netsvc?.log ?? [];
    await netsvc?.stop(0);
    netsvc = undefined;
    return log.filter(({ message }) => message === 'requests are refused');
  }

  const begun = (fields: object) => ({ level: 'warn', fields, message: 'requests are refused' });

  it('is seen if there are too many sessions', async () => {
    const url = await start(['--max-sessions', '2']);
    expect(await refusals('sessions')).to.equal(0);
    await call(url, 'cursor');
    await call(url, 'cursor');
    for (let i = 0; i < 3; i++) expect((await faultOf(call(url, 'cursor'))).code).to.equal(51);
    expect(await refusals('sessions')).to.equal(3);
    expect(await lines()).to.deep.equal([
      begun({ resource: 'sessions', holder: '', held: 2, holder_database: 'shop' }),
    ]);
  });

  it('is seen if no connection becomes free in time', async () => {
    const url = await start(['--connections', '1', '--connect-wait', '0.1', '--wait-for-database', '30']);
    expect(await refusals('connections', 'shop')).to.equal(0);
    const session = `${url}/${await call(url, 'cursor')}`;
    await call(session, 'begin');
    for (let i = 0; i < 2; i++) expect((await faultOf(call(url, 'execute', 'select 1'))).code).to.equal(51);
    expect(await refusals('connections', 'shop')).to.equal(2);
    const expected = { resource: 'connections', database: 'shop', holder_address: '127.0.0.1', held: 1 };
    expect(await lines()).to.deep.equal([begun(expected)]);
  });

  it('is seen if too many requests wait for a connection', async () => {
    const url = await start(['--connections', '1', '--max-sessions', '1']);
    const session = `${url}/${await call(url, 'cursor')}`;
    await call(session, 'begin');
    const waiting = call(url, 'execute', 'select 1');
    expect((await faultOf(call(url, 'execute', 'select 1'))).code).to.equal(51);
    await call(session, 'close');
    await waiting;
    expect(await refusals('waiting', 'shop')).to.equal(1);
    const expected = { resource: 'waiting', database: 'shop', holder_address: '127.0.0.1', held: 1 };
    expect(await lines()).to.deep.equal([begun(expected)]);
  });

  it('is seen if MySQL has too many connections', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    const server = await startPrivateServer(folder, ['--max-connections=10']);
    try {
      const url = await start(['--connections', '20', '--connect-wait', '1'], urlOf(server));
      const sessions = await Promise.all(Array.from({ length: 15 }, () => call(url, 'cursor')));
      await Promise.allSettled(sessions.map((id) => call(`${url}/${id}`, 'begin')));
      const resource = 'mysql_connections';
      expect(await refusals(resource, 'shop')).to.be.at.least(1);
      const { fields } =
        (await lines()).find(({ fields }) => 'resource' in fields && fields.resource === resource) ?? {};
      expect(fields).to.include({ resource, database: 'shop', holder: '' });
      expect(fields).to.have.property('held').that.is.at.least(1);
    } finally {
      await netsvc?.stop(0);
      netsvc = undefined;
      await server.stop();
      await rm(folder, { recursive: true });
    }
  });

  it('is seen if there is too little memory', async () => {
    const url = await start(['--memory', '8M']);
    const fault = await faultOf(call(url, 'execute', 'select %s', ['x'.repeat(7_000_000)]));
    expect(fault.code).to.equal(51);
    expect(await refusals('memory_of_user')).to.equal(1);
    const [line, ...others] = await lines();
    expect(others).to.deep.equal([]);
    expect(line).to.deep.equal(begun({ resource: 'memory_of_user', client_address: '127.0.0.1' }));
  });

  it('is seen if clients have too many connections', async () => {
    const url = await start(['--max-clients', '5']);
    const opened = Array.from({ length: 10 }, () =>
      connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {}),
    );
    await until(async () => (await refusals('clients')) >= 5);
    for (const socket of opened) socket.destroy();
    expect(await lines()).to.deep.equal([begun({ resource: 'clients', holder_address: '127.0.0.1', held: 6 })]);
  });

  it('is seen if the disk is full', async () => {
    // The maximum size of a file of the server is one megabyte.
    const shell = `trap '' XFSZ; ulimit -f 1024; exec "$0" "$@"`;
    const flags = ['--port', '0', '--admin-port', '0', '--log-level', 'warn', '--result-memory', '64K'];
    const program = [projectFile('bin/netsvc'), ...flags, '--database', `shop=${mysql}`];
    const limited = await NetsvcProcess.run(['bash', '-c', shell, ...program], 2);
    const session = `${limited.url}/${await call(limited.url, 'cursor')}`;
    const query = "select seq, repeat('x', 100) from numbers where seq <= 100000";
    for (let i = 0; i < 2; i++) expect((await faultOf(call(session, 'execute', query))).code).to.equal(51);
    expect(await refusals('disk', '', limited.ready[2]?.replace(/^.* /, ''))).to.equal(2);
    const { stderr } = await limited.stop();
    const [line, ...others] = stderr.split('\n').filter((line) => line.includes('requests are refused'));
    expect(others).to.deep.equal([]);
    expect(JSON.parse(line ?? '')).to.include({ level: 'warn', resource: 'disk', msg: 'requests are refused' });
  });

  it('is seen if files cannot be created', async () => {
    const { TMPDIR } = process.env;
    const url = await start(['--result-memory', '64K']);
    const query = "select seq, repeat('x', 100) from numbers where seq <= 10000";
    process.env.TMPDIR = '/nowhere';
    try {
      expect((await faultOf(call(url, 'query', query))).code).to.equal(51);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
    expect(await refusals('disk')).to.equal(1);
    expect(await lines()).to.deep.equal([begun({ resource: 'disk' })]);
  });
});
