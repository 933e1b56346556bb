import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { ClientConnections, HttpDaemon, RpcGateway, ServiceRegistry, Users } from '#lib/index.js';
import type { Holder } from '#lib/netsvc/refusal.js';
import { type Certificates, makeAuthority } from '../../support/certificates.js';
import { callDocument } from '../../support/client.js';
import { Echo } from '../../support/echo.js';
import { until } from '../../support/until.js';

const MAX = 12;
const DOCUMENT = callDocument('echo', 'x');
const GZIPPED = gzipSync(DOCUMENT).toString('latin1');

const basic = (credentials: string) => `Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
const GRACE = basic('grace:secret');

interface Form {
  readonly method?: string;
  readonly path?: string;
  readonly version?: string;
  readonly headers?: string;
  readonly body?: string;
}

function text({ method = 'POST', path = '/echo', version = '1.1', headers = '', body = DOCUMENT }: Form = {}): string {
  const length = /Transfer-Encoding|Content-Length/.test(headers) ? '' : `Content-Length: ${body.length}\r\n`;
  return `${method} ${path} HTTP/${version}\r\nHost: x\r\nContent-Type: text/xml\r\n${length}${headers}\r\n${body}`;
}

/** What a client without a login can send, and the first status that it gets: 0 if none. */
const WAYS: readonly (readonly [what: string, sent: string, status: number])[] = [
  ['nothing', '', 0],
  ['a part of a request', 'POST /ec', 0],
  ['no credentials', text(), 401],
  ['a wrong password', text({ headers: basic('grace:wrong') }), 401],
  ['an unknown login', text({ headers: basic('mallory:secret') }), 401],
  ['an empty login', text({ headers: basic(':') }), 401],
  ['another scheme', text({ headers: 'Authorization: Bearer x\r\n' }), 401],
  ['an unknown path', text({ path: '/nothing' }), 401],
  ['the path of a session', text({ path: '/echo/AAAAAAAAAAAAAAAAAAAAAA' }), 401],
  ['a path of dots', text({ path: '/../echo' }), 404],
  ['chunks', text({ headers: 'Transfer-Encoding: chunked\r\n', body: '1\r\nx\r\n0\r\n\r\n' }), 401],
  ['chunks without an end', text({ headers: 'Transfer-Encoding: chunked\r\n', body: '1\r\nx\r\n' }), 401],
  ['a compressed body', text({ headers: 'Content-Encoding: gzip\r\n', body: GZIPPED }), 401],
  ['a body that does not arrive', text({ headers: 'Content-Length: 100000\r\n', body: 'x' }), 401],
  ['several requests at once', text() + text({ headers: basic('grace:x') }) + text(), 401],
  ['HTTP/1.0', text({ version: '1.0', headers: 'Connection: keep-alive\r\n' }), 401],
  ['GET', text({ method: 'GET', headers: 'Accept: text/html\r\n', body: '' }), 401],
  ['GET of the list of endpoints', text({ method: 'GET', path: '/', headers: 'Accept: text/html\r\n', body: '' }), 401],
  ['HEAD', text({ method: 'HEAD', body: '' }), 401],
  ['OPTIONS', text({ method: 'OPTIONS', body: '' }), 401],
  ['a page of another site', text({ headers: 'Origin: https://evil.example\r\n' }), 401],
  ['a denied address', text({ headers: `${GRACE}X-Forwarded-For: 192.0.2.9\r\n` }), 403],
  ['no address behind the proxy', text({ headers: `${GRACE}X-Forwarded-For: x\r\n` }), 400],
];

for (const tls of [false, true]) {
  describe(`a client without a login${tls ? ', with TLS' : ''}`, () => {
    let authority: Certificates | undefined;
    let users: Users;
    let daemon: HttpDaemon;
    let port: number;
    let holders: (Holder | undefined)[];
    const opened: Socket[] = [];

    before(async () => {
      if (tls) authority = await makeAuthority();
    });

    after(() => authority?.remove());

    beforeEach(async () => {
      const registry = new ServiceRegistry({ log: { info() {}, warn() {}, error() {} } });
      new Echo(registry);
      const hash = hashSync('secret', 4);
      users = new Users(
        new Map([
          ['grace', hash],
          ['alan', hash],
        ]),
        undefined,
        { loginFailures: 1_000 },
      );
      holders = [];
      const connections = new ClientConnections(MAX, (holder) => holders.push(holder()));
      const certificate = await authority?.issue('localhost');
      daemon = new HttpDaemon({
        port: 0,
        connections,
        tls: certificate?.pem,
        isProxy: (address) => address === '127.0.0.1',
        log: registry.log,
      });
      daemon.authorise = (host) => host !== '192.0.2.9';
      daemon.attach('/', new RpcGateway('', { registry, users }));
      port = (await daemon.start()).port;
    });

    afterEach(async () => {
      for (const socket of opened.splice(0)) socket.destroy();
      await daemon.stop();
      await users.end();
    });

    async function open(): Promise<Socket> {
      const host = '127.0.0.1';
      const socket = tls ? connectTls({ port, host, rejectUnauthorized: false }) : connect(port, host);
      socket.on('error', () => {});
      opened.push(socket);
      await once(socket, tls ? 'secureConnect' : 'connect');
      return socket;
    }

    /** Sends a request and waits for the status. */
    async function send(socket: Socket, sent: string): Promise<number> {
      socket.write(sent, 'latin1');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      socket.resume();
      return Number(/^HTTP\/1.1 (\d+)/.exec(answer.toString())?.[1]);
    }

    // With TLS, the rest is the same.
    for (const [what, sent, status] of tls ? WAYS.slice(0, 4) : WAYS) {
      it(`stays unknown and is closed first, if it sends ${what}`, async () => {
        const known = [await open(), await open()];
        for (const socket of known) expect(await send(socket, text({ headers: GRACE }))).to.equal(200);
        const strangers: Socket[] = [];
        while (strangers.length < MAX - 2) {
          const socket = await open();
          strangers.push(socket);
          if (status > 0) expect(await send(socket, sent)).to.equal(status);
          else if (sent !== '') socket.write(sent);
          socket.resume();
        }
        const newcomers = [await open(), await open(), await open()];
        await until(() => strangers.filter(({ destroyed }) => destroyed).length >= 3);
        expect(strangers.slice(0, 3).every(({ destroyed }) => destroyed)).to.equal(true);
        expect(holders).to.deep.equal(Array(3).fill({ user: 'grace', held: 2 }));
        const [last] = newcomers.slice(-1);
        expect(await send(last as Socket, text({ headers: basic('alan:secret') }))).to.equal(200);
        for (const socket of known) expect(await send(socket, text({ headers: GRACE }))).to.equal(200);
      });
    }

    it('is closed if it sends Expect', async () => {
      for (const [headers, status] of [
        ['Expect: 100-continue\r\nContent-Length: 10\r\n', 401],
        ['Expect: x\r\nContent-Length: 0\r\n', 417],
      ] as const) {
        const socket = await open();
        expect(await send(socket, text({ headers, body: '' }))).to.equal(status);
        await until(() => socket.destroyed);
      }
    });

    it('is known after a login, whatever the response is', async () => {
      const pages = { method: 'GET', headers: `${GRACE}Accept: text/html\r\n`, body: '' };
      const answers: readonly (readonly [Form, number])[] = [
        [{ path: '/nothing' }, 404],
        [{ headers: `${GRACE}Content-Encoding: x\r\n` }, 415],
        [pages, 200],
        [{ ...pages, headers: GRACE }, 405],
        [{ version: '1.0', headers: `${GRACE}Connection: keep-alive\r\n` }, 200],
      ];
      for (const [form, status] of answers) {
        expect(await send(await open(), text({ headers: GRACE, ...form })), JSON.stringify(form)).to.equal(status);
      }
      while (opened.length <= MAX) await open();
      expect(holders).to.deep.equal([{ user: 'grace', held: answers.length }]);
    });

    it('is not excluded by clients whose logins are being checked', async () => {
      const guesses: Socket[] = [];
      while (guesses.length < MAX * 3) {
        const socket = await open();
        guesses.push(socket);
        socket.write(text({ headers: basic(`grace:${guesses.length}`) }));
      }
      expect(await send(await open(), text({ headers: GRACE }))).to.equal(200);
    });
  });
}
