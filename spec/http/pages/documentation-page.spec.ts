import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry, Session } from '#lib/index.js';
import { call } from '../../support/client.js';
import { ask } from '../../support/http.js';

const COUNTER = { count: { params: [], returns: 'int', help: 'Counts & returns.', example: [] } } as const;
const FILE = { 'write<b>': { help: 'Writes.', example: [1] } } as const;

/** Two methods open sessions of one class, and one those of another. */
class Opening extends Service {
  constructor(registry: ServiceRegistry) {
    super('opening', registry);
    const seconds = { name: 'seconds', type: 'int' } as const;
    this.exportMethod(() => '', { name: 'openFor', params: [seconds], returns: 'string', opens: COUNTER });
    this.exportMethod(() => '', { name: 'open', params: [], returns: 'string', opens: COUNTER });
    this.exportMethod(() => '', { name: 'write', params: [seconds], returns: 'string', opens: FILE });
  }
}

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
    new Opening(registry);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('', { registry }));
    url = `http://127.0.0.1:${(await daemon.start()).port}/documented`;
  });

  after(() => daemon.stop());

  const get = (of: string, accept: string) => ask(of, { method: 'GET', headers: { Accept: accept } });
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

  it('is what a browser gets from an endpoint', async () => {
    const { status, body } = await get(url, BROWSER);
    expect(status).to.equal(200);
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

  describe('of a service that opens sessions', () => {
    /** Its sections by their titles. */
    let sections: Map<string, string>;
    let body: string;

    before(async () => {
      ({ body } = await get(url.replace('documented', 'opening'), 'text/html'));
      const found = body.matchAll(/<h2 id="[^"]*">([^<]*)<\/h2>.*?<\/section>/gs);
      sections = new Map([...found].map(([section, title = '']) => [title, section]));
    });

    it('shows the methods of each class of sessions, although none is open', () => {
      expect([...sections.keys()]).to.deep.equal([
        'Example',
        'Methods',
        'Methods of a session of open, openFor',
        'Methods of a session of write',
        'Introspection',
      ]);
      const counter = sections.get('Methods of a session of open, openFor');
      expect(counter).to.contain('<h3 id="open()/count">count()<span class="type">: int</span></h3>');
      expect(counter).to.contain('<p>Counts &#38; returns.</p>').and.contain('<h3 id="open()/close">close()');
      expect(counter).to.contain('<code>open</code> or <code>openFor</code>');
      expect(counter).to.match(/<code class="name">http:[^<]*\/opening\/ID<\/code>/);
      expect(sections.get('Methods of a session of write')).to.contain('<h3 id="write()/write&#60;b&#62;">');
    });

    it('links every method that opens sessions with those of the sessions', () => {
      const link = (id: string) => `<a href="#${id}%28%29">Methods of the session</a>`;
      const methods = sections.get('Methods') ?? '';
      expect(methods.split(link('open'))).to.have.length(3);
      expect(methods.split(link('write'))).to.have.length(2);
      const ids = [...body.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
      expect(ids).to.have.length(new Set(ids).size);
      for (const [, target = ''] of body.matchAll(/href="#([^"]*)"/g)) {
        expect(ids.map((id) => id?.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(code)))).to.include(
          decodeURIComponent(target),
        );
      }
    });

    it('shows programs with the calls that have an example, if a session can be opened without arguments', () => {
      const counter = sections.get('Methods of a session of open, openFor') ?? '';
      expect(counter).to.contain('service.open()').and.contain('session.count()').and.contain('session.close()');
      expect(sections.get('Methods of a session of write')).not.to.contain('<pre>');
    });
  });

  it('names the address that the browser asked for, if nothing in it ends a string', async () => {
    const shown = async (headers: Record<string, string>) =>
      /address is <code class="name">([^<]*)/.exec((await ask(url, { method: 'GET', headers })).body)?.[1];
    const Accept = 'text/html';
    expect(await shown({ Accept, Host: 'db.example.org' })).to.equal('http://db.example.org/documented');
    expect(await shown({ Accept, Host: '[::1]:80', 'X-Forwarded-Proto': 'https' })).to.equal(
      'https://[::1]:80/documented',
    );
    expect(await shown({ Accept, 'X-Forwarded-Prefix': '/api/rpc' })).to.match(/^http:.*\d\/api\/rpc\/documented$/);
    expect(await shown({ Accept, Host: 'h', 'X-Forwarded-Prefix': `//x');a "<b>` })).to.equal(
      'http://h/x%27%29%3Ba%20%22%3Cb%3E/documented',
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
