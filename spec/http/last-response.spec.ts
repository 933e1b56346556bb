import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry } from '#lib/index.js';
import { callDocument } from '../support/client.js';
import { freePort } from '../support/free-port.js';
import { Haproxy, hasHaproxy } from '../support/haproxy.js';
import { converse } from '../support/http.js';
import { pend } from '../support/test-server.js';
import { until } from '../support/until.js';

const LIMIT = 1000;
const BODY = callDocument('count');

class Counter extends Service {
  calls = 0;

  constructor(registry: ServiceRegistry) {
    super('counter', registry);
    this.exportMethod(this.count);
    this.exportMethod(this.countLater);
  }

  count(): number {
    return ++this.calls;
  }

  async countLater(): Promise<number> {
    await new Promise(setImmediate);
    return ++this.calls;
  }
}

/** Checks every login later, so that what follows arrives meanwhile. */
class Slow extends RpcGateway {
  override async authorise(login: string): Promise<boolean> {
    await setTimeout(5);
    return login !== 'mallory';
  }
}

interface Form {
  readonly line?: string;
  readonly headers?: string;
  readonly body?: string;
}

const request = ({
  line = 'POST /counter HTTP/1.1',
  headers = `Content-Length: ${BODY.length}\r\n`,
  body = BODY,
}: Form = {}) => [`${line}\r\nHost: x\r\nContent-Type: text/xml\r\n${headers}\r\n`, body] as const;

const MALLORY = `Authorization: Basic ${Buffer.from('mallory:x').toString('base64')}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

/** Requests behind which nothing can be read, and the statuses of their response, which can depend on the timing. */
const LAST: readonly (readonly [what: string, head: string, body: string, ...statuses: number[]])[] = [
  ['no length', ...request({ headers: '' }), 411],
  ['no length, and Connection: close', ...request({ headers: 'Connection: close\r\n' }), 411],
  ['no length, and HTTP/1.0', ...request({ line: 'POST /counter HTTP/1.0', headers: '' }), 411],
  [
    'no length, and HTTP/1.0 with keep-alive',
    ...request({ line: 'POST /counter HTTP/1.0', headers: 'Connection: keep-alive\r\n' }),
    411,
  ],
  ['no length, for an unknown endpoint', ...request({ line: 'POST /unknown HTTP/1.1', headers: '' }), 404],
  ['no length, and wrong credentials', ...request({ headers: MALLORY }), 401, 411],
  ['no length, and a query', ...request({ line: 'POST /counter?a HTTP/1.1', headers: '' }), 411],
  ['no length, and another method', ...request({ line: 'PUT /counter HTTP/1.1', headers: '' }), 405],
  ['a length and chunks', ...request({ headers: `Content-Length: ${BODY.length}\r\n${CHUNKED}` }), 400],
  ['chunks and a length', ...request({ headers: `${CHUNKED}Content-Length: ${BODY.length}\r\n` }), 400],
  ['two lengths', ...request({ headers: 'Content-Length: 1\r\nContent-Length: 2\r\n' }), 400],
  ['a length that is no number', ...request({ headers: 'Content-Length: all\r\n' }), 400],
  ['a chunk that is none', ...request({ headers: CHUNKED, body: `zz\r\n${BODY}` }), 400],
  [
    'a chunk that is none, for an unknown endpoint',
    ...request({ line: 'POST /unknown HTTP/1.1', headers: CHUNKED }),
    404,
    400,
  ],
  ['a chunk that is none, and wrong credentials', ...request({ headers: `${MALLORY}${CHUNKED}` }), 401, 400],
  ['a bad chunk behind a good one', ...request({ headers: CHUNKED, body: `1\r\n<\r\nzz\r\n${BODY}` }), 400],
  [
    'a bad chunk behind too many',
    ...request({ headers: CHUNKED, body: `400\r\n${' '.repeat(1024)}\r\nzz\r\n` }),
    413,
    400,
  ],
  ['an unknown Transfer-Encoding', ...request({ headers: 'Transfer-Encoding: foo\r\n' }), 400],
  ['what is not HTTP', 'nonsense\r\n', BODY, 400],
  ['what is not HTTP in front of a request', `x\r\n${request()[0]}`, BODY, 400],
  ['an empty line and what is not HTTP', '\r\n\r\n', BODY, 400],
  ['another protocol', 'POST /counter SIP/2.0\r\n', BODY, 400],
  ['a later version of HTTP', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', BODY, 400],
  ['a header that is none', ...request({ headers: 'Content-Length : 1\r\n' }), 400],
  ['headers that are too long', ...request({ headers: `X: ${'x'.repeat(20_000)}\r\n` }), 431],
  ['an unknown expectation', ...request({ headers: `Expect: x\r\nContent-Length: ${BODY.length}\r\n` }), 417],
  ['a tunnel', 'CONNECT db:3306 HTTP/1.1\r\nHost: db\r\n\r\n', BODY, 405],
  ['Connection: close', ...request({ headers: `Connection: close\r\nContent-Length: ${BODY.length}\r\n` }), 200],
  ['HTTP/1.0', ...request({ line: 'POST /counter HTTP/1.0' }), 200],
  ['Connection: close, and a refusal', ...request({ headers: 'Connection: close\r\nContent-Length: 2000\r\n' }), 413],
];

/** How requests arrive. `answered` waits for the response, or gives up if there will be none yet. */
type Arrival = (head: string, body: string, answered: () => Promise<void>) => AsyncGenerator<string>;

const WAYS: Readonly<Record<string, Arrival>> = {
  async *'in one packet'(head, body) {
    yield `${head}${body}${request().join('')}`;
  },
  async *'with the body in another packet'(head, body, answered) {
    yield head;
    await answered();
    yield body;
    await answered();
    yield request().join('');
  },
  async *'byte by byte'(head, body) {
    yield* head.slice(0, 400);
    yield head.slice(400);
    yield* body;
    yield* request().join('');
  },
};

for (const [gateway, Gateway] of [
  ['', RpcGateway],
  [', if logins take time', Slow],
] as const) {
  describe(`the last response of a connection${gateway}`, () => {
    let daemon: HttpDaemon;
    let counter: Counter;
    let origin: string;

    before(async () => {
      const registry = new ServiceRegistry({ log: { info() {}, warn() {}, error() {} } });
      counter = new Counter(registry);
      daemon = new HttpDaemon({ port: 0, log: registry.log });
      daemon.attach('/', new Gateway('', { registry, maxRequest: LIMIT }));
      origin = `http://127.0.0.1:${(await daemon.start()).port}`;
    });

    after(() => daemon.stop());

    /** Sends requests, and returns all that the server sends. */
    async function talk(first: string, parts: (answered: () => Promise<void>) => AsyncGenerator<string>) {
      const socket = connect({ port: daemon.address.port, host: '127.0.0.1', allowHalfOpen: true }).setNoDelay();
      let answers = '';
      let ended = false;
      socket.setEncoding('latin1').on('data', (text: string) => {
        answers += text;
      });
      socket.on('end', () => {
        ended = true;
      });
      if (first !== '') {
        socket.write(first);
        await until(() => answers.includes('</methodResponse>'));
        answers = '';
      }
      for await (const part of parts(() => Promise.race([until(() => answers !== ''), setTimeout(20)]))) {
        await new Promise<void>((resolve, reject) => socket.write(part, 'latin1', (e) => (e ? reject(e) : resolve())));
      }
      await until(() => ended);
      socket.end();
      await once(socket, 'close');
      return answers;
    }

    for (const [way, arrive] of Object.entries(WAYS)) {
      for (const [what, head, body, ...statuses] of LAST) {
        it(`is the only one to what arrives ${way}: ${what}`, async () => {
          // On the slow path from the start, and after the fast path.
          for (const first of way === 'in one packet' ? ['', request().join('')] : ['']) {
            const before = counter.calls + (first === '' ? 0 : 1);
            const answers = await talk(first, (answered) => arrive(head, body, answered));
            expect(answers.match(/HTTP\/1\.1 /g), answers).to.have.length(1);
            expect(statuses).to.include(Number(answers.slice(9, 12)));
            expect(counter.calls).to.equal(before + (statuses[0] === 200 ? 1 : 0));
          }
        });
      }
    }

    it('is that to the last of several requests that have arrived', async () => {
      const later = request({ body: callDocument('countLater'), headers: `Content-Length: ${BODY.length + 5}\r\n` });
      const all = `${later.join('')}${later.join('')}${later.join('')}nonsense\r\n\r\n`;
      const answers = await converse(origin, all);
      expect(answers.match(/HTTP\/1\.1 200 /g)).to.have.length(3);
      expect(answers.match(/HTTP\/1\.1 /g)).to.have.length(3);
      expect(answers.match(/Connection: close/g)).to.have.length(1);
    });

    it('is none to a request whose body has been read, or whose rest is dropped', async () => {
      const refused = request({ line: 'POST /unknown HTTP/1.1' }).join('');
      const closing = request({ headers: `Content-Length: ${BODY.length}\r\nConnection: close\r\n` }).join('');
      const answers = await converse(origin, `${refused}${refused}${closing}`);
      expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).to.deep.equal([
        '404',
        '404',
        '200',
      ]);
    });

    it('is the only one behind haproxy', async function () {
      if (!hasHaproxy) pend(this, 'haproxy is not installed');
      const ready = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
      await once(ready, 'listening');
      const adminPort = (ready.address() as AddressInfo).port;
      const haproxy = await Haproxy.start(await freePort(), [{ name: 'a', port: daemon.address.port, adminPort }]);
      try {
        for (const [what, head, body, ...statuses] of LAST) {
          if (!what.startsWith('no length') || head.startsWith('PUT')) continue;
          const answers = await converse(`http://127.0.0.1:${haproxy.port}`, `${head}${body}${request().join('')}`);
          expect(answers.match(/HTTP\/1\.[01] /g), what).to.have.length(1);
          expect(statuses).to.include(Number(answers.slice(9, 12)));
        }
      } finally {
        await haproxy.stop();
        ready.close();
      }
    });

    it('reaches a client that is still sending', async () => {
      const socket = connect(daemon.address.port, '127.0.0.1').setEncoding('latin1');
      socket.write('POST /counter HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: 20000000\r\n\r\n');
      for (let i = 0; i < 20; i++) await new Promise((sent) => socket.write('x'.repeat(1_000_000), sent));
      let answer = '';
      for await (const text of socket) answer += text;
      expect(answer).to.match(/^HTTP\/1\.1 413 /);
    });
  });
}
