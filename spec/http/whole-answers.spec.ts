import { expect } from 'chai';
import { callDocument } from '../support/client.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { ask, converse, converseHalfClosed } from '../support/http.js';
import { testDatabase } from '../support/mariadb.js';
import { spillFiles } from '../support/spill-files.js';
import { until } from '../support/until.js';

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

  const fetchall = async (userAgent: string) => {
    const cursor = await gateway.cursor(60, 'SSCursor');
    await cursor.execute(LARGE);
    const body = callDocument('fetchall');
    const headers = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length), 'User-Agent': userAgent };
    return ask(cursor.url, { headers, body });
  };

  it('is sent in chunks', async () => {
    gateway = await DatabaseGateway.start(url);
    const { headers } = await fetchall('xmlrpclib.py/1.0.1');
    expect(headers['transfer-encoding']).to.equal('chunked');
  });

  it('is sent whole to clients that refuse chunks, known by their User-Agent', async () => {
    gateway = await DatabaseGateway.start(url);
    const { headers, body } = await fetchall('XMLRPC++ 0.7');
    expect(headers).not.to.have.property('transfer-encoding');
    expect(Number(headers['content-length'])).to.equal(Buffer.byteLength(body));
    expect(body.match(/x{1000}/g)).to.have.length(1000);
  });

  it('is sent whole to all clients of a database with answers=whole', async () => {
    gateway = await DatabaseGateway.start(`${url}&answers=whole`);
    const { headers, body } = await fetchall('other');
    expect(Number(headers['content-length'])).to.equal(Buffer.byteLength(body));
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
        const length = String(body.length);
        const headers = { 'Content-Type': 'text/xml', 'Content-Length': length, 'Accept-Encoding': 'gzip, deflate' };
        const answer = await ask(endpoint, { headers, body });
        expect(answer.status).to.equal(200);
        expect(answer.headers['content-encoding']).to.equal(coding);
        expect(answer.headers.vary).to.equal(coding && 'Accept-Encoding');
        if (coding === undefined) expect(answer.body).to.match(/x{1000}/);
      }
      await gateway.stop();
    }
  });

  it('to a client that needs its length is limited by --max-result, and then is fault 51', async () => {
    gateway = await DatabaseGateway.start(url, { maxResult: 500_000 });
    const { body } = await fetchall('XMLRPC++ 0.7');
    expect(body).to.contain('<int>51</int>').and.contain('The response takes more than 500000 bytes');
  });

  it('to a client of HTTP/1.0 is limited by --max-result, and the statement is stopped', async () => {
    gateway = await DatabaseGateway.start(url, { maxResult: 500_000 });
    const cursor = await gateway.cursor(60, 'SSCursor');
    await cursor.execute("select repeat('x', 1000) from numbers a, numbers b where b.seq <= 1000");
    const body = callDocument('fetchall');
    const answer = await converse(
      cursor.url,
      `POST ${new URL(cursor.url).pathname} HTTP/1.0\r\nContent-Type: text/xml\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).to.contain('<int>51</int>').and.contain('The response takes more than 500000 bytes');
    await cursor.call('close');
    await until(() => gateway.pool.counts.idle === 1);
  });
});

describe('a client that closes its writing side after a request', () => {
  let gateway: DatabaseGateway;

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
  });

  after(() => gateway?.stop());

  const requestOf = (version: string, query: string) => {
    const body = callDocument('execute', query);
    return (
      `POST /database HTTP/${version}\r\nHost: x\r\nContent-Type: text/xml\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`
    );
  };

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
