import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { HttpDaemon, type HttpDaemonOptions, RpcGateway, Service, ServiceRegistry } from '#lib/index.js';
import { callDocument } from '../../support/client.js';
import { ask, converse } from '../../support/http.js';
import { until } from '../../support/until.js';
import { ANSWER, PIECE, readUntil, stalled, Teller, unchunked, WHOLE } from './teller.js';

describe('a streamed response', () => {
  let daemon: HttpDaemon;
  let teller: Teller;
  let logged: string[];
  let origin: string;
  let path: string;

  async function start(options: HttpDaemonOptions = {}): Promise<void> {
    logged = [];
    const log = { error: (_: object, text: string) => logged.push(text), warn() {}, info() {} };
    const registry = new ServiceRegistry({ log });
    const service = new Service('service', registry);
    teller = new Teller(service);
    daemon = new HttpDaemon({ port: 0, ...options });
    daemon.attach('/', new RpcGateway('', { registry }));
    origin = `http://127.0.0.1:${(await daemon.start()).port}`;
    path = `/${teller.serviceName}`;
  }

  beforeEach(() => start());

  afterEach(() => daemon.stop());

  function request(method: string, text?: string, { version = '1.1', headers = '' } = {}): string {
    const body = callDocument(method, text);
    const head = `POST ${path} HTTP/${version}\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n`;
    return `${head}${headers}\r\n${body}`;
  }

  function hold(text: string): Socket {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(text);
    return socket;
  }

  it('is created in short turns, which those of all clients share', async () => {
    const parent = teller.parent;
    const tellers = Array.from({ length: 8 }, () => new Teller(parent));
    Teller.most = 0;
    const answers = tellers.map(async ({ serviceName }) => {
      const body = callDocument('tell', '20');
      const head = `POST /${serviceName} HTTP/1.1\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n`;
      return (await converse(origin, head + body, /\r\n0\r\n\r\n$/)).length;
    });
    for (const length of await Promise.all(answers)) expect(length).to.be.above(20 * PIECE);
    // Each response may begin with two in the turn in which its request arrives, and one response goes on in each turn.
    expect(Teller.most).to.be.within(2, 8 * 2 + 4);
  });

  /** Connections on the fast path, and on the slow path after another request. */
  const ways: [string, string][] = [
    ['on the fast path', ''],
    ['by way of node:http', 'TE: trailers\r\n'],
  ];
  for (const [way, headers] of ways) {
    describe(way, () => {
      it('has a length if it is small', async () => {
        const answer = await converse(origin, request('tell', '3', { headers }), /<\/methodResponse>$/);
        const [, length = '', body = ''] = /Content-Length: (\d+)\r\n.*?\r\n\r\n(.*)$/s.exec(answer) ?? [];
        expect(answer).not.to.contain('Transfer-Encoding');
        expect(body).to.have.length(Number(length));
        expect(body).to.contain(`<string>${'x'.repeat(3 * PIECE)}</string>`);
      });

      it('is chunked if it is large, and the connection remains open', async () => {
        const socket = hold(request('tell', '10', { headers }));
        const first = await readUntil(socket, /\r\n0\r\n\r\n$/);
        expect(first).to.contain('\r\nTransfer-Encoding: chunked\r\n');
        expect(unchunked(first)).to.equal(ANSWER);
        socket.write(request('made', undefined, { headers }));
        expect(await readUntil(socket, /<\/methodResponse>$/)).to.contain('<int>10</int>');
        socket.destroy();
      });

      it('is compressed while it is sent, if the client accepts that', async () => {
        const socket = hold(request('tell', '10', { headers: `${headers}Accept-Encoding: gzip\r\n` }));
        const answer = await readUntil(socket, /\r\n0\r\n\r\n$/);
        expect(answer).to.contain('\r\nContent-Encoding: gzip\r\n');
        expect(gunzipSync(Buffer.from(unchunked(answer), 'latin1')).toString()).to.equal(ANSWER);
        socket.destroy();
      });

      it('is a fault if creating it fails at first', async () => {
        teller.fail = true;
        const answer = await converse(origin, request('tell', '1', { headers }), /<\/methodResponse>$/);
        expect(answer).to.match(/^HTTP\/1.1 200 .*<int>57<\/int>/s);
        expect(logged).to.deep.equal(['method failed']);
      });

      for (const coding of ['', 'Accept-Encoding: gzip\r\n']) {
        it(`is broken off if creating it fails later${coding && ', compressed or not'}`, async () => {
          teller.fail = true;
          const answer = await converse(origin, request('tell', '100', { headers: headers + coding }));
          expect(answer).to.match(/^HTTP\/1.1 200 /);
          expect(answer.endsWith('\r\n0\r\n\r\n')).to.equal(false);
          await until(() => teller.ended);
          expect(logged).to.deep.equal(['method failed']);
        });
      }

      it('waits for a client that does not read, and continues when it does', async () => {
        const count = 600;
        const socket = hold(request('tell', String(count), { headers }));
        await once(socket, 'readable');
        await stalled(() => teller.made);
        // The size of the system's buffers on both sides for 38 MB, and of the buffers in the process.
        expect(teller.made).to.be.lessThan(300);
        const answer = await readUntil(socket, /\r\n0\r\n\r\n$/);
        expect(unchunked(answer)).to.have.length(ANSWER.length + (count - 10) * PIECE);
        socket.destroy();
      });

      it('is broken off if the client reads nothing for too long', async () => {
        await daemon.stop();
        await start({ stallTimeout: 0.1 });
        const socket = hold(request('tell', '600', { headers }));
        await once(socket, 'readable');
        await until(() => teller.ended);
        const rest = await readUntil(socket, /\r\n0\r\n\r\n$/).catch(() => '');
        expect(rest.endsWith('\r\n0\r\n\r\n')).to.equal(false);
      });

      it('can take any time to create', async () => {
        await daemon.stop();
        await start({ stallTimeout: 0.05 });
        teller.pause = 300;
        const answer = await converse(origin, request('tell', '10', { headers }), /\r\n0\r\n\r\n$/);
        expect(unchunked(answer)).to.equal(ANSWER);
      });

      it('is not created further after the client disconnects', async () => {
        const socket = hold(request('tell', '1000000', { headers }));
        await once(socket, 'readable');
        socket.destroy();
        await until(() => teller.ended);
        expect(teller.made).to.be.lessThan(1000);
        expect(logged).to.deep.equal([]);
      });

      it('delays the next request and the expiry of its session until it has been sent', async () => {
        const socket = hold(request('tell', '600', { headers }));
        await once(socket, 'readable');
        const next = converse(origin, request('made', undefined, { headers }), /<\/methodResponse>$/);
        await stalled(() => teller.made);
        expect(teller.expire()).to.equal(undefined);
        socket.resume();
        expect(await next).to.contain('<int>600</int>');
        socket.destroy();
      });
    });
  }

  describe('to an HTTP/1.0 client', () => {
    it('has a length', async () => {
      const answer = await converse(origin, request('tell', '10', { version: '1.0' }));
      expect(answer).to.contain(`\r\nContent-Length: ${ANSWER.length}\r\n`);
      expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).to.equal(ANSWER);
    });

    it('is a fault if creating it fails at any point', async () => {
      teller.fail = true;
      const answer = await converse(origin, request('tell', '100', { version: '1.0' }));
      expect(answer).to.match(/^HTTP\/1.1 200 .*<int>57<\/int>/s);
    });
  });

  describe('ends its pieces', () => {
    const kinds: [string, string, string][] = [
      ['on the fast path', '1.1', ''],
      ['by way of node:http', '1.1', 'TE: trailers\r\n'],
      ['on the fast path, compressed', '1.1', 'Accept-Encoding: gzip\r\n'],
      ['by way of node:http, compressed', '1.1', 'TE: trailers\r\nAccept-Encoding: gzip\r\n'],
      ['to an HTTP/1.0 client', '1.0', ''],
      ['to a client that needs the length', '1.1', 'User-Agent: XMLRPC++ 0.7\r\n'],
    ];
    for (const [kind, version, headers] of kinds) {
      it(`${kind} once, if the client reads them`, async () => {
        const socket = hold(request('tell', '10', { version, headers }));
        await once(socket, 'readable');
        socket.resume();
        await until(() => teller.ends > 0);
        socket.destroy();
        expect(teller.ends).to.equal(1);
      });

      it(`${kind} once, if the client disconnects before the method returns them`, async () => {
        let proceed = () => {};
        teller.delay = new Promise((resolve) => {
          proceed = resolve;
        });
        const socket = hold(request('tell', '1000', { version, headers }));
        await until(() => teller.activity.running);
        socket.resetAndDestroy();
        await until(() => teller.aborted);
        proceed();
        await until(() => teller.ends > 0 && !teller.activity.running);
        expect(teller.ends).to.equal(1);
        expect(teller.made).to.be.lessThan(1000);
      });

      it(`${kind} once, if the client disconnects at the first byte`, async () => {
        const socket = hold(request('tell', '600', { version, headers }));
        await once(socket, 'readable');
        socket.resetAndDestroy();
        await until(() => teller.ends > 0 && !teller.activity.running);
        expect(teller.ends).to.equal(1);
      });

      it(`${kind} once, if the client disconnects before the first byte`, async () => {
        teller.pause = 100;
        const socket = hold(request('tell', '1000', { version, headers }));
        await until(() => teller.activity.running);
        socket.resetAndDestroy();
        await until(() => teller.ends > 0 && !teller.activity.running);
        expect(teller.ends).to.equal(1);
        expect(teller.made).to.be.lessThan(1000);
      });
    }

    it('if no spill file can be created for them', async () => {
      const { TMPDIR } = process.env;
      process.env.TMPDIR = '/nowhere';
      try {
        const answer = await converse(origin, request('tell', '100', { version: '1.0' }));
        expect(answer).to.contain('<int>57</int>');
      } finally {
        if (TMPDIR === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = TMPDIR;
      }
      await until(() => teller.ends === 1);
      expect(teller.ended).to.equal(true);
    });
  });

  it('becomes a part of the response of system.multicall', async () => {
    const calls = `<value><struct><member><name>methodName</name><value>tell</value></member>
      <member><name>params</name><value><array><data><value>10</value></data></array></value></member>
      </struct></value>`;
    const body =
      `<methodCall><methodName>system.multicall</methodName><params><param><value><array><data>` +
      `${calls}</data></array></value></param></params></methodCall>`;
    const answer = await ask(new URL(path, origin).href, { body });
    expect(answer.body).to.contain(WHOLE);
  });
});
