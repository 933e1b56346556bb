import { expect } from 'chai';
import { HttpDaemon, RpcGateway, ServiceRegistry } from '#lib/index.js';
import { callDocument } from '../../support/client.js';
import { Echo, GraceOnly } from '../../support/echo.js';
import { ask } from '../../support/http.js';

describe('a web page', () => {
  let daemon: HttpDaemon;
  let url: string;
  let closed: string;

  before(async () => {
    const registry = new ServiceRegistry();
    new Echo(registry);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('', { registry }));
    daemon.attach('/closed', new GraceOnly('', { registry }));
    const origin = `http://127.0.0.1:${(await daemon.start()).port}`;
    url = `${origin}/echo`;
    closed = `${origin}/closed/echo`;
  });

  after(() => daemon.stop());

  async function statusFrom(headers: Readonly<Record<string, string>>, to = url): Promise<number> {
    const body = callDocument('echo', 'x');
    const sent = { 'Content-Type': 'text/xml', 'Content-Length': String(body.length), ...headers };
    return (await ask(to, { headers: sent, body })).status;
  }

  for (const origin of ['http://localhost:3000', 'http://127.0.0.1:8000', 'https://[::1]', 'http://192.0.2.1']) {
    it(`of ${origin} can send requests`, async () => expect(await statusFrom({ Origin: origin })).to.equal(200));
  }

  for (const origin of [
    'http://rebound.example:8000',
    'https://localhost.example',
    'http://127.0.0.1.example',
    'null',
    '',
    'x',
  ]) {
    it(`of "${origin}" cannot, because any domain can resolve to this machine`, async () => {
      const host = origin.replace('http://', '') || 'x';
      expect(await statusFrom({ Origin: origin, Host: host })).to.equal(403);
    });
  }

  const grace = { Origin: 'https://app.example', Authorization: `Basic ${Buffer.from('grace:x').toString('base64')}` };

  it('of any site can, if clients have to log in and the user has', async () => {
    expect(await statusFrom(grace, closed)).to.equal(200);
    expect(await statusFrom({ Origin: 'https://app.example' }, closed)).to.equal(401);
  });

  it('cannot, with any credentials, if clients do not have to log in', async () => {
    expect(await statusFrom(grace)).to.equal(403);
  });

  it('of another site gets no CORS permission', async () => {
    const asked = { Origin: 'http://localhost:3000', 'Access-Control-Request-Method': 'POST' };
    const { status, headers } = await ask(url, { method: 'OPTIONS', headers: asked });
    expect(status).to.equal(405);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
  });
});
