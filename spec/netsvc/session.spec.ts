import { expect } from 'chai';
import { type Opener, Service, ServiceFailure, ServiceRegistry, ServiceRequest, Session, Sweeper } from '#lib/index.js';

/** A service that opens sessions, and sessions that record what happens to them. */
class Parent extends Service {
  constructor(registry: ServiceRegistry) {
    super('parent', registry);
    this.joinGroup('web-services');
    this.exportMethod(this.open);
    this.exportMethod(this.openLater);
  }

  open(timeout: number): string {
    return new Child(this, timeout).childName;
  }

  async openLater(timeout: number): Promise<string> {
    const request = this.currentRequest;
    await Promise.resolve();
    return new Child(this, timeout, request).childName;
  }
}

class Child extends Session {
  destroyed = 0;
  /** The users whose work has begun. */
  readonly begun: string[] = [];
  readonly #proceed: (() => void)[] = [];

  constructor(parent: Service, timeout: number, opener?: Opener) {
    super(parent, timeout, opener);
    this.exportMethod(this.work);
    this.exportMethod(this.name);
  }

  /** Ends when the spec says so, and returns the name of the user that is current then. */
  async work(): Promise<string> {
    this.begun.push(this.currentRequest.user);
    await new Promise<void>((resolve) => this.#proceed.push(resolve));
    return this.currentRequest.user;
  }

  name(): string {
    return this.childName;
  }

  proceed(): void {
    this.#proceed.shift()?.();
  }

  override async destroyReferences(): Promise<void> {
    this.destroyed++;
    await super.destroyReferences();
  }
}

const request = new ServiceRequest('', 'grace');

describe('Session', () => {
  let now: number;
  let registry: ServiceRegistry;
  let sweeper: Sweeper;
  let parent: Parent;

  function open(timeout = 60): Child {
    const name = parent.perform('open', [timeout], request);
    return registry.lookupServiceName(`parent/${name}`) as Child;
  }

  beforeEach(() => {
    now = 1_000_000;
    registry = new ServiceRegistry({ clock: () => now });
    sweeper = new Sweeper(registry);
    parent = new Parent(registry);
  });

  it('has a name of 128 random bits', () => {
    const names = new Set(Array.from({ length: 1000 }, () => open().childName));
    expect(names.size).to.equal(1000);
    for (const name of names) expect(Buffer.from(name, 'base64url')).to.have.lengthOf(16);
    // Half of 1000 x 128 fair bits are ones; seven standard deviations are 1252.
    const ones = [...names].flatMap((name) => [...Buffer.from(name, 'base64url')]).map((byte) => byte.toString(2));
    expect(ones.join('').replaceAll('0', '').length).to.be.within(64_000 - 1252, 64_000 + 1252);
  });

  it('can be reached below its parent, in the groups of its parent', () => {
    const child = open();
    expect(child.serviceName).to.equal(`parent/${child.childName}`);
    expect(registry.lookupServiceName(child.serviceName, 'web-services')).to.equal(child);
    expect(registry.lookupServiceName(child.serviceName, 'others')).to.equal(undefined);
  });

  it('admits only the user that opened it', () => {
    const child = open();
    expect(child.admits('grace')).to.equal(true);
    expect(child.admits('')).to.equal(false);
    expect(child.admits('ada')).to.equal(false);
  });

  it('knows its opener if it is opened after an await', async () => {
    const name = await parent.perform('openLater', [60], request);
    expect(registry.lookupServiceName(`parent/${name}`)?.admits('grace')).to.equal(true);
  });

  it('is not opened without an opener', () => {
    expect(() => new Child(parent, 60)).to.throw('No request is current');
    expect(registry.sessions.size).to.equal(0);
  });

  it('rejects an invalid timeout', () => {
    for (const timeout of [0, -1, Number.NaN]) expect(() => new Child(parent, timeout, request)).to.throw(RangeError);
  });

  it('does not reveal its name in the log', () => {
    const child = open();
    expect(child.logName)
      .to.match(/^parent\/#[\w-]{8}$/)
      .and.not.contain(child.childName.slice(0, 8));
  });

  it('causes fault 51 beyond the limit, until another closes', async () => {
    registry = new ServiceRegistry({ maxSessions: 2 });
    parent = new Parent(registry);
    const child = open();
    open();
    expect(() => open())
      .to.throw(ServiceFailure, '2 sessions are open')
      .with.property('error', 51);
    await child.close();
    expect(open().admits('grace')).to.equal(true);
  });

  it('causes fault 51 beyond the limit of its user or its address', async () => {
    registry = new ServiceRegistry({ maxSessionsPerUser: 2, maxSessionsPerHost: 3 });
    parent = new Parent(registry);
    const openFor = (user: string, host: string) => new Child(parent, 60, new ServiceRequest(host, user));
    const first = openFor('ada', '192.0.2.1');
    openFor('ada', '192.0.2.2');
    expect(() => openFor('ada', '192.0.2.3'))
      .to.throw(ServiceFailure, '2 sessions are open of user ada, which is the limit.')
      .with.property('error', 51);
    // Anonymous clients do not count as one user.
    for (const host of ['192.0.2.1', '192.0.2.1', '192.0.2.2']) openFor('', host);
    expect(() => openFor('', '192.0.2.1'))
      .to.throw(ServiceFailure, '3 sessions are open from 192.0.2.1, which is the limit.')
      .with.property('error', 51);
    await Promise.all([first.close(), first.close()]);
    openFor('ada', '192.0.2.1');
    expect(() => openFor('', '192.0.2.1')).to.throw(ServiceFailure, 'which is the limit');
  });

  describe('when idle', () => {
    it('does not exist past its deadline, before any sweep', () => {
      const child = open(60);
      now += 59_999;
      expect(child.admits('grace')).to.equal(true);
      now += 1;
      expect(child.admits('grace')).to.equal(false);
    });

    it('is closed by the sweep, not before its deadline and at most 100 ms after', async () => {
      const child = open(60);
      now += 59_999;
      expect(sweeper.sweep()).to.equal(0);
      now += 101;
      expect(sweeper.sweep()).to.equal(1);
      await child.close();
      expect(child.destroyed).to.equal(1);
      expect(registry.lookupServiceName(child.serviceName)).to.equal(undefined);
      expect(registry.sessions.size).to.equal(0);
    });

    it('restarts the idle time after each response', () => {
      const child = open(60);
      now += 59_000;
      child.hold();
      now += 5000;
      child.release();
      now += 59_999;
      expect(sweeper.sweep()).to.equal(0);
      expect(child.admits('grace')).to.equal(true);
      now += 101;
      expect(sweeper.sweep()).to.equal(1);
    });

    it('does not expire during a request of any length', () => {
      const child = open(60);
      child.hold();
      now += 3_600_000;
      expect(sweeper.sweep()).to.equal(0);
      expect(child.admits('grace')).to.equal(true);
      child.release();
      now += 60_100;
      expect(sweeper.sweep()).to.equal(1);
    });

    it('costs a sweep nothing while others are closed', () => {
      for (let i = 0; i < 10_000; i++) open(3600);
      const mayfly = open(1);
      now += 1100;
      let asked = 0;
      for (const session of registry.sessions) {
        const expire = session.expire.bind(session);
        session.expire = () => {
          asked++;
          return expire();
        };
      }
      expect(sweeper.sweep()).to.equal(1);
      expect(asked).to.equal(1);
      expect(mayfly.withdrawn).to.equal(true);
    });
  });

  describe('with requests', () => {
    it('answers one at a time, in order of arrival', async () => {
      const child = open();
      const first = child.perform('work', [], new ServiceRequest('', 'first'));
      const second = child.perform('work', [], new ServiceRequest('', 'second'));
      const third = child.perform('work', [], new ServiceRequest('', 'third'));
      expect(child.begun).to.deep.equal(['first']);
      child.proceed();
      expect(await first).to.equal('first');
      expect(child.begun).to.deep.equal(['first', 'second']);
      child.proceed();
      expect(await second).to.equal('second');
      child.proceed();
      expect(await third).to.equal('third');
      expect(child.begun).to.deep.equal(['first', 'second', 'third']);
    });

    it('does not run a request whose client disconnected during the wait', async () => {
      const child = open();
      const first = child.perform('work', [], request);
      const gone = new ServiceRequest('', 'gone');
      const second = Promise.resolve(child.perform('name', [], gone));
      gone.abort(new Error('The client disconnected.'));
      child.proceed();
      await first;
      expect(await second.catch((error: Error) => error.message)).to.equal('The client disconnected.');
    });

    it('answers the others if one fails', async () => {
      const child = open();
      expect(() => child.perform('nothing', [], request)).to.throw('Method Unavailable');
      expect(await child.perform('name', [], request)).to.equal(child.childName);
    });
  });

  describe('when closed', () => {
    it('releases its resources once, however often it is closed', async () => {
      const child = open();
      expect(await Promise.all([child.perform('close', [], request), child.close(), child.close()])).to.deep.equal([
        0, 0, 0,
      ]);
      expect(child.destroyed).to.equal(1);
      expect(child.admits('grace')).to.equal(false);
    });

    it('runs none of the waiting requests', async () => {
      const child = open();
      const first = child.perform('work', [], request);
      const second = Promise.resolve(child.perform('name', [], request));
      void child.close();
      child.proceed();
      await first;
      expect(await second.catch((error: Error) => error.message)).to.contain('Session closed.');
    });

    it('aborts the request that is running, and says who has closed it', async () => {
      for (const [close, text] of [
        [(child: Child) => child.perform('close', [], new ServiceRequest('', 'grace')), 'Session closed.'],
        [(child: Child) => child.closeFor('operator'), 'Session closed by an operator.'],
        [(child: Child) => child.closeFor('drained'), 'The server is shutting down.'],
      ] as const) {
        const child = open();
        const running = new ServiceRequest('', 'grace');
        const work = child.perform('work', [], running);
        await close(child);
        expect(String(running.signal.reason)).to.contain(text);
        child.proceed();
        await work;
      }
    });

    it('remains closed when a request ends afterwards', async () => {
      const child = open();
      child.hold();
      await child.close();
      child.release();
      expect(registry.deadlines.size).to.equal(0);
    });
  });
});

describe('Sweeper', () => {
  it('sweeps every second after start', async () => {
    const registry = new ServiceRegistry();
    const sweeper = new Sweeper(registry);
    const child = new Child(new Parent(registry), 0.001, request);
    const withdrawn = new Promise<void>((resolve) => {
      registry.subscribe(({ event, service }) => {
        if (event === 'withdrawn' && service === child) resolve();
      });
    });
    sweeper.start();
    sweeper.start();
    await withdrawn;
    await sweeper.stop();
    await sweeper.stop();
  });

  it('logs a session that fails to close, and closes the others', async () => {
    const reported: unknown[] = [];
    const log = { info() {}, warn() {}, error: (fields: object) => reported.push(fields) };
    let now = 0;
    const registry = new ServiceRegistry({ clock: () => now, log });
    const parent = new Parent(registry);
    class Stuck extends Child {
      override destroyReferences(): Promise<void> {
        return Promise.reject(new Error('stuck'));
      }
    }
    new Stuck(parent, 1, request);
    const other = new Child(parent, 1, request);
    now = 2000;
    expect(new Sweeper(registry).sweep()).to.equal(2);
    await other.close();
    await new Promise(setImmediate);
    expect(reported).to.have.lengthOf(1);
    expect(registry.sessions.size).to.equal(0);
  });
});
