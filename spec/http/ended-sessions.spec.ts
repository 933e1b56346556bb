import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry, ServiceRequest, Session } from '#lib/index.js';
import { callDocument } from '../support/client.js';
import { converse } from '../support/http.js';

class Opener extends Service {
  constructor(registry: ServiceRegistry) {
    super('opener', registry);
    this.joinGroup('web-services');
  }

  open(user: string): Session {
    return new Session(this, 30, new ServiceRequest('127.0.0.1', user));
  }
}

/** Authorises everybody. */
class Anybody extends RpcGateway {
  override authorise(): boolean {
    return true;
  }
}

describe('a session that has ended', () => {
  let now: number;
  let registry: ServiceRegistry;
  let daemon: HttpDaemon;
  let opener: Opener;
  let origin: string;

  beforeEach(async () => {
    now = 0;
    registry = new ServiceRegistry({ clock: () => now });
    opener = new Opener(registry);
    daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new Anybody('web-services', { registry }));
    const { port } = await daemon.start();
    origin = `http://127.0.0.1:${port}/`;
  });

  afterEach(() => daemon.stop());

  const askAs = async (user: string, session: Session) => {
    const body = callDocument('close');
    const credentials = Buffer.from(`${user}:x`).toString('base64');
    return converse(
      origin,
      `POST /${session.serviceName} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${credentials}\r\n` +
        `Content-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      /\r\n\r\n.+/,
    );
  };

  it('tells its owner that it expired, before it is swept and after', async () => {
    const session = opener.open('grace');
    now += 30_000;
    for (const swept of [false, true]) {
      if (swept) await session.expire();
      expect(await askAs('grace', session)).to.match(/^HTTP\/1\.1 404 Session expired after 30 s of inactivity\r\n/);
    }
  });

  it('does not exist for other users', async () => {
    const session = opener.open('grace');
    for (const end of [() => {}, () => session.close()]) {
      await end();
      expect(await askAs('eve', session)).to.match(/^HTTP\/1\.1 404 Not Found\r\n/);
    }
  });

  it('is remembered while thousands of others end, and forgotten then', async () => {
    const session = opener.open('grace');
    await session.close();
    const ended = (count: number) => Promise.all(Array.from({ length: count }, () => opener.open('ada').close()));
    await ended(5000);
    expect(registry.endingOf(session.serviceName, 'grace')).to.equal('Session closed');
    await ended(5000);
    expect(registry.endingOf(session.serviceName, 'grace')).to.equal(undefined);
  });

  it('is forgotten after five minutes', async () => {
    const session = opener.open('grace');
    await session.close();
    now += 300_001;
    expect(await askAs('grace', session)).to.match(/^HTTP\/1\.1 404 Not Found\r\n/);
  });
});
