import { expect } from 'chai';
import { HttpDaemon, type RequestHead, RpcGateway, Service, ServiceRegistry, Session } from '#lib/index.js';
import { call } from '../../support/client.js';
import { ask } from '../../support/http.js';

/** An endpoint for some users. */
class Shared extends Service {
  readonly #users: readonly string[];

  constructor(name: string, registry: ServiceRegistry, users: readonly string[]) {
    super(name, registry);
    this.#users = users;
    this.joinGroup('shared');
    this.exportMethod(() => new Session(this, 60).childName, { name: 'open' });
  }

  override admits(user: string): boolean {
    return super.admits(user) && this.#users.includes(user);
  }
}

/** Accepts every login. */
class Trusting extends RpcGateway {
  override authorise(login: string, _password: string, _head: RequestHead): boolean {
    return login !== '';
  }
}

describe('the list of endpoints', () => {
  let daemon: HttpDaemon;
  let origin: string;

  before(async () => {
    const registry = new ServiceRegistry();
    new Shared('both', registry, ['grace', 'alan']);
    new Shared('"<b>" of grace', registry, ['grace']);
    new Service('not of the group', registry);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new Trusting('shared', { registry }));
    daemon.attach('/api', new Trusting('', { registry }));
    origin = `http://127.0.0.1:${(await daemon.start()).port}`;
  });

  after(() => daemon.stop());

  const get = (path: string, user: string, accept = 'text/html') => {
    const login = { Authorization: `Basic ${Buffer.from(`${user}:x`).toString('base64')}` };
    return ask(origin + path, { method: 'GET', headers: { Accept: accept, ...(user && login) } });
  };

  const listed = async (path: string, user: string) =>
    [...(await get(path, user)).body.matchAll(/href="([^"]*)">([^<]*)</g)].map(([, ...link]) => link);

  it('has those of the group that the user may use, and says nothing of others', async () => {
    expect(await listed('/', 'alan')).to.deep.equal([['/both', 'both']]);
    expect(await listed('/', 'grace')).to.deep.equal([
      ['/%22%3Cb%3E%22%20of%20grace', '&#34;&#60;b&#62;&#34; of grace'],
      ['/both', 'both'],
    ]);
    const { body } = await get('/', '<i>');
    expect(body).to.contain('There are no endpoints that you may use.').and.to.contain('logged in as &#60;i&#62;.');
  });

  it('leads to their pages, also below a path', async () => {
    expect(await listed('/api', 'alan')).to.deep.equal([
      ['/api/both', 'both'],
      ['/api/not%20of%20the%20group', 'not of the group'],
    ]);
    const page = await get('/api/both', 'alan');
    expect(page.status).to.equal(200);
    expect(page.body).to.contain('<a href="/api/">').and.to.contain(`${origin}/api/both<`);
  });

  it('does not contain sessions', async () => {
    await call(`${origin.replace('//', '//grace:x@')}/api/both`, 'open');
    expect(await listed('/api/', 'grace')).to.have.lengthOf(3);
  });

  it('is not sent without a login, or to clients that are not browsers', async () => {
    expect((await get('/', '')).status).to.equal(401);
    expect((await get('/', 'grace', '*/*')).status).to.equal(404);
  });
});
