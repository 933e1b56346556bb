import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import {
  HostRules,
  HostSet,
  parsePasswords,
  type ServeOptions,
  Service,
  ServiceRegistry,
  type ServiceServer,
  Session,
  serve,
  Users,
} from '#lib/index.js';
import { call, faultOf, statusOf } from '../support/client.js';

class Work extends Service {
  started: () => void = () => {};

  constructor(registry: ServiceRegistry) {
    super('work', registry);
    this.exportMethod(this.open);
    this.exportMethod(this.wait);
  }

  open(): string {
    return new Session(this, 60).childName;
  }

  /** Takes as long as the client and the server allow. */
  wait(): Promise<never> {
    const { signal } = this.currentRequest;
    this.started();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }
}

describe('serve', () => {
  let registry: ServiceRegistry;
  let work: Work;
  let server: ServiceServer;

  const start = async (options: ServeOptions = {}) => {
    registry = new ServiceRegistry();
    work = new Work(registry);
    server = await serve({ port: 0, registry, ...options });
    return `${server.url}work`;
  };

  afterEach(() => server.close(0));

  it('serves the services of a registry', async () => {
    const url = await start();
    expect(await call(url, 'system.listMethods')).to.include('open');
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/work$/);
  });

  it('aborts a request that outlasts the grace period, and then closes the sessions', async () => {
    const url = await start();
    await call(url, 'open');
    const started = new Promise<void>((resolve) => {
      work.started = resolve;
    });
    const fault = faultOf(call(url, 'wait'));
    await started;
    expect(registry.sessions.size).to.equal(1);
    await server.close(0);
    expect((await fault).code).to.equal(58);
    expect(registry.sessions.size).to.equal(0);
  });

  it('is closed at the end of the scope that declares it', async () => {
    await start();
    const { url } = server;
    await server[Symbol.asyncDispose]();
    expect(await fetch(url).catch(() => 'closed')).to.equal('closed');
  });

  it('requires a login if it is given users', async () => {
    const users = new Users(parsePasswords(`grace:${hashSync('secret', 4)}\n`));
    const url = await start({ users });
    expect(await statusOf(call(url, 'open'))).to.equal(401);
    expect(await call(url.replace('//', '//grace:secret@'), 'open')).to.be.a('string');
    await users.end();
  });

  it('accepts connections only from the addresses that it is given', async () => {
    const url = await start({ hosts: new HostRules(new HostSet(['192.0.2.1'])) });
    expect(await statusOf(call(url, 'open'))).to.equal(403);
  });
});
