import { expect } from 'chai';
import { type Announcement, Service, ServiceRegistry } from '#lib/index.js';

describe('ServiceRegistry', () => {
  let registry: ServiceRegistry;

  beforeEach(() => {
    registry = new ServiceRegistry();
  });

  it('finds a service by its name until that is withdrawn', () => {
    const service = new Service('clock', registry);
    expect(registry.lookupServiceName('clock')).to.equal(service);
    service.destroyReferences();
    expect(registry.lookupServiceName('clock')).to.equal(undefined);
  });

  it('finds the longest known of two services with one name, then the other', () => {
    const [first, second] = [new Service('clock', registry), new Service('clock', registry)];
    expect(registry.lookupServiceName('clock')).to.equal(first);
    first.destroyReferences();
    expect(registry.lookupServiceName('clock')).to.equal(second);
  });

  it('finds the members of a group only', () => {
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

  it('tells subscribers what happens, until they have heard enough', () => {
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

  it('is one for the process unless another is passed', () => {
    const service = new Service('spec-of-the-default-registry');
    expect(ServiceRegistry.default.lookupServiceName('spec-of-the-default-registry')).to.equal(service);
    service.destroyReferences();
  });
});
