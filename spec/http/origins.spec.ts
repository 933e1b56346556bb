import { expect } from 'chai';
import { HttpDaemon, RpcGateway, ServiceRegistry } from '#lib/index.js';
import { callDocument } from '../support/client.js';
import { Echo, GraceOnly } from '../support/echo.js';
import { ask } from '../support/http.js';

describe('a page in a browser', () => {
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
    it(`of ${origin} may call`, async () => expect(await statusFrom({ Origin: origin })).to.equal(200));
  }

  for (const origin of [
    'http://rebound.example:8000',
    'https://localhost.example',
    'http://127.0.0.1.example',
    'null',
    '',
    'x',
  ]) {
    it(`of "${origin}" may not, since anybody can have a name lead to this machine`, async () => {
      const host = origin.replace('http://', '') || 'x';
      expect(await statusFrom({ Origin: origin, Host: host })).to.equal(403);
    });
  }

  const grace = { Origin: 'https://app.example', Authorization: `Basic ${Buffer.from('grace:x').toString('base64')}` };

  it('of any name may where users have to log in, for one who has', async () => {
    expect(await statusFrom(grace, closed)).to.equal(200);
    expect(await statusFrom({ Origin: 'https://app.example' }, closed)).to.equal(401);
  });

  it('may not, whoever it says that it is, where nobody has to', async () => {
    expect(await statusFrom(grace)).to.equal(403);
  });

  it('cannot ask whether it may from another site', async () => {
    const asked = { Origin: 'http://localhost:3000', 'Access-Control-Request-Method': 'POST' };
    const { status, headers } = await ask(url, { method: 'OPTIONS', headers: asked });
    expect(status).to.equal(405);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
  });
});
