import { expect } from 'chai';
import { callDocument } from '../support/client.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { ask, converse, converseHalfClosed } from '../support/http.js';
import { testDatabase } from '../support/mariadb.js';
import { spillFiles } from '../support/spill-files.js';
import { until } from '../support/until.js';
import { request } from './raw-request.js';

const LARGE = "select repeat('x', 1000) from numbers where seq between 1 and 1000";

describe('a large response', () => {
  let url: string;
  let gateway: DatabaseGateway;

  before(function () {
    url = testDatabase(this);
  });

  afterEach(async () => {
    await gateway?.stop();
    expect(spillFiles()).to.equal(0);
  });

  const fetchall = async (headers: Record<string, string>, statement = LARGE, version = '1.1') => {
    const cursor = await gateway.cursor(60, 'SSCursor');
    await cursor.execute(statement);
    const line = `POST ${new URL(cursor.url).pathname} HTTP/${version}`;
    const sent = request({ line, headers: { Connection: 'close', ...headers }, body: callDocument('fetchall') });
    const answer = await converse(cursor.url, sent);
    await cursor.call('close');
    return answer;
  };

  it('is sent in chunks', async () => {
    gateway = await DatabaseGateway.start(url);
    expect(await fetchall({})).to.match(/^Transfer-Encoding: chunked$/m);
  });

  it('is sent whole to all clients of a database with answers=whole', async () => {
    gateway = await DatabaseGateway.start(`${url}&answers=whole`);
    const [, length, body = ''] = /^Content-Length: (\d+)\r$.*?\r\n\r\n(.*)/ms.exec(await fetchall({})) ?? [];
    expect(Number(length)).to.equal(Buffer.byteLength(body));
    expect(body.match(/x{1000}/g)).to.have.length(1000);
  });

  it('is not compressed for a database with compression=off, and neither is a small one', async () => {
    for (const [option, coding] of [
      ['compression=on', 'gzip'],
      ['compression=off', undefined],
    ] as const) {
      gateway = await DatabaseGateway.start(`${url}&${option}`);
      const cursor = await gateway.cursor(60, 'SSCursor');
      for (const [endpoint, body] of [
        [gateway.url, callDocument('execute', "select repeat('x', 2000)")],
        [cursor.url, callDocument('query', "select repeat('x', 2000)")],
        [cursor.url, callDocument('query', LARGE)],
      ] as const) {
        const headers = { 'Content-Type': 'text/xml', 'Accept-Encoding': 'gzip, deflate' };
        const answer = await ask(endpoint, { headers, body });
        expect(answer.status).to.equal(200);
        expect(answer.headers['content-encoding']).to.equal(coding);
        expect(answer.headers.vary).to.equal(coding && 'Accept-Encoding');
        if (coding === undefined) expect(answer.body).to.match(/x{1000}/);
      }
      await gateway.stop();
    }
  });

  for (const [client, version, headers] of [
    ['that needs its length', '1.1', { 'User-Agent': 'XMLRPC++ 0.7' }],
    ['of HTTP/1.0', '1.0', {}],
  ] as const) {
    it(`to a client ${client} is limited by --max-result, and the statement is stopped`, async () => {
      gateway = await DatabaseGateway.start(url, { maxResult: 500_000 });
      const endless = "select repeat('x', 1000) from numbers a, numbers b where b.seq <= 1000";
      expect(await fetchall(headers, endless, version))
        .to.contain('<int>51</int>')
        .and.contain('The response takes more than 500000 bytes');
      await until(() => gateway.pool.counts.idle === 1);
    });
  }
});

describe('a client that closes its writing side after a request', () => {
  let gateway: DatabaseGateway;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
  });

  after(() => gateway?.stop());

  const requestOf = (version: string, query: string) =>
    request({ line: `POST /database HTTP/${version}`, body: callDocument('execute', query) }).toString();

  for (const [path, version] of [
    ['fast', '1.1'],
    ['slow', '1.0'],
  ] as const) {
    it(`gets its response, on the ${path} path`, async () => {
      const answer = await converseHalfClosed(gateway.url, requestOf(version, 'select sleep(0.3), 42'));
      expect(answer)
        .to.match(/^HTTP\/1\.1 200/)
        .and.contain('<int>42</int>');
    });

    it(`gets fault 58 if the statement takes long, and the statement is stopped, on the ${path} path`, async () => {
      const started = performance.now();
      const answer = await converseHalfClosed(gateway.url, requestOf(version, 'select 1 from dual where sleep(60)'));
      expect(answer).to.contain('<int>58</int>').and.contain('The client disconnected.');
      expect(performance.now() - started).to.be.below(10_000);
    });
  }
});
