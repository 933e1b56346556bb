import { connect } from 'node:net';
import { expect } from 'chai';
import iconv from 'iconv-lite';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry } from '#lib/index.js';

class Echo extends Service {
  constructor(registry: ServiceRegistry) {
    super('echo', registry);
    this.exportMethod(this.echo);
  }

  echo(value: unknown): unknown {
    return value;
  }
}

function documentOf(text: string, encoding: string | undefined): string {
  const declaration = encoding === undefined ? '' : `<?xml version='1.0' encoding='${encoding}'?>`;
  return `${declaration}<methodCall><methodName>echo</methodName><params><param><value>${text}</value></param></params></methodCall>`;
}

/** How a request is sent: at once, it is read on the fast path, and else by node:http. */
const WAYS = {
  'at once': (body: Buffer) => [`Content-Length: ${body.length}\r\n\r\n`, body],
  'in chunks': (body: Buffer) => [
    'Transfer-Encoding: chunked\r\n\r\n',
    ...Array.from(body, (byte) => Buffer.concat([Buffer.from('1\r\n'), Buffer.of(byte), Buffer.from('\r\n')])),
    '0\r\n\r\n',
  ],
} satisfies Record<string, (body: Buffer) => (Buffer | string)[]>;

describe('the encoding of a request', () => {
  let daemon: HttpDaemon;
  let port: number;

  before(async () => {
    const registry = new ServiceRegistry();
    new Echo(registry);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('', { registry }));
    ({ port } = await daemon.start());
  });

  after(() => daemon.stop());

  /** Returns the text of the response. */
  async function echoed(type: string, body: Buffer, way: keyof typeof WAYS): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    const head = `POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\n`;
    const [first = '', ...rest] = WAYS[way](body);
    socket.write(Buffer.concat([Buffer.from(head), ...[first, ...rest].map((piece) => Buffer.from(piece))]));
    let answer = '';
    for await (const piece of socket.setEncoding('utf8')) {
      answer += String(piece);
      if (answer.includes('</methodResponse>')) break;
    }
    socket.destroy();
    return /<string>(.*)<\/string>/s.exec(answer)?.[1] ?? answer;
  }

  const requests: [what: string, type: string, body: Buffer, text: string | RegExp][] = [
    [
      "a library's charset before a document in UTF-8",
      'text/xml; charset=ISO-8859-1',
      Buffer.from(documentOf('ü €', 'UTF-8')),
      'ü €',
    ],
    [
      'that charset before one that says nothing',
      'text/xml; charset=latin1',
      Buffer.from(documentOf('ü', undefined)),
      'Ã¼',
    ],
    ['UTF-16 that is only declared', 'text/xml', Buffer.from(documentOf('ü €', 'utf-16')), 'ü €'],
    ['a charset in single quotes', "text/xml; charset='utf-8'", Buffer.from(documentOf('ü', undefined)), 'ü'],
    ['no charset', 'text/xml; charset=none', Buffer.from(documentOf('ü', undefined)), 'ü'],
    ['two headers in one', 'text/xml; charset=utf-8, text/xml', Buffer.from(documentOf('ü', undefined)), 'ü'],
    ["a name of Python's", 'text/xml', iconv.encode(documentOf('ü', 'latin_1'), 'latin1'), 'ü'],
    ["a name of Java's", 'text/xml', iconv.encode(documentOf('ü €', 'ISO8859_15'), 'iso-8859-15'), 'ü €'],
    [
      'a charset of one byte for a character',
      'text/xml; charset=KOI8-R',
      iconv.encode(documentOf('Жук', undefined), 'koi8-r'),
      'Жук',
    ],
    [
      'one that is not supported',
      'text/xml',
      Buffer.from(documentOf('a', 'gbk')),
      /unsupported encoding gbk; supported are/,
    ],
    [
      'a byte that the encoding has not',
      'text/xml',
      Buffer.from(documentOf('\u0081', 'cp1252'), 'latin1'),
      /the body is not valid windows-1252: 0x81 at byte \d+/,
    ],
  ];
  for (const [what, type, body, text] of requests) {
    it(`is read the same on both paths: ${what}`, async () => {
      for (const way of ['at once', 'in chunks'] as const) {
        const answer = await echoed(type, body, way);
        if (typeof text === 'string') expect(answer, way).to.equal(text);
        else expect(answer, way).to.match(text);
      }
    });
  }
});
