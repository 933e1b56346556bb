import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry } from '#lib/index.js';
import { callDocument } from '../support/client.js';
import { ask, converse } from '../support/http.js';
import { until } from '../support/until.js';

class Echo extends Service {
  readonly waiting: (() => void)[] = [];

  constructor(registry: ServiceRegistry) {
    super('some/echo', registry);
    this.exportMethod(this.echo);
    this.exportMethod(this.wait);
  }

  echo(value: unknown): unknown {
    return value;
  }

  async wait(value: unknown): Promise<unknown> {
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return value;
  }
}

const DOCUMENT = callDocument('echo', 'x');

const CHUNKS = `${DOCUMENT.length.toString(16)}\r\n${DOCUMENT}\r\n0\r\n\r\n`;

/** A request in text form; undefined headers are omitted. */
function request({
  line = 'POST /some/echo HTTP/1.1',
  body = DOCUMENT,
  headers = {},
}: {
  line?: string;
  body?: string;
  headers?: Record<string, string | undefined>;
} = {}): string {
  const all = { Host: 'x', 'Content-Type': 'text/xml', 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return `${line}\r\n${lines.join('')}\r\n${body}`;
}

/** The statuses of the responses, in order. */
const statuses = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));

const ECHOED = /<string>x<\/string>.*<\/methodResponse>$/s;

describe('requests', () => {
  let daemon: HttpDaemon;
  let echo: Echo;
  let origin: string;

  async function start(options: { headersTimeout?: number; requestTimeout?: number } = {}): Promise<void> {
    const registry = new ServiceRegistry();
    echo = new Echo(registry);
    daemon = new HttpDaemon({ port: 0, ...options });
    daemon.attach('/', new RpcGateway('', { registry, maxRequest: 10_000 }));
    origin = `http://127.0.0.1:${(await daemon.start()).port}`;
  }

  const connection = (): Socket => connect(daemon.address.port, '127.0.0.1');

  afterEach(() => daemon.stop());

  describe('of HTTP/1.0', () => {
    const line = 'POST /some/echo HTTP/1.0';

    it('are answered with a length, and the connection is closed', async () => {
      await start();
      const answer = await converse(origin, request({ line, headers: { Host: undefined } }));
      expect(statuses(answer)).to.deep.equal([200]);
      expect(answer)
        .to.match(/\r\nContent-Length: \d+\r\n/)
        .and.match(/\r\nConnection: close\r\n/)
        .and.match(ECHOED);
    });

    it('keep the connection open if they ask for it', async () => {
      await start();
      const kept = request({ line, headers: { Connection: 'keep-alive' } });
      const answer = await converse(origin, kept + request({ line }));
      expect(statuses(answer)).to.deep.equal([200, 200]);
      expect(answer).to.match(/\r\nConnection: keep-alive\r\n/);
    });

    it('have no expectations: the header is ignored', async () => {
      await start();
      const answer = await converse(origin, request({ line, headers: { Expect: '100-continue' } }));
      expect(statuses(answer)).to.deep.equal([200]);
    });
  });

  describe('that arrive in pieces', () => {
    it('are accepted byte by byte', async () => {
      await start();
      const socket = connection().setNoDelay();
      const answer = once(socket.setEncoding('utf8'), 'data');
      for (const byte of Buffer.from(request())) await new Promise((sent) => socket.write(Buffer.of(byte), sent));
      expect((await answer)[0]).to.match(ECHOED);
      socket.destroy();
    });

    it('are accepted in chunks, with extensions and trailers', async () => {
      await start();
      const chunked = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
      const [start_, end] = [DOCUMENT.slice(0, 20), DOCUMENT.slice(20)];
      const body = `14;a=b\r\n${start_}\r\n${end.length.toString(16)}\r\n${end}\r\n0\r\nX-Trailer: y\r\n\r\n`;
      expect(await converse(origin, request({ headers: chunked, body }), ECHOED)).to.match(ECHOED);
    });
  });

  describe('that are pipelined', () => {
    it('are answered in order, even if the first takes longest', async () => {
      await start();
      const first = request({ body: callDocument('wait', 'first') });
      const answers = converse(origin, first + request() + request({ headers: { Connection: 'close' } }));
      await until(() => echo.waiting.length === 1);
      echo.waiting[0]?.();
      const text = await answers;
      expect(statuses(text)).to.deep.equal([200, 200, 200]);
      expect(text.indexOf('first')).to.be.below(text.indexOf('<string>x'));
    });

    it('are answered even if what follows them cannot be parsed', async () => {
      await start();
      const answers = converse(origin, `${request({ body: callDocument('wait', 'first') })}nonsense\r\n\r\n`);
      await until(() => echo.waiting.length === 1);
      echo.waiting[0]?.();
      const text = await answers;
      expect(statuses(text)).to.deep.equal([200]);
      expect(text)
        .to.contain('first')
        .and.match(/\r\nConnection: close\r\n/);
    });
  });

  describe('that expect 100 Continue', () => {
    const waiting = (line?: string, headers: Record<string, string> = {}) =>
      request({ ...(line && { line }), headers: { Expect: '100-continue', ...headers } }).slice(0, -DOCUMENT.length);

    it('get it when their head is accepted', async () => {
      await start();
      const socket = connection().setEncoding('utf8');
      socket.write(waiting());
      expect((await once(socket, 'data'))[0]).to.equal('HTTP/1.1 100 Continue\r\n\r\n');
      socket.write(DOCUMENT);
      expect((await once(socket, 'data'))[0]).to.match(ECHOED);
      socket.destroy();
    });

    const refused: [string, string, Record<string, string>, number][] = [
      ['an unknown endpoint', 'POST /unknown HTTP/1.1', {}, 404],
      ['a body that is too large', 'POST /some/echo HTTP/1.1', { 'Content-Length': '10001' }, 413],
      ['another Content-Type', 'POST /some/echo HTTP/1.1', { 'Content-Type': 'text/plain' }, 400],
    ];
    for (const [what, line, headers, status] of refused) {
      it(`are refused for ${what} without it`, async () => {
        await start();
        const answer = await converse(origin, waiting(line, headers));
        expect(statuses(answer)).to.deep.equal([status]);
        expect(answer).to.match(/\r\nConnection: close\r\n/);
      });
    }

    it('are refused with 417 if they expect anything else', async () => {
      await start();
      const answer = await converse(origin, waiting(undefined, { Expect: '200-ok' }));
      expect(statuses(answer)).to.deep.equal([417]);
    });
  });

  describe('that are never complete', () => {
    it('are refused with 408 if their head does not arrive in time', async () => {
      await start({ headersTimeout: 0.05 });
      expect(statuses(await converse(origin, 'POST /some/echo HTTP/1.1\r\nHost:'))).to.deep.equal([408]);
    });

    it('are refused with 408 if their body does not arrive in time', async () => {
      await start({ headersTimeout: 0.05, requestTimeout: 0.05 });
      const answer = await converse(origin, request().slice(0, -5));
      expect(statuses(answer)).to.deep.equal([408]);
      expect(answer).to.match(/Request time-out\.\n$/);
    });

    it('get no response if they have not begun', async () => {
      await start({ headersTimeout: 0.05 });
      expect(await converse(origin, '')).to.equal('');
    });

    it('do not time out while they are answered', async () => {
      await start({ headersTimeout: 0.05, requestTimeout: 0.05 });
      const answer = converse(origin, request({ body: callDocument('wait', 'x') }), ECHOED);
      await until(() => echo.waiting.length === 1);
      const other = await converse(origin, request().slice(0, -5));
      expect(statuses(other), 'the time has passed for another').to.deep.equal([408]);
      echo.waiting[0]?.();
      expect(await answer).to.match(ECHOED);
    });
  });

  describe('that are not HTTP', () => {
    const chunked = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' };
    const broken: [string, string, number][] = [
      ['nonsense', 'nonsense\r\n\r\n', 400],
      ['a method that HTTP has not', request({ line: 'CALL /some/echo HTTP/1.1' }), 400],
      ['two lengths', request().replace('Content-Length:', 'Content-Length: 5\r\nContent-Length:'), 400],
      ['two lengths, the wrong one last', request().replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\n'), 400],
      // Each alone would be sufficient.
      ['a length and chunks', request({ headers: { 'Transfer-Encoding': 'chunked' }, body: CHUNKS }), 400],
      ['two lengths in one', request({ headers: { 'Content-Length': `${DOCUMENT.length}, ${DOCUMENT.length}` } }), 400],
      ['a length with a sign', request({ headers: { 'Content-Length': `+${DOCUMENT.length}` } }), 400],
      ['a length in another base', request({ headers: { 'Content-Length': '0x10' } }), 400],
      ['a blank before the colon', request().replace('Content-Length:', 'Content-Length :'), 400],
      ['line ends without CR', request().replaceAll('\r\n', '\n'), 400],
      ['a line end in a header', request({ headers: { 'X-Split': 'a\nContent-Length: 5' } }), 400],
      ['chunks that are coded again', request({ headers: { ...chunked, 'Transfer-Encoding': 'chunked, gzip' } }), 400],
      ['chunks by another name', request({ headers: { ...chunked, 'Transfer-Encoding': 'xchunked' } }), 400],
      [
        'chunks told twice',
        request({ headers: chunked, body: '' }).replace('\r\n\r\n', '\r\nTransfer-Encoding: identity\r\n\r\n'),
        400,
      ],
      ['a chunk with a sign', request({ headers: chunked, body: '+5\r\n' }), 400],
      ['a length that is no number', request({ headers: { 'Content-Length': '-1' } }), 400],
      ['a chunk without a length', request({ headers: chunked, body: 'zz\r\n' }), 400],
      ['a header that folds', request({ headers: { 'X-Folded': 'a\r\n\tb\u0000' } }), 400],
      ['headers that are too long', request({ headers: { 'X-Long': 'x'.repeat(20_000) } }), 431],
      ['a path that is too long', request({ line: `POST /${'x'.repeat(20_000)} HTTP/1.1` }), 431],
    ];
    for (const [what, text, status] of broken) {
      it(`are refused with ${status}: ${what}`, async () => {
        await start();
        const answer = await converse(origin, text);
        expect(statuses(answer)).to.deep.equal([status]);
        expect(answer)
          .to.match(/\r\nConnection: close\r\n/)
          .and.match(/\r\nContent-Length: [1-9]\d*\r\n/);
        expect((await ask(`${origin}/some/echo`, { body: DOCUMENT })).status, 'afterwards').to.equal(200);
      });
    }
  });

  describe('with other methods', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE']) {
      it(`are refused with 405: ${method}`, async () => {
        await start();
        const answer = await ask(`${origin}/some/echo`, { method, headers: {} });
        expect(answer.status).to.equal(405);
        expect(answer.headers.allow).to.equal('POST');
        if (method === 'HEAD') expect(answer.body).to.equal('');
      });
    }

    it('are refused with 405: CONNECT', async () => {
      await start();
      expect(statuses(await converse(origin, 'CONNECT db:3306 HTTP/1.1\r\nHost: db\r\n\r\n'))).to.deep.equal([405]);
    });
  });

  it('that ask for an upgrade are answered without it', async () => {
    await start();
    const headers = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' };
    expect(await converse(origin, request({ headers }), ECHOED)).to.match(ECHOED);
  });

  const targets: [string, number][] = [
    ['/some/echo', 200],
    ['//some///echo/', 200],
    ['/some%2Fecho', 200],
    ['/%73ome/ech%6F?a=b', 200],
    ['http://elsewhere:99/some/echo', 200],
    ['/some/./echo', 404],
    ['/some/%2e%2e/some/echo', 404],
    ['/some/echo%00', 404],
    ['/some/echo%zz', 404],
    [`/${'x'.repeat(10_000)}`, 404],
    ['*', 404],
  ];
  for (const [target, status] of targets) {
    it(`for ${target.length > 40 ? 'a very long path' : target} get ${status}`, async () => {
      await start();
      const answer = await converse(origin, request({ line: `POST ${target} HTTP/1.1` }), /\r\n\r\n/);
      expect(statuses(answer)).to.deep.equal([status]);
    });
  }
});
