import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { makeAuthority } from '../../support/certificates.js';
import { call, callDocument, faultOf } from '../../support/client.js';
import { ConfiguredServer, OPERATORS } from '../../support/configured-server.js';
import { ask, converse } from '../../support/http.js';
import { basic } from '../../support/logins.js';
import { until } from '../../support/until.js';

const XML = { 'Content-Type': 'text/xml' };

describe('each metric is what was done', () => {
  const server = new ConfiguredServer();
  let earlier: Map<string, number>;

  before(async () => {
    await server.start({
      users: 'users',
      admin: OPERATORS,
      'audit-log': 'audit.log',
      'max-request': 1000,
      'metrics-per-user': true,
      'login-failures': 2,
    });
  });

  beforeEach(async () => {
    earlier = await read();
  });

  async function read(): Promise<Map<string, number>> {
    const { body } = await server.get('metrics');
    const samples = body.split('\n').filter((line) => line.startsWith('netsvc_'));
    return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  }

  /** The series whose names begin with `name` that have changed, and by how much. */
  async function changes(name: string): Promise<Record<string, number>> {
    const now = await read();
    const changed = [...now].filter(([series, value]) => series.startsWith(name) && value !== earlier.get(series));
    return Object.fromEntries(
      changed.map(([series, value]) => [series.slice(name.length), value - (earlier.get(series) ?? 0)]),
    );
  }

  it('of the refusals by HTTP status, on both paths', async () => {
    const url = server.url();
    const counts: Record<number, number> = {};
    const expectStatus = (status: number, answer: { status: number }) => {
      expect(answer.status).to.equal(status);
      counts[status] = (counts[status] ?? 0) + 1;
    };
    const login = basic('grace');
    const body = callDocument('execute', 'select 1');
    const headers = { ...XML, ...login, 'Content-Length': String(body.length) };
    // Chunks belong on the slow path.
    const chunked = { ...XML, ...login, 'Transfer-Encoding': 'chunked' };
    for (const headers of [
      { ...XML, 'Content-Length': '0' },
      { ...XML, 'Transfer-Encoding': 'chunked' },
    ]) {
      expectStatus(401, await ask(url, { headers }));
    }
    for (let i = 0; i < 2; i++)
      expectStatus(401, await ask(url, { headers: { ...headers, ...basic(`alan:${i}`) }, body }));
    for (let i = 0; i < 3; i++)
      expectStatus(429, await ask(url, { headers: { ...headers, ...basic(`alan:${i}`) }, body }));
    for (const sent of [headers, chunked]) {
      expectStatus(404, await ask(`${url}/none`, { headers: sent, body }));
      expectStatus(400, await ask(url, { headers: { ...sent, 'Content-Type': 'text/plain' }, body }));
      const long = callDocument('execute', 'x'.repeat(2000));
      const { 'Content-Length': _, ...others } = sent as Record<string, string>;
      expectStatus(
        413,
        await ask(url, {
          headers: sent === chunked ? chunked : { ...others, 'Content-Length': String(long.length) },
          body: long,
        }),
      );
    }
    expectStatus(405, await ask(url, { method: 'PUT', headers: { ...login, 'Content-Length': '0' } }));
    expectStatus(415, await ask(url, { headers: { ...chunked, 'Content-Encoding': 'br' }, body }));
    const line = (head: string) =>
      converse(url, `${head}\r\nAuthorization: ${login.Authorization}\r\n\r\n`, /\r\n\r\n/);
    const statusOf = async (answer: Promise<string>) => ({ status: Number((await answer).split(' ')[1]) });
    expectStatus(411, await statusOf(line('POST /shop HTTP/1.0\r\nContent-Type: text/xml')));
    expectStatus(400, await statusOf(line('POST /shop HTTP/1.1\r\nBad Header: x')));
    expectStatus(417, await statusOf(line('POST /shop HTTP/1.1\r\nExpect: tea\r\nConnection: close')));
    expectStatus(431, await statusOf(line(`POST /shop HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`)));
    const expected = Object.entries(counts).map(([status, count]) => [`{status="${status}"}`, count]);
    expect(await changes('netsvc_http_refusals_total')).to.deep.equal(Object.fromEntries(expected));
    expect(await changes('netsvc_logins_total')).to.deep.equal({
      '{outcome="accepted"}': 1,
      '{outcome="wrong"}': 2,
      '{outcome="locked_out"}': 3,
    });
  });

  it('of stopped statements, also by their client and by an operator', async () => {
    const session = await server.open('grace');
    const fault = faultOf(session.execute('select sleep(30)'));
    await until(async () => {
      const [{ session: digest = '' } = {}] = (await server.operate('sessions')) as { session?: string }[];
      return (await server.operate('cancel', digest)) === true;
    });
    expect((await fault).code).to.equal(58);
    await session.call('close');
    await call(server.url('grace'), 'execute', 'select 1');
    expect(await changes('netsvc_statements_cancelled_total')).to.deep.equal({ '{database="shop"}': 1 });
  });

  it('of lines of the audit log', async () => {
    for (let i = 0; i < 5; i++) await call(server.url('grace'), 'execute', `select ${i}, 'counted'`);
    const lines = async () => (await readFile(server.folder.file('audit.log'), 'utf8')).trim().split('\n');
    await until(async () => (await lines()).filter((line) => line.includes('select ?, ...')).length === 5);
    const counts = await read();
    expect(counts.get('netsvc_audit_lines_total')).to.equal((await lines()).length);
    expect(counts.get('netsvc_audit_lines_lost_total')).to.equal(0);
  });

  it('of a pause, and of a database that is disabled', async () => {
    await server.operate('pause', 'shop', 30);
    expect(await changes('netsvc_database_paused')).to.deep.equal({ '{database="shop"}': 1 });
    await server.operate('resume', 'shop');
    expect(await changes('netsvc_database_paused')).to.deep.equal({});
    await server.operate('disable', 'shop');
    expect(await changes('netsvc_database_disabled')).to.deep.equal({ '{database="shop"}': 1 });
    await server.operate('enable', 'shop');
  });

  it('of reloads, and of password files that change', async () => {
    await server.reload({ nonsense: 1 }).catch(() => {});
    expect(await changes('netsvc_reload_')).to.deep.equal({ success: -1 });
    await server.reload();
    const { timestamp_seconds: seconds = 0, ...others } = await changes('netsvc_reload_');
    expect(seconds).to.be.greaterThan(0);
    expect(others).to.deep.equal({});
    expect((await read()).get('netsvc_reload_timestamp_seconds')).to.be.closeTo(Date.now() / 1000, 10);
    const users = await readFile(server.folder.file('users'), 'utf8');
    await server.folder.write('users', 'nonsense');
    await until(async () => (await changes('netsvc_reload_')).success === -1);
    await server.folder.write('users', users);
    await until(async () => (await changes('netsvc_reload_')).success === undefined);
  });

  it('of each user', async () => {
    const session = await server.open('grace');
    await session.execute('select sleep(0.1)');
    await faultOf(session.execute('select * from nowhere'));
    const { '_statement_seconds_total{user="grace"}': seconds = 0, ...others } = await changes('netsvc_user');
    expect(seconds).to.be.within(0.1, 5);
    expect(others).to.deep.equal({
      '_calls_total{user="grace"}': 3,
      '_faults_total{user="grace"}': 1,
      '_sessions{user="grace"}': 1,
    });
    await session.call('close');
  });
});

describe('the metrics of a listener with TLS', () => {
  const server = new ConfiguredServer();

  it('are the versions, and when the certificate expires, also after a reload', async function () {
    this.timeout(20_000);
    const authority = await makeAuthority();
    const install = async (end: string) => {
      const { pem } = await authority.issueBetween('localhost', '20200101000000Z', end);
      await server.folder.write('cert.pem', pem.certificate);
      await server.folder.write('key.pem', pem.key);
      return new Date(new X509Certificate(pem.certificate).validTo).getTime() / 1000;
    };
    const first = await install('20990101000000Z');
    await server.start({ 'tls-certificate': 'cert.pem', 'tls-key': 'key.pem' });
    const { host } = new URL(server.url());
    const expiry = () => server.metric(`netsvc_certificate_expiry_timestamp_seconds{listener="${host}"}`);
    expect(await expiry()).to.equal(first);
    expect(await server.metric(`netsvc_build_info{version="1.2.3",node="${process.versions.node}"}`)).to.equal(1);
    const next = await install('20990102000000Z');
    await server.reload();
    expect(await expiry()).to.equal(next);
    await authority.remove();
  });
});
