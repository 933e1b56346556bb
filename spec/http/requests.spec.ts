import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { TlsOptions } from '#lib/index.js';
import { makeAuthority } from '../support/certificates.js';
import { callDocument } from '../support/client.js';
import { Haproxy, hasHaproxy } from '../support/haproxy.js';
import { converse } from '../support/http.js';
import { pend } from '../support/test-server.js';
import { until } from '../support/until.js';
import { ENDPOINT, inChunks, post, type RawRequest, statusLine } from './raw-request.js';
import { RAW_REQUESTS } from './raw-requests.js';
import { type Conversation, DOORS, type Door, type RawResponse, sendThrough } from './request-doors.js';
import { RequestServer, type RequestServerOptions } from './request-server.js';

const PLAIN = post(ENDPOINT).toString();

/** The statuses of the responses, in order. */
const statuses = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));

const ECHOED = /<string>x<\/string>.*<\/methodResponse>$/s;

const ONE_PIECE: Door = DOORS[0] as Door;

function checkBody(response: RawResponse | undefined, { body }: RawRequest): void {
  if (typeof body === 'string') expect(response?.body).to.equal(body);
  else expect(response?.body).to.match(body);
}

/** Compares a response with that of the table. */
function check(response: RawResponse | undefined, expected: RawRequest): void {
  const request = expected.or && response?.status === statusLine(expected.or) ? expected.or : expected;
  const { type, closes, headers = {} } = request;
  expect(response?.status).to.equal(statusLine(request));
  checkBody(response, request);
  const received = Object.fromEntries(response?.headers ?? []);
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') expect(received[name], name).to.equal(value);
    else expect(received[name], name).to.match(value);
  }
  const isHead = request.sent.toString('latin1', 0, 5) === 'HEAD ';
  expect(received['content-type']).to.equal(`${type}; charset=utf-8`);
  if (!isHead) expect(received['content-length']).to.equal(String(Buffer.byteLength(response?.body ?? '')));
  // Of those that are refused before they are found to be broken, this is not known yet.
  const keeps = expected.or ? received.connection === 'keep-alive' : !closes;
  expect(received.connection).to.equal(keeps ? 'keep-alive' : 'close');
  // A response that Node's parser causes has no date.
  if (keeps || received.date) expect(Date.parse(received.date ?? '')).to.be.closeTo(Date.now(), 60_000);
  const always = ['content-type', 'content-length', 'connection', ...(keeps ? ['keep-alive'] : [])];
  expect(Object.keys(received).filter((name) => name !== 'date')).to.have.members([...always, ...Object.keys(headers)]);
}

/** Compares what a connection has received with the table. */
function checkConversation(
  { responses, rest, closed, continued }: Conversation,
  request: RawRequest,
  door: Door,
): void {
  const [before, ...others] = door.behind ? responses : [undefined, ...responses];
  if (door.behind) expect(before?.body).to.contain('<string>before</string>');
  // The parser may see that a request is broken before the one in front of it is answered, whose response is the last.
  if (before?.headers.get('connection') !== 'close' || !request.broken) check(others.shift(), request);
  if (!request.closes) expect(others.shift()?.body).to.contain('<string>behind</string>');
  expect([others, rest, closed]).to.deep.equal([[], '', request.closes]);
  expect(continued).to.equal(request.continued && door.behind !== 'sent' ? 1 : 0);
}

describe('a request', () => {
  let tls: TlsOptions;
  let server: RequestServer;

  before(async () => {
    const authority = await makeAuthority();
    tls = (await authority.issue('localhost')).pem;
    await authority.remove();
  });

  for (const door of DOORS) {
    describe(door.name, () => {
      afterEach(() => server.daemon.stop());

      for (const request of RAW_REQUESTS.filter(({ closes }) => closes || !door.last)) {
        it(`is answered with ${request.status}: ${request.what}`, async () => {
          server = await RequestServer.start({ ...(door.tls && { tls }), slowLogins: door.slowLogins });
          const { runs, malformed, continued } = request;
          // Nothing behind it is read if it cannot be told at once to send its body.
          const closes = request.closes || (continued && door.behind === 'sent');
          const conversation = await sendThrough(server.port, door, server.addressed(request.sent), closes);
          checkConversation(conversation, { ...request, closes }, door);
          expect(server.echo.runs, 'calls').to.equal(runs + (door.behind ? 1 : 0) + (closes ? 0 : 1));
          const logged = malformed ? [{ client_address: '127.0.0.1', ...malformed }] : [];
          if (door.behind !== 'sent') expect(server.warnings).to.deep.equal(logged);
        });
      }
    });
  }

  describe('in chunks of one byte', () => {
    afterEach(() => server.daemon.stop());

    for (const request of RAW_REQUESTS) {
      const sent = inChunks(request);
      if (sent === undefined) continue;
      it(`is answered with ${request.status}: ${request.what}`, async () => {
        server = await RequestServer.start();
        const conversation = await sendThrough(server.port, ONE_PIECE, server.addressed(sent), request.closes);
        checkConversation(conversation, request, ONE_PIECE);
      });
    }
  });

  describe('behind HAProxy', () => {
    let haproxy: Haproxy;

    before(async function () {
      if (!hasHaproxy) pend(this, 'haproxy is not installed');
      server = await RequestServer.start();
      haproxy = await Haproxy.before(server.port);
    });

    after(async () => {
      await haproxy?.stop();
      if (hasHaproxy) await server?.daemon.stop();
    });

    for (const request of RAW_REQUESTS.filter(({ proxied }) => proxied)) {
      it(`is answered with ${request.status}: ${request.what}`, async () => {
        const before = server.echo.runs;
        const sent = server.addressed(request.sent);
        const { responses, rest } = await sendThrough(haproxy.port, ONE_PIECE, sent, false);
        const [response, ...others] = responses;
        expect(response?.status).to.equal(statusLine(request));
        checkBody(response, request);
        for (const other of others) expect(other.body).to.contain('<string>behind</string>');
        expect(rest).to.equal('');
        expect(server.echo.runs - before, 'calls').to.equal(request.runs + others.length);
      });
    }

    for (const { broken, sent, what } of RAW_REQUESTS) {
      // HAProxy speaks HTTP/2.
      if (!broken || sent.toString('latin1').startsWith('PRI ')) continue;
      it(`is one request at most: ${what}`, async () => {
        const before = server.echo.runs;
        const { responses, rest } = await sendThrough(haproxy.port, ONE_PIECE, sent, false);
        expect(responses.length + (rest === '' ? 0 : 1)).to.be.below(3);
        expect(server.echo.runs - before, 'calls').to.be.below(3);
      });
    }
  });
});

describe('requests', () => {
  let server: RequestServer;

  const start = async (options: RequestServerOptions = {}) => {
    server = await RequestServer.start(options);
  };

  const connection = (): Socket => connect(server.port, '127.0.0.1').setEncoding('utf8');

  /** A request whose answer waits for the spec. */
  const waiting = () => post(ENDPOINT, {}, callDocument('wait', 'first')).toString();

  const answerFirst = async () => {
    await until(() => server.echo.waiting.length === 1);
    server.echo.waiting[0]?.();
  };

  afterEach(() => server.daemon.stop());

  describe('that are pipelined', () => {
    it('are answered in order, even if the first takes longest', async () => {
      await start();
      const last = post(ENDPOINT, { Connection: 'close' }).toString();
      const answers = converse(server.origin, waiting() + post('/unknown') + PLAIN + last);
      await answerFirst();
      const received = await answers;
      expect(statuses(received)).to.deep.equal([200, 404, 200, 200]);
      expect(received.indexOf('first')).to.be.below(received.indexOf('<string>x'));
    });

    it('are answered in order, if one arrives while another is answered', async () => {
      await start();
      const socket = connection();
      const answers = text(socket);
      socket.write(waiting());
      await until(() => server.echo.waiting.length === 1);
      await new Promise((sent) => socket.write(post(ENDPOINT, { Connection: 'close' }), sent));
      await answerFirst();
      expect(await answers).to.match(/first.*<string>x/s);
    });

    it('are answered even if what follows them cannot be parsed', async () => {
      await start();
      const answers = converse(server.origin, `${waiting()}${PLAIN}${PLAIN}nonsense\r\n\r\n`);
      await answerFirst();
      const received = await answers;
      expect(statuses(received)).to.deep.equal([200, 200, 200]);
      expect(received).to.match(/first.*x.*x/s);
      expect(received.match(/\r\nConnection: close\r\n/g)).to.have.length(1);
    });
  });

  it('are refused although the client is still sending', async () => {
    await start();
    const socket = connection();
    socket.write('POST /some/echo HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: 20000000\r\n\r\n');
    for (let i = 0; i < 20; i++) await new Promise((sent) => socket.write('x'.repeat(1_000_000), sent));
    expect(statuses(await text(socket))).to.deep.equal([413]);
  });

  describe('that expect 100 Continue', () => {
    const [head = ''] = post(ENDPOINT, { Expect: '100-continue' }).toString().split('<');

    it('get it when their head is accepted', async () => {
      await start();
      const socket = connection();
      socket.write(head);
      expect((await once(socket, 'data'))[0]).to.equal('HTTP/1.1 100 Continue\r\n\r\n');
      socket.write(PLAIN.slice(PLAIN.indexOf('<')));
      expect((await once(socket, 'data'))[0]).to.match(ECHOED);
      socket.destroy();
    });

    it('get it behind the response to the request before, and are the last', async () => {
      await start();
      const socket = connection();
      socket.write(waiting() + head);
      await answerFirst();
      let answers = '';
      socket.on('data', (text: string) => {
        answers += text;
        if (answers.endsWith('100 Continue\r\n\r\n')) socket.write(PLAIN.slice(PLAIN.indexOf('<')) + PLAIN);
      });
      await once(socket, 'close');
      expect(statuses(answers)).to.deep.equal([200, 100, 200]);
      expect(answers).to.match(/first.*100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n.*\r\nConnection: close\r\n/s);
      expect(server.echo.runs).to.equal(1);
    });
  });

  describe('that are never complete', () => {
    it('are refused with 408 if their head does not arrive in time', async () => {
      await start({ headersTimeout: 0.05 });
      expect(statuses(await converse(server.origin, 'POST /some/echo HTTP/1.1\r\nHost:'))).to.deep.equal([408]);
    });

    it('are refused with 408 if their body does not arrive in time', async () => {
      await start({ headersTimeout: 0.05, requestTimeout: 0.05 });
      const answer = await converse(server.origin, PLAIN.slice(0, -5));
      expect(statuses(answer)).to.deep.equal([408]);
      expect(answer).to.match(/Request time-out\.\n$/);
    });

    it('get no response if they have not begun', async () => {
      await start({ headersTimeout: 0.05 });
      expect(await converse(server.origin, '')).to.equal('');
    });

    it('do not time out while they are answered', async () => {
      await start({ headersTimeout: 0.05, requestTimeout: 0.05 });
      const answer = converse(server.origin, waiting(), /first.*methodResponse>$/s);
      await until(() => server.echo.waiting.length === 1);
      const other = await converse(server.origin, PLAIN.slice(0, -5));
      expect(statuses(other), 'the time has passed for another').to.deep.equal([408]);
      server.echo.waiting[0]?.();
      expect(statuses(await answer)).to.deep.equal([200]);
    });
  });
});
