import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { FastRequestReader } from '#lib/http/fast/fast-request.js';

/** A request as it was parsed. */
interface Understood {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const BODY = '<methodCall/>';
const BASE = [
  'POST /database/a_B-9 HTTP/1.1',
  'Host: example.org:8000',
  'Accept-Encoding: gzip',
  'User-Agent: Python-xmlrpc/3.11',
  'Content-Type: text/xml',
  `Content-Length: ${BODY.length}`,
];
const request = (lines: readonly string[], body = BODY) =>
  Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');

function read(bytes: Buffer): Understood | string {
  const read = new FastRequestReader().read(bytes);
  if (typeof read === 'string') return read;
  const { url, headers } = read.head;
  return { url, headers: { ...headers }, body: read.body.toString('latin1') };
}

const LINES = [
  'Connection: keep-alive',
  'connection: Keep-Alive',
  'Connection: close',
  'Connection: keep-alive, Upgrade',
  'Authorization: Basic dXNlcjpwYXNz',
  'X-Odd: a  b',
  'X-Odd:a',
  'X-Odd: ',
  'X-Odd : a',
  ' X-Odd: a',
  'X_Odd: a',
  'X-Odd: a\tb',
  'X-Odd: \xff',
  'X-Odd: a\nContent-Length: 0',
  'X-Odd: a\rContent-Length: 0',
  'Constructor: x',
  '__proto__: x',
  'Content-Length: 13',
  'Content-Length: 0',
  'Content-Length: +13',
  'Content-Length: 013',
  'Content-Length: 13, 13',
  'Content-Length : 13',
  'Transfer-Encoding: chunked',
  'transfer-encoding: identity',
  'Transfer-Encoding : chunked',
  'Expect: 100-continue',
  'Content-Encoding: gzip',
  'Content-Type: text/plain',
  'Host: other',
  '',
];

const REQUEST_LINES = [
  'POST / HTTP/1.1',
  'POST /a//b HTTP/1.1',
  'POST /a%2Fb HTTP/1.1',
  'POST /a/../b HTTP/1.1',
  'POST http://x/a HTTP/1.1',
  'POST /a HTTP/1.0',
  'POST /a HTTP/1.1 ',
  'POST  /a HTTP/1.1',
  'post /a HTTP/1.1',
  'GET /a HTTP/1.1',
  'POST /a?x HTTP/1.1',
  'POST /a',
  '\r\nPOST /a HTTP/1.1',
];

/** Requests that almost belong on the fast path, with every kind of deviation. */
const nearly: fc.Arbitrary<Buffer> = fc
  .record({
    first: fc.option(fc.constantFrom(...REQUEST_LINES), { freq: 3, nil: BASE[0] ?? '' }),
    lines: fc.array(fc.constantFrom(...LINES), { maxLength: 2 }),
    at: fc.nat(5),
    left: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 3 }),
    body: fc.constantFrom(BODY, BODY, BODY, '', BODY.slice(1), `${BODY}x`, BODY + request(BASE).toString('latin1')),
    flip: fc.option(fc.tuple(fc.nat(180), fc.nat(255)), { freq: 3 }),
  })
  .map(({ first, lines, at, left, body, flip }) => {
    const head = [first, ...BASE.slice(1).filter((_, i) => i + 1 !== left)];
    head.splice(1 + at, 0, ...lines);
    const bytes = request(head, body);
    if (flip && flip[0] < bytes.length) bytes[flip[0]] = flip[1];
    return bytes;
  });

describe('requests on the fast path', () => {
  /** The requests that node:http parses from bytes, in order. */
  async function understoodByNode(bytes: Buffer): Promise<Understood[]> {
    const understood: Understood[] = [];
    const server = createServer({ requireHostHeader: false }, (request, response) => {
      let body = '';
      request.setEncoding('latin1').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        if (request.method === 'POST')
          understood.push({ url: request.url ?? '', headers: { ...request.headers }, body });
        response.end();
      });
    });
    server.on('clientError', (_error, socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    socket.end(bytes);
    socket.resume();
    await once(socket, 'close');
    server.close();
    server.closeAllConnections();
    return understood;
  }

  it('are the plain requests of clients', () => {
    const { url, headers, body } = read(request(BASE)) as Understood;
    expect([url, body]).to.deep.equal(['/database/a_B-9', BODY]);
    expect(headers).to.deep.equal({
      host: 'example.org:8000',
      'accept-encoding': 'gzip',
      'user-agent': 'Python-xmlrpc/3.11',
      'content-type': 'text/xml',
      'content-length': '13',
    });
  });

  it('are incomplete until their last byte has arrived', () => {
    const bytes = request(BASE);
    for (let length = 0; length < bytes.length; length++) {
      expect(read(bytes.subarray(0, length)), `${length} bytes`).to.equal('incomplete');
    }
  });

  it('are read the same if the headers are cached', () => {
    const requests = new FastRequestReader();
    const bodies = Array.from({ length: 30 }, (_, i) => 'x'.repeat(i % 12));
    for (const [i, body] of bodies.entries()) {
      const bytes = request(
        [`POST /a/${i} HTTP/1.1`, 'Content-Type: text/xml', `Content-Length: ${body.length}`],
        body,
      );
      const { head, body: bodyRead } = requests.read(bytes) as Exclude<ReturnType<FastRequestReader['read']>, string>;
      expect([head.url, head.length, bodyRead.toString()]).to.deep.equal([`/a/${i}`, body.length, body]);
    }
  });

  const slow: [string, Buffer][] = [
    ['in a pipeline', Buffer.concat([request(BASE), request(BASE)])],
    ['with a long head', request([...BASE, `X-Long: ${'x'.repeat(5000)}`])],
    ['with a head that does not end', Buffer.from(`POST /a HTTP/1.1\r\nX-Long: ${'x'.repeat(5000)}`)],
    ['with a long body', request([...BASE.slice(0, -1), 'Content-Length: 70000'])],
    ['without a length', request(BASE.slice(0, -1))],
    ['with a coding', request([...BASE, 'Content-Encoding: gzip'])],
  ];
  for (const [what, bytes] of slow) {
    it(`are not requests ${what}`, () => expect(read(bytes)).to.equal('slow'));
  }

  it('are read by node:http in the same way, and as one request', async function () {
    this.timeout(60_000);
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(nearly, async (bytes) => {
        const here = read(bytes);
        if (typeof here === 'string') return;
        plain++;
        expect(await understoodByNode(bytes)).to.deep.equal([here]);
      }),
      { seed: 20030501, numRuns: 12_000 },
    );
    expect(plain).to.be.greaterThan(300);
  });
});
