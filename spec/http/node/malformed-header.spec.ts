import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { HttpDaemon, RpcGateway, ServiceRegistry } from '#lib/index.js';
import { callDocument } from '../../support/client.js';
import { Echo } from '../../support/echo.js';

const BODY = callDocument('echo', 'x');

/** What Python 2 and others send for long credentials: base64 with a line end behind 76 characters. */
const LONG = `${'QUJD'.repeat(19)}\n${'REVG'.repeat(5)}==`;

const LINE_END = 'it contains a line end';

const CASES: readonly (readonly [what: string, headers: string, name: string, reason: string | RegExp])[] = [
  ['credentials with a line feed', `Authorization: Basic ${LONG}\r\n`, 'Authorization', LINE_END],
  ['credentials that end with one', 'Authorization: Basic eDp5\n\r\n', 'Authorization', LINE_END],
  ['credentials with CR LF', `Authorization: Basic ${LONG.replace('\n', '\r\n')}\r\n`, 'Authorization', LINE_END],
  ['credentials with CR LF that end with a slash', 'Authorization: Basic eDp5\r\na/b\r\n', 'Authorization', LINE_END],
  ['credentials with CR LF that are letters', 'Authorization: Basic eDp5\r\nabc\r\n', 'Authorization', LINE_END],
  ['credentials with CR', `Authorization: Basic ${LONG.replace('\n', '\r')}\r\n`, 'Authorization', LINE_END],
  ['credentials that are folded', `Authorization: Basic ${LONG.replace('\n', '\r\n ')}\r\n`, 'Authorization', LINE_END],
  ['credentials that are folded with LF', 'Authorization: Basic eDp5\n\tabc\r\n', 'Authorization', LINE_END],
  ['an agent with a line feed', 'User-Agent: a\nb\r\nAccept: */*\r\n', 'User-Agent', LINE_END],
  ['a character that is not allowed', 'X-Odd: a\0b\r\n', 'X-Odd', 'Invalid header value char'],
  ['a blank behind the name', 'X-Odd : a\r\n', 'X-Odd', /^Invalid header/],
  ['a blank in the name', 'X-Very Odd: a\r\n', 'X-Very', /^Invalid header/],
  ['a name beyond ASCII', 'X-Ödd: a\r\n', 'X-', /^Invalid header/],
  ['a length that is no number', 'Content-Length: x\r\n', 'Content-Length', 'Invalid character in Content-Length'],
  ['two lengths', 'Content-Length: 1\r\nContent-Length: 2\r\n', 'Content-Length', 'Duplicate Content-Length'],
  ['a length and chunks', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n', 'Transfer-Encoding', /Content-Length/],
  ['an unknown coding', 'Transfer-Encoding: x\r\n', 'Transfer-Encoding', /invalid/],
];

describe('a malformed header', () => {
  let daemon: HttpDaemon;
  let warnings: object[];

  beforeEach(async () => {
    warnings = [];
    const log = { info() {}, warn: (fields: object) => warnings.push(fields), error() {} };
    const registry = new ServiceRegistry({ log });
    new Echo(registry);
    daemon = new HttpDaemon({ port: 0, log });
    daemon.attach('/', new RpcGateway('', { registry }));
    await daemon.start();
  });

  afterEach(() => daemon.stop());

  async function talk(parts: Iterable<string>, behind = false): Promise<string> {
    const socket = connect(daemon.address.port, '127.0.0.1').setNoDelay().setEncoding('latin1');
    await once(socket, 'connect');
    if (behind) {
      socket.write(first);
      await once(socket, 'data');
      socket.pause();
    }
    for (const part of parts) await new Promise((sent) => socket.write(part, 'latin1', sent));
    let answer = '';
    for await (const text of socket) answer += text;
    return answer;
  }

  /** Moves the connection to the slow path. */
  const first = `POST /echo HTTP/1.1\r\nContent-Length: ${BODY.length}\r\nTE: trailers\r\n\r\n${BODY}`;

  for (const [what, headers, name, reason] of CASES) {
    it(`is named in the response and in the log: ${what}`, async () => {
      for (const version of ['1.0', '1.1']) {
        const head = `POST /echo HTTP/${version}\r\nHost: x\r\n${headers}X-Last: y\r\n\r\n`;
        const ways: readonly (readonly [way: string, parts: Iterable<string>])[] = [
          ['in one packet', [`${head}${BODY}`]],
          ['in two', [head.slice(0, 60), head.slice(60) + BODY]],
          ['byte by byte', head],
        ];
        for (const [way, parts] of ways) {
          warnings = [];
          const answer = await talk(parts, way === 'byte by byte');
          const [, named, because = ''] = /\n\r\nMalformed header "(.*)": (.*)\.\n$/.exec(answer) ?? [];
          expect(answer, way).to.match(/HTTP\/1\.1 400 /);
          expect(named, `${way}: ${answer}`).to.equal(name);
          if (typeof reason === 'string') expect(because, way).to.equal(reason);
          else expect(because, way).to.match(reason);
          expect(warnings).to.deep.equal([{ client_address: '127.0.0.1', header: name, reason: because }]);
        }
      }
    });
  }

  it('is logged ten times in a minute at most', async () => {
    for (let i = 0; i < 12; i++) await talk(['POST /echo HTTP/1.1\r\nX: a\nb\r\n\r\n']);
    expect(warnings).to.have.length(10);
  });

  it('is not blamed for what is not HTTP', async () => {
    for (const text of ['x', 'POST /echo HTTP/1.1\nHost: x\n\n', 'POST /echo SIP/2.0\r\nX: y\r\n\r\n']) {
      expect(await talk([`${text}\r\n\r\n`])).to.match(/^HTTP\/1\.1 400 .*\r\n\r\nMalformed request\.\n$/s);
    }
    expect(warnings).to.deep.equal([]);
  });
});
