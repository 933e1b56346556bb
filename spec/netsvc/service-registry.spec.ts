import { expect } from 'chai';
import { type Announcement, Service, ServiceRegistry, Session } from '#lib/index.js';
import { until } from '../support/until.js';

describe('ServiceRegistry', () => {
  let registry: ServiceRegistry;

  beforeEach(() => {
    registry = new ServiceRegistry();
  });

  it('finds a service by name until it is withdrawn', () => {
    const service = new Service('clock', registry);
    expect(registry.lookupServiceName('clock')).to.equal(service);
    service.destroyReferences();
    expect(registry.lookupServiceName('clock')).to.equal(undefined);
  });

  it('finds the first of two services with one name, then the other', () => {
    const [first, second] = [new Service('clock', registry), new Service('clock', registry)];
    expect(registry.lookupServiceName('clock')).to.equal(first);
    first.destroyReferences();
    expect(registry.lookupServiceName('clock')).to.equal(second);
  });

  it('finds only members of the group', () => {
    const outside = new Service('clock', registry);
    const inside = new Service('clock', registry);
    inside.joinGroup('web-services');
    expect(registry.lookupServiceName('clock', 'web-services')).to.equal(inside);
    expect(registry.lookupServiceGroup('web-services')).to.deep.equal([inside]);
    expect(registry.lookupServiceGroup('')).to.deep.equal([outside, inside]);
    inside.leaveGroup('web-services');
    expect(registry.lookupServiceName('clock', 'web-services')).to.equal(undefined);
    expect(registry.lookupServiceGroup('web-services')).to.deep.equal([]);
  });

  it('calls subscribers for each announcement until they unsubscribe', () => {
    const heard: string[] = [];
    const stop = registry.subscribe(({ event, service, group = '' }: Announcement) =>
      heard.push(`${service.serviceName} ${event} ${group}`.trim()),
    );
    const service = new Service('clock', registry);
    service.joinGroup('web-services');
    service.leaveGroup('web-services');
    service.joinGroup('others');
    service.destroyReferences();
    stop();
    new Service('unheard', registry);
    expect(heard).to.deep.equal([
      'clock published',
      'clock joined web-services',
      'clock left web-services',
      'clock joined others',
      'clock left others',
      'clock withdrawn',
    ]);
  });

  it('is one for the process by default', () => {
    const service = new Service('spec-of-the-default-registry');
    expect(ServiceRegistry.default.lookupServiceName('spec-of-the-default-registry')).to.equal(service);
    service.destroyReferences();
  });
});

describe('ServiceRegistry with open sessions', () => {
  class Opener extends Service {}

  it('logs what a subscriber throws, and opens and closes the session all the same', async () => {
    const logged: string[] = [];
    const heard: string[] = [];
    const log = { info() {}, warn() {}, error: (_fields: object, message: string) => logged.push(message) };
    const registry = new ServiceRegistry({ log, maxSessions: 1 });
    const opener = new Opener('opener', registry);
    registry.subscribe(() => {
      throw new Error('broken');
    });
    registry.subscribe(({ event, service }) => heard.push(`${service.publicName} ${event}`));
    for (const _ of [1, 2]) await new Session(opener, 10, { user: '', remoteAddress: '' }).close();
    expect(heard).to.deep.equal([...Array(2)].flatMap(() => ['opener published', 'opener withdrawn']));
    expect(logged).to.deep.equal(Array(4).fill('subscriber failed'));
    expect([...registry.roots]).to.deep.equal([opener]);
  });

  const open = (registry: ServiceRegistry, timeout: number) =>
    new Session(new Opener('opener', registry), timeout, { user: '', remoteAddress: '' });

  it('closes expired sessions without a Sweeper of the program', async () => {
    const registry = new ServiceRegistry();
    open(registry, 0.1);
    await until(() => registry.sessions.size === 0);
  });

  it('closes all sessions when it is disposed of', async () => {
    const registry = new ServiceRegistry();
    const session = open(registry, 60);
    await registry[Symbol.asyncDispose]();
    expect([registry.sessions.size, session.withdrawn]).to.deep.equal([0, true]);
  });

  describe('that have ended', () => {
    const opener = { user: 'grace', remoteAddress: '' };

    it('remembers them while thousands of others end, and forgets them then', async () => {
      const registry = new ServiceRegistry();
      const service = new Opener('opener', registry);
      const session = new Session(service, 60, opener);
      await session.close();
      for (const ending of ['Session closed', undefined]) {
        await Promise.all(Array.from({ length: 5000 }, () => new Session(service, 60, opener).close()));
        expect(registry.endingOf(session.serviceName, 'grace')).to.equal(ending);
      }
    });

    it('forgets them after five minutes', async () => {
      let now = 0;
      const registry = new ServiceRegistry({ clock: () => now });
      const session = new Session(new Opener('opener', registry), 60, opener);
      await session.close();
      now = 300_000;
      expect(registry.endingOf(session.serviceName, 'grace')).to.equal('Session closed');
      now += 1;
      expect(registry.endingOf(session.serviceName, 'grace')).to.equal(undefined);
    });
  });

  it('logs a session that fails to close, and closes the others', async () => {
    const logged: string[] = [];
    const log = { info() {}, warn() {}, error: (_fields: object, message: string) => void logged.push(message) };
    const registry = new ServiceRegistry({ log });
    const failing = open(registry, 60);
    failing.destroyReferences = () => Promise.reject(new Error('no'));
    const other = open(registry, 60);
    await registry.close();
    expect([logged, other.withdrawn]).to.deep.equal([['close failed'], true]);
  });
});
