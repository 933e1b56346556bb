import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry } from '#lib/index.js';
import { StreamedValue } from '#lib/xmlrpc/streamed-value.js';
import { callDocument } from '../../support/client.js';
import { Haproxy, hasHaproxy } from '../../support/haproxy.js';
import { ask, converse } from '../../support/http.js';
import { pend } from '../../support/test-server.js';

const UTF_8 = 'text/xml; charset=utf-8';
const OSE = 'OSE/XML-RPC 8.2';

class Teller extends Service {
  constructor(registry: ServiceRegistry) {
    super('teller', registry);
    this.exportMethod(this.echo);
    this.exportMethod(this.repeat);
    this.exportMethod(this.stream);
    this.exportMethod(this.fail);
    this.exportMethod(this.failBehindPieces);
    this.exportMethod(this.abort);
  }

  echo(value: unknown): unknown {
    return value;
  }

  repeat(count: string): string {
    return 'ü'.repeat(Number(count));
  }

  stream(count: string): StreamedValue {
    return new StreamedValue(pieces(Number(count)), () => {});
  }

  async fail(): Promise<void> {
    await Promise.reject(new Error('broken'));
  }

  failBehindPieces(): StreamedValue {
    return new StreamedValue(pieces(2, true), () => {});
  }

  abort(): void {
    this.abortResponse(58, 'Response Aborted', 'netsvc', 'The server is shutting down.');
  }
}

async function* pieces(count: number, fails = false): AsyncGenerator<Buffer> {
  yield Buffer.from('<value><string>');
  for (let i = 0; i < count; i++) yield Buffer.alloc(64 * 1024, 'x');
  if (fails) throw new Error('broken');
  yield Buffer.from('</string></value>');
}

/** A service whose clients need the form that no default is. */
class Weak extends Teller {
  override get form() {
    return { ...super.form, answers: 'whole', compression: 'off' } as const;
  }
}

/** The kinds of responses, by their call. */
const ANSWERS: readonly (readonly [what: string, body: string, headers?: string])[] = [
  ['a small result', callDocument('echo', 'ü')],
  ['a large result', callDocument('repeat', '1000000')],
  ['a compressed result', callDocument('repeat', '10000'), 'Accept-Encoding: gzip\r\n'],
  ['a streamed result', callDocument('stream', '2')],
  ['a large streamed result', callDocument('stream', '20')],
  ['a compressed streamed result', callDocument('stream', '20'), 'Accept-Encoding: gzip\r\n'],
  ['a fault of the framework', callDocument('unknown')],
  ['a fault of the decoder', '<?xml version="1.0"?><methodCall><x/></methodCall>'],
  ['a fault of the service', callDocument('abort')],
  ['an unexpected error', callDocument('fail')],
  ['an error of a streamed result', callDocument('failBehindPieces')],
  ['a body that is not valid in its coding', 'x', 'Content-Encoding: gzip\r\n'],
];

/** The ways of a request, by its version and a header. */
const WAYS: readonly (readonly [way: string, version: string, header: string])[] = [
  ['on the fast path', '1.1', ''],
  ['by way of node:http', '1.1', 'TE: trailers\r\n'],
  ['with HTTP/1.0', '1.0', ''],
];

describe('the form of responses', () => {
  let daemon: HttpDaemon;
  let origin: string;

  before(async () => {
    const registry = new ServiceRegistry({ log: { info() {}, warn() {}, error() {} } });
    new Teller(registry);
    const weak = new ServiceRegistry({ log: registry.log });
    new Weak(weak);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('', { registry }));
    daemon.attach('/weak', new RpcGateway('', { registry: weak }));
    daemon.attach('/plain', new RpcGateway('', { registry, form: { answers: 'whole', compression: 'off' } }));
    origin = `http://127.0.0.1:${(await daemon.start()).port}`;
  });

  after(() => daemon.stop());

  const request = (body: string, version: string, headers: string, path = '/teller') =>
    `POST ${path} HTTP/${version}\r\nHost: x\r\nContent-Type: text/xml\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;

  /** The head of the response. */
  const headOf = async (text: string) => (await converse(origin, text, /\r\n\r\n/)).split('\r\n\r\n')[0] ?? '';

  const typeOf = (head: string) => /^Content-Type: (.*)$/im.exec(head)?.[1];

  for (const [way, version, header] of WAYS) {
    for (const [what, body, headers = ''] of ANSWERS) {
      it(`names the charset to all but OSE's client, ${way}: ${what}`, async () => {
        for (const [agent, type] of [
          ['python-requests/2.28.1', UTF_8],
          ['', UTF_8],
          [`Not ${OSE}`, UTF_8],
          [OSE, 'text/xml'],
        ]) {
          const userAgent = agent === '' ? '' : `User-Agent: ${agent}\r\n`;
          const head = await headOf(request(body, version, `${userAgent}${header}${headers}`));
          expect(head).to.match(/^HTTP\/1\.1 200 /);
          expect(typeOf(head), agent).to.equal(type);
        }
      });
    }

    const clients: [string, string, boolean][] = [
      ['a client that says nothing', '', false],
      ['XmlRpc++', 'User-Agent: XMLRPC++ 0.7', true],
      ["Erlang's client", 'User-Agent: Erlang XML-RPC Client 1.13', true],
      ["OSE's client", `User-Agent: ${OSE}`, true],
      ['another client', 'User-Agent: Python-xmlrpc/3.11', false],
      ['one that prefers it', 'Prefer: answers=whole', true],
      ['one that prefers it in other letters', 'prefer: Answers = "whole"', true],
      ['one that has other preferences, too', 'Prefer: respond-async, wait=10 , answers=whole', true],
      ['one that says so in a header of its own', 'Prefer: wait="a, b";x=";"\r\nPrefer: answers=whole;now', true],
      ['one that says so behind empty elements', 'Prefer: , ,answers=whole', true],
      ['one that changes its mind', 'Prefer: answers=chunked, answers=whole', false],
      ['one that prefers something else', 'Prefer: wholeanswers=whole, answers=wholesale', false],
      ['one that only mentions it', 'Prefer: x="answers=whole", y; answers=whole', false],
      ['one whose preference is malformed', 'Prefer: "answers=whole', false],
      ['one that gives no value', 'Prefer: answers', false],
    ];
    for (const [client, sent, whole] of clients) {
      it(`has a length, ${way}, for ${client}: ${whole}`, async () => {
        const headers = `${header}${sent === '' ? '' : `${sent}\r\n`}`;
        const head = await headOf(request(callDocument('stream', '20'), version, headers));
        if (whole || version === '1.0')
          expect(head)
            .to.match(/^Content-Length: \d{7}$/m)
            .and.not.contain('chunked');
        else expect(head).to.match(/^Transfer-Encoding: chunked$/m);
        const applied = whole && /prefer/i.test(sent);
        expect(/^Preference-Applied: (.*)$/m.exec(head)?.[1]).to.equal(applied ? 'answers=whole' : undefined);
      });
    }

    it(`can be that of the service or of the gateway, ${way}`, async () => {
      for (const path of ['/weak/teller', '/plain/teller']) {
        for (const body of [
          callDocument('stream', '20'),
          callDocument('stream', '2'),
          callDocument('repeat', '9999'),
        ]) {
          const head = await headOf(request(body, version, `${header}Accept-Encoding: gzip, deflate\r\n`, path));
          expect(head)
            .to.match(/^Content-Length: \d+$/m)
            .and.not.match(/^(?:Content-Encoding|Vary|Transfer-Encoding):/m);
        }
      }
    });
  }

  it('passes haproxy', async function () {
    if (!hasHaproxy) pend(this, 'haproxy is not installed');
    const haproxy = await Haproxy.before(daemon.address.port);
    const url = `http://127.0.0.1:${haproxy.port}/teller`;
    try {
      for (const [body, whole, type] of [
        [callDocument('stream', '20'), true, UTF_8],
        [callDocument('stream', '20'), false, UTF_8],
        [callDocument('unknown'), true, UTF_8],
        [callDocument('echo', 'ü'), true, 'text/xml'],
      ] as const) {
        const headers = {
          'Content-Type': 'text/xml',
          ...(whole && { Prefer: 'answers=whole' }),
          ...(type !== UTF_8 && { 'User-Agent': OSE }),
        };
        const answer = await ask(url, { headers, body });
        expect(answer.headers['content-type']).to.equal(type);
        expect(answer.headers['content-length'] !== undefined, body).to.equal(whole);
      }
    } finally {
      await haproxy.stop();
    }
  });
});
