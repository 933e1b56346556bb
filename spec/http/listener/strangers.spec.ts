import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { ClientConnections, HttpDaemon, RpcGateway, ServiceRegistry, Users } from '#lib/index.js';
import type { Holder } from '#lib/netsvc/refusal.js';
import { type Certificates, makeAuthority } from '../../support/certificates.js';
import { Echo } from '../../support/echo.js';
import { until } from '../../support/until.js';
import { ClientSockets } from '../client-sockets.js';
import { bare, basic, CHUNKED, chunks, ECHO, post, request } from '../raw-request.js';

const MAX = 12;
const GRACE = basic('grace:secret');
const PAGE = { Accept: 'text/html' };
const NOTHING = Buffer.alloc(0);

/** What a client without a login can send, the first status that it gets, 0 if none, and how many responses. */
const WAYS: readonly (readonly [what: string, sent: Buffer, status: number, responses?: number])[] = [
  ['nothing', NOTHING, 0],
  ['a part of a request', Buffer.from('POST /ec'), 0],
  ['no credentials', post('/echo'), 401],
  ['a wrong password', post('/echo', basic('grace:wrong')), 401],
  ['an unknown login', post('/echo', basic('mallory:secret')), 401],
  ['an empty login', post('/echo', basic(':')), 401],
  ['another scheme', post('/echo', { Authorization: 'Bearer x' }), 401],
  ['an unknown path', post('/nothing'), 401],
  ['the path of a session', post('/echo/AAAAAAAAAAAAAAAAAAAAAA'), 401],
  ['a path of dots', post('/../echo'), 404],
  ['chunks', post('/echo', CHUNKED, chunks('x')), 401],
  ['chunks without an end', post('/echo', CHUNKED, '1\r\nx\r\n'), 401],
  ['a compressed body', post('/echo', { 'Content-Encoding': 'gzip' }, gzipSync(ECHO)), 401],
  ['a body that does not arrive', post('/echo', { 'Content-Length': '100000' }, 'x'), 401],
  ['several requests at once', Buffer.concat([post('/echo'), post('/echo', basic('grace:x')), post('/echo')]), 401, 3],
  ['HTTP/1.0', request({ line: 'POST /echo HTTP/1.0', headers: { Connection: 'keep-alive' } }), 401],
  ['GET', bare('GET /echo HTTP/1.1', PAGE), 401],
  ['GET of the list of endpoints', bare('GET / HTTP/1.1', PAGE), 401],
  ['HEAD', bare('HEAD /echo HTTP/1.1'), 401],
  ['OPTIONS', bare('OPTIONS /echo HTTP/1.1'), 401],
  ['a page of another site', post('/echo', { Origin: 'https://evil.example' }), 401],
  ['a denied address', post('/echo', { ...GRACE, 'X-Forwarded-For': '192.0.2.9' }), 403],
  ['no address behind the proxy', post('/echo', { ...GRACE, 'X-Forwarded-For': 'x' }), 400],
];

for (const tls of [false, true]) {
  describe(`a client without a login${tls ? ', with TLS' : ''}`, () => {
    let authority: Certificates | undefined;
    let users: Users;
    let daemon: HttpDaemon;
    let clients: ClientSockets;
    let holders: (Holder | undefined)[];

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
      clients = new ClientSockets((await daemon.start()).port, tls);
    });

    afterEach(async () => {
      clients.close();
      await daemon.stop();
      await users.end();
    });

    const loggedIn = (socket: Socket) => clients.send(socket, post('/echo', GRACE));

    // With TLS, the rest is the same.
    for (const [what, sent, status, responses] of tls ? WAYS.slice(0, 4) : WAYS) {
      it(`stays unknown and is closed first, if it sends ${what}`, async () => {
        const known = [await clients.open(), await clients.open()];
        for (const socket of known) expect(await loggedIn(socket)).to.equal(200);
        const strangers: Socket[] = [];
        while (strangers.length < MAX - 2) {
          const socket = await clients.open();
          strangers.push(socket);
          if (status > 0) expect(await clients.send(socket, sent, responses)).to.equal(status);
          else socket.write(sent);
          socket.resume();
        }
        const newcomers = [await clients.open(), await clients.open(), await clients.open()];
        await until(() => strangers.filter(({ destroyed }) => destroyed).length >= 3);
        expect(strangers.slice(0, 3).every(({ destroyed }) => destroyed)).to.equal(true);
        expect(holders).to.deep.equal(Array(3).fill({ user: 'grace', held: 2 }));
        const [last] = newcomers.slice(-1);
        expect(await clients.send(last as Socket, post('/echo', basic('alan:secret')))).to.equal(200);
        for (const socket of known) expect(await loggedIn(socket)).to.equal(200);
      });
    }

    it('is closed if it sends Expect', async () => {
      for (const [headers, status] of [
        [{ Expect: '100-continue', 'Content-Length': '10' }, 401],
        [{ Expect: 'x' }, 417],
      ] as const) {
        const socket = await clients.open();
        expect(await clients.send(socket, post('/echo', headers, ''))).to.equal(status);
        await until(() => socket.destroyed);
      }
    });

    it('is known after a login, whatever the response is', async () => {
      const answers: readonly (readonly [Buffer, number])[] = [
        [post('/nothing', GRACE), 404],
        [post('/echo', { ...GRACE, 'Content-Encoding': 'x' }), 415],
        [bare('GET /echo HTTP/1.1', { ...GRACE, ...PAGE }), 200],
        [bare('GET /echo HTTP/1.1', GRACE), 405],
        [request({ line: 'POST /echo HTTP/1.0', headers: { ...GRACE, Connection: 'keep-alive' } }), 200],
      ];
      for (const [sent, status] of answers) {
        expect(await clients.send(await clients.open(), sent), sent.toString()).to.equal(status);
      }
      while (clients.opened.length <= MAX) await clients.open();
      expect(holders).to.deep.equal([{ user: 'grace', held: answers.length }]);
    });

    it('is not excluded by clients whose logins are being checked', async () => {
      const guesses: Socket[] = [];
      while (guesses.length < MAX * 3) {
        const socket = await clients.open();
        guesses.push(socket);
        socket.write(post('/echo', basic(`grace:${guesses.length}`)));
      }
      expect(await loggedIn(await clients.open())).to.equal(200);
    });
  });
}
