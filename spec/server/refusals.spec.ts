import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { call, faultOf } from '../support/client.js';
import { startPrivateServer, testDatabase, urlOf } from '../support/mariadb.js';
import { NetsvcProcess } from '../support/netsvc-process.js';
import { projectFile } from '../support/project-file.js';
import { until } from '../support/until.js';

type Line = Readonly<Record<string, unknown>>;

describe('what is refused', () => {
  let mysql: string;
  let netsvc: NetsvcProcess | undefined;

  before(function () {
    mysql = testDatabase(this);
  });

  afterEach(async () => {
    await netsvc?.stop();
    netsvc = undefined;
  });

  async function start(flags: readonly string[], url = mysql): Promise<string> {
    netsvc = await NetsvcProcess.start(['--admin-port', '0', '--database', `shop=${url}`, ...flags], 2);
    return netsvc.url;
  }

  /** Returns the number of refusals in the metrics. */
  async function refusals(resource: string, database = ''): Promise<number> {
    const admin = netsvc?.ready[2]?.replace(/^.* /, '') ?? '';
    const metrics = await (await fetch(`${admin}metrics`)).text();
    const name = `netsvc_refusals_total{resource="${resource}",database="${database}"} `;
    const line = metrics.split('\n').find((line) => line.startsWith(name));
    return Number(line?.slice(name.length));
  }

  /** Stops the server and returns the lines that its log has of refusals. */
  async function lines(): Promise<Line[]> {
    const ended = await netsvc?.stop();
    netsvc = undefined;
    const all = (ended?.stderr ?? '').split('\n').filter(Boolean);
    return all.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === 'requests are refused');
  }

  /** The fields of a line that say what was refused. */
  const refused = ({ time: _time, pid: _pid, instance: _instance, hostname: _hostname, ...fields }: Line) => fields;

  const begun = (fields: object) => ({ level: 'warn', ...fields, msg: 'requests are refused' });

  it('is seen if there are too many sessions', async () => {
    const url = await start(['--max-sessions', '2']);
    expect(await refusals('sessions')).to.equal(0);
    await call(url, 'cursor');
    await call(url, 'cursor');
    for (let i = 0; i < 3; i++) expect((await faultOf(call(url, 'cursor'))).code).to.equal(51);
    expect(await refusals('sessions')).to.equal(3);
    expect((await lines()).map(refused)).to.deep.equal([
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
    expect((await lines()).map(refused)).to.deep.equal([begun(expected)]);
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
    expect((await lines()).map(refused)).to.deep.equal([begun(expected)]);
  });

  it('is seen if MySQL has too many connections', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'netsvc-spec-'));
    const server = await startPrivateServer(folder, ['--max-connections=10']);
    try {
      const url = await start(['--connections', '20', '--connect-wait', '1'], urlOf(server));
      const sessions = await Promise.all(Array.from({ length: 15 }, () => call(url, 'cursor')));
      await Promise.allSettled(sessions.map((id) => call(`${url}/${id}`, 'begin')));
      expect(await refusals('mysql_connections', 'shop')).to.be.at.least(1);
      const [first] = (await lines()).filter(({ resource }) => resource === 'mysql_connections');
      expect(first).to.include({ resource: 'mysql_connections', database: 'shop', holder: '' });
      expect(first?.held).to.be.at.least(1);
    } finally {
      await netsvc?.stop();
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
    const [line, ...others] = (await lines()).map(refused);
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
    expect((await lines()).map(refused)).to.deep.equal([
      begun({ resource: 'clients', holder_address: '127.0.0.1', held: 6 }),
    ]);
  });

  it('is seen if the disk is full', async () => {
    // The maximum size of a file of the server is one megabyte.
    const shell = `trap '' XFSZ; ulimit -f 1024; exec "$0" "$@"`;
    const flags = ['--port', '0', '--admin-port', '0', '--log-level', 'warn', '--result-memory', '64K'];
    const program = [projectFile('bin/netsvc'), ...flags, '--database', `shop=${mysql}`];
    netsvc = await NetsvcProcess.run(['bash', '-c', shell, ...program], 2);
    const session = `${netsvc.url}/${await call(netsvc.url, 'cursor')}`;
    const query = "select seq, repeat('x', 100) from numbers where seq <= 100000";
    for (let i = 0; i < 2; i++) expect((await faultOf(call(session, 'execute', query))).code).to.equal(51);
    expect(await refusals('disk')).to.equal(2);
    expect((await lines()).map(refused)).to.deep.equal([begun({ resource: 'disk' })]);
  });

  it('is seen if files cannot be created', async () => {
    netsvc = undefined;
    const flags = ['--admin-port', '0', '--result-memory', '64K', '--database', `shop=${mysql}`];
    netsvc = await NetsvcProcess.start(flags, 2, { TMPDIR: '/nowhere' });
    const query = "select seq, repeat('x', 100) from numbers where seq <= 10000";
    expect((await faultOf(call(netsvc.url, 'query', query))).code).to.equal(51);
    expect(await refusals('disk')).to.equal(1);
    expect((await lines()).map(refused)).to.deep.equal([begun({ resource: 'disk' })]);
  });
});
