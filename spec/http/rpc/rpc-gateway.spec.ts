import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry, Session } from '#lib/index.js';
import { call, callDocument, faultOf, statusOf } from '../../support/client.js';
import { ask, converse } from '../../support/http.js';

const reported: object[] = [];
const note = (fields: object) => void reported.push(fields);
const log = { info() {}, warn: note, error: note };

class Parent extends Service {
  constructor(registry: ServiceRegistry) {
    super('some/parent', registry);
    this.joinGroup('web-services');
    this.exportMethod(this.open);
    this.exportMethod(this.echo);
    this.exportMethod(() => 'any name', 'têšt-it');
    this.exportMethod(this.who);
    this.exportMethod(this.fail);
    this.exportMethod(this.unspeakable);
    this.exportMethod(this.nothing);
  }

  open(): string {
    return new Session(this, 60).childName;
  }

  echo(value: unknown): unknown {
    return value;
  }

  who(): string[] {
    const { user, remoteAddress } = this.currentRequest;
    return [user, remoteAddress];
  }

  async fail(): Promise<void> {
    await Promise.reject(new Error('the password is secret'));
  }

  unspeakable(): unknown {
    return new Map();
  }

  nothing(): void {}
}

/** Authorises anonymous clients, and users whose password is their name reversed. */
class Guarded extends RpcGateway {
  override async authorise(login: string, password: string): Promise<boolean> {
    await Promise.resolve();
    return password === [...login].reverse().join('');
  }
}

class Locked extends RpcGateway {
  override authorise(): boolean {
    return false;
  }
}

describe('RpcGateway', () => {
  let daemon: HttpDaemon;
  let registry: ServiceRegistry;
  let origin: string;
  let url: string;

  before(async () => {
    registry = new ServiceRegistry({ log });
    new Parent(registry);
    new Service('outsider', registry);
    daemon = new HttpDaemon({ port: 0, log });
    daemon.attach('/', new Guarded('web-services', { registry, maxRequest: 1000 }));
    daemon.attach('/everybody', new RpcGateway('', { registry }));
    daemon.attach('/locked', new Locked('', { registry }));
    const { port } = await daemon.start();
    origin = `http://127.0.0.1:${port}`;
    url = `${origin}/some/parent`;
  });

  after(() => daemon.stop());

  it('finds services by the path below its own, in its group', async () => {
    expect(await call(url, 'echo', 'x')).to.equal('x');
    expect(await call(`${origin}/everybody/some/parent`, 'echo', 'x')).to.equal('x');
    expect(await call(`${origin}/everybody/outsider`, 'system.methodHelp', 'system.listMethods')).to.be.a('string');
    expect(await statusOf(call(`${origin}/outsider`, 'system.listMethods'))).to.equal(404);
  });

  it('passes the user and the address to methods', async () => {
    expect(await call(url.replace('//', '//grace:ecarg@'), 'who')).to.deep.equal(['grace', '127.0.0.1']);
    expect(await call(url, 'who')).to.deep.equal(['', '127.0.0.1']);
  });

  it('answers nil for a method that returns nothing', async () => {
    expect(await call(url, 'nothing')).to.equal(null);
  });

  it('answers with the Content-Type and the length', async () => {
    const { headers, body } = await ask(url, { body: callDocument('echo', 'ü') });
    expect(headers['content-type']).to.equal('text/xml; charset=utf-8');
    expect(headers['content-length']).to.equal(String(Buffer.byteLength(body)));
    expect(headers['transfer-encoding']).to.equal(undefined);
  });

  describe('refuses', () => {
    const xml = { 'Content-Type': 'text/xml', 'Content-Length': '0' };
    const cases: [string, string, string, Record<string, string>, number, Record<string, string>][] = [
      ['an unknown endpoint', '/unknown', 'POST', xml, 404, {}],
      ['an unknown endpoint, with any method', '/unknown', 'GET', {}, 404, {}],
      ['a path that climbs', '/some/../some/parent', 'POST', xml, 404, {}],
      ['a path with a broken escape', '/%zz', 'POST', xml, 404, {}],
      ['other methods than POST', '/some/parent', 'GET', {}, 405, { allow: 'POST' }],
      ['another Content-Type', '/some/parent', 'POST', { ...xml, 'Content-Type': 'text/plain' }, 400, {}],
      ['a Content-Type that only begins so', '/some/parent', 'POST', { ...xml, 'Content-Type': 'text/xmlx' }, 400, {}],
      [
        'no Content-Type from a page',
        '/some/parent',
        'POST',
        { 'Content-Length': '0', Origin: 'http://localhost' },
        400,
        {},
      ],
      [
        'no Content-Type from a browser',
        '/some/parent',
        'POST',
        { 'Content-Length': '0', 'Sec-Fetch-Site': 'none' },
        400,
        {},
      ],
      ['an empty Content-Type', '/some/parent', 'POST', { ...xml, 'Content-Type': '' }, 400, {}],
      ['a body beyond the limit', '/some/parent', 'POST', { ...xml, 'Content-Length': '1001' }, 413, {}],
      ['an unknown Content-Encoding', '/some/parent', 'POST', { ...xml, 'Content-Encoding': 'br' }, 415, {}],
      [
        'missing credentials',
        '/locked/outsider',
        'POST',
        xml,
        401,
        { 'www-authenticate': 'Basic realm="netsvc", charset="UTF-8"' },
      ],
      ['missing credentials for any path', '/locked/unknown', 'POST', xml, 401, {}],
      ['wrong credentials', '/some/parent', 'POST', { ...xml, Authorization: 'Basic Z3JhY2U6eA==' }, 401, {}],
      ['another scheme of authentication', '/some/parent', 'POST', { ...xml, Authorization: 'Bearer x' }, 401, {}],
    ];
    for (const [what, path, method, headers, status, expected] of cases) {
      it(`${what} with ${status}`, async () => {
        const body = 'x'.repeat(Number(headers['Content-Length'] ?? 0));
        const answer = await ask(origin, { method, headers, body, path });
        expect(answer.status).to.equal(status);
        expect(answer.headers).to.include(expected);
      });
    }

    it('a body without a length with 411', async () => {
      const head = 'POST /some/parent HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n\r\n';
      expect(await converse(origin, head, /\r\n\r\n/)).to.match(/^HTTP\/1\.1 411 /);
    });

    it('a chunked body that grows beyond the limit with 413', async () => {
      const headers = { 'Content-Type': 'text/xml', 'Transfer-Encoding': 'chunked' };
      expect((await ask(url, { headers, body: ' '.repeat(1001) })).status).to.equal(413);
    });
  });

  it('accepts application/xml, parameters and a chunked body', async () => {
    for (const type of ['application/xml', 'text/xml; charset=utf-8', 'TEXT/XML;charset=utf-8']) {
      const headers = { 'Content-Type': type, 'Transfer-Encoding': 'chunked' };
      expect((await ask(url, { headers, body: callDocument('echo', 'x') })).body).to.contain('<string>x</string>');
    }
  });

  it('accepts a request without Content-Type that is not from a browser', async () => {
    const body = callDocument('echo', 'x');
    const { status } = await ask(url, { headers: { 'Content-Length': String(body.length) }, body });
    expect(status).to.equal(200);
  });

  it('answers HTTP/1.0 clients that send no Host', async () => {
    const body = callDocument('echo', 'x');
    const head = `POST /some/parent HTTP/1.0\r\nContent-Type: text/xml\r\nContent-length: ${body.length}\r\n\r\n`;
    const answer = await converse(origin, head + body);
    expect(answer)
      .to.match(/^HTTP\/1\.1 200 OK\r\n/)
      .and.match(/\r\nContent-Length: \d+\r\n/);
    expect(answer).to.match(/<string>x<\/string>.*<\/methodResponse>$/s);
  });

  it('keeps the connection open for the next request', async () => {
    const body = callDocument('echo', 'x');
    const request =
      `POST /some/parent HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: ` +
      `${body.length}\r\n\r\n${body}`;
    expect((await converse(origin, request + request, /(methodResponse>.*){4}/s)).match(/200 OK/g)).to.have.lengthOf(2);
  });

  describe('answers', () => {
    it('fault 54 for a body that is not XML-RPC, with the position', async () => {
      const { status, body } = await ask(url, { body: '<?xml version="1.0"?><methodCall><nonsense/>' });
      expect(status).to.equal(200);
      expect(body).to.contain('<int>54</int>');
      expect(body).to.match(
        /netsvc\.xmlrpc -- Request Decoding Error\n\n1:\d+: unexpected &lt;nonsense&gt; in &lt;methodCall&gt;/,
      );
    });

    it('fault 55 for an unknown method', async () => {
      const string = 'netsvc -- Method Unavailable\n\nThere is no method "unknown".';
      expect(await faultOf(call(url, 'unknown'))).to.deep.equal({ code: 55, string });
      expect((await faultOf(call(url, 'sample-ädd'))).string).to.contain('There is no method "sample-ädd".');
    });

    it('the result of a method of any name', async () => {
      expect(await call(url, 'têšt-it')).to.equal('any name');
    });

    it('fault 56 for wrong parameters', async () => {
      const string = 'netsvc -- Parameters Incorrect\n\nExpected 1 or more arguments, received 0.';
      expect(await faultOf(call(url, 'echo'))).to.deep.equal({ code: 56, string });
    });

    it('fault 57 for an unexpected exception, whose text is only logged', async () => {
      reported.length = 0;
      const { code, string } = await faultOf(call(url, 'fail'));
      expect(code).to.equal(57);
      const [, id] = /^netsvc -- Application Error\n\nrequest ([0-9a-f]{8}-\d+)$/.exec(string) ?? [];
      expect(reported).to.have.lengthOf(1);
      expect(reported[0]).to.deep.include({ request_id: id, client_address: '127.0.0.1', endpoint: 'some/parent' });
      expect(String((reported[0] as { err: unknown }).err)).to.contain('the password is secret');
    });

    it('fault 52 for a result that XML-RPC cannot represent', async () => {
      reported.length = 0;
      const reason = 'XML-RPC cannot represent a Map. Override encodeObject to convert it.';
      const string = `netsvc.xmlrpc -- Response Encoding Error\n\nresult: ${reason}`;
      expect(await faultOf(call(url, 'unspeakable'))).to.deep.equal({ code: 52, string });
      expect(reported).to.have.lengthOf(1);
      expect(reported[0]).to.deep.include({ method: 'unspeakable', place: 'result', reason, endpoint: 'some/parent' });
    });
  });

  describe('on sessions', () => {
    it('answers 404 after they are closed', async () => {
      const session = `${url}/${await call(url, 'open')}`;
      expect(await call(session, 'close')).to.equal(0);
      expect(await statusOf(call(session, 'close'))).to.equal(404);
    });

    it('answers 404 to every user but the one that opened it, as for one that does not exist', async () => {
      const session = `${url}/${await call(url.replace('//', '//grace:ecarg@'), 'open')}`;
      const unknown = await ask(`${url}/AAAAAAAAAAAAAAAAAAAAAA`, { body: callDocument('close') });
      const other = await ask(session, { body: callDocument('close') });
      expect([other.status, other.body]).to.deep.equal([unknown.status, unknown.body]);
      expect(await statusOf(call(session.replace('//', '//ada:ada@'), 'close'))).to.equal(404);
      expect(await call(session.replace('//', '//grace:ecarg@'), 'close')).to.equal(0);
    });
  });
});
