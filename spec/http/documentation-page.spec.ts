import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry, Session } from '#lib/index.js';
import { call } from '../support/client.js';
import { ask } from '../support/http.js';

class Documented extends Service {
  constructor(registry: ServiceRegistry) {
    super('documented', registry);
    this.exportMethod(this.open);
    this.exportMethod(() => '', {
      name: 'hostile<b>',
      params: [
        { name: 'a&b', type: 'int' },
        { name: 'c', type: 'any', optional: true },
      ],
      returns: 'string',
      help: 'Closes </main> & says "so".',
    });
  }

  open(): string {
    return new Session(this, 60).childName;
  }
}

describe('the documentation page', () => {
  const clock = { now: 0 };
  let daemon: HttpDaemon;
  let registry: ServiceRegistry;
  let url: string;

  before(async () => {
    registry = new ServiceRegistry({ clock: () => clock.now });
    new Documented(registry);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('', { registry }));
    url = `http://127.0.0.1:${(await daemon.start()).port}/documented`;
  });

  after(() => daemon.stop());

  const get = (of: string, accept: string, method = 'GET') => ask(of, { method, headers: { Accept: accept } });
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

  it('is what a browser gets from an endpoint', async () => {
    const { status, headers, body } = await get(url, BROWSER);
    expect(status).to.equal(200);
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(headers['content-security-policy']).to.match(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(headers).to.include({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    for (const name of ['open', 'system.listMethods', 'system.multicall']) expect(body).to.contain(`id="${name}"`);
    expect(body).to.contain('At most 1000 calls.');
  });

  it('shows declarations, with everything escaped', async () => {
    const { body } = await get(url, 'text/html');
    expect(body).to.contain(
      'hostile&#60;b&#62;(a&#38;b<span class="type">: int</span>, c?<span class="type">: any</span>)',
    );
    expect(body).to.contain('Closes &#60;/main&#62; &#38; says &#34;so&#34;.');
    expect(body).not.to.match(/<script|javascript:| src=|@import|url\(/);
  });

  it('answers HEAD without a body', async () => {
    const { status, headers, body } = await get(url, 'text/html', 'HEAD');
    expect([status, headers['content-type'], body]).to.deep.equal([200, 'text/html; charset=utf-8', '']);
  });

  it('is not sent to clients that accept any type, or not HTML', async () => {
    for (const accept of ['*/*', 'text/*', 'text/xml', 'text/html;q=0, */*']) {
      expect((await get(url, accept)).status, accept).to.equal(405);
    }
  });

  it('does not exist where there is no endpoint', async () => {
    expect((await get(`${url}/unknown`, BROWSER)).status).to.equal(404);
  });

  it('names the address that the browser asked for, if nothing in it ends a string', async () => {
    const shown = async (headers: Record<string, string>) =>
      /address is <code class="name">([^<]*)/.exec((await ask(url, { method: 'GET', headers })).body)?.[1];
    const Accept = 'text/html';
    expect(await shown({ Accept, Host: 'db.example.org' })).to.equal('http://db.example.org/documented');
    expect(await shown({ Accept, Host: '[::1]:80', 'X-Forwarded-Proto': 'https' })).to.equal(
      'https://[::1]:80/documented',
    );
    for (const Host of [`x');system('id`, 'x"y', 'a$(id)', '<b>']) {
      expect(await shown({ Accept, Host })).to.equal('http://127.0.0.1/documented');
    }
  });

  it('shows a session without its id, and does not keep it open', async () => {
    const id = String(await call(url, 'open'));
    clock.now += 59_000;
    const { status, body } = await get(`${url}/${id}`, BROWSER);
    expect(status).to.equal(200);
    expect(body).to.contain('id="close"').and.not.contain(id);
    expect(body).to.contain('/documented/ID&#34;, allow_none=True)');
    clock.now += 2000;
    expect((await get(`${url}/${id}`, BROWSER)).status).to.equal(404);
  });
});
