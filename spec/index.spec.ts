import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { HttpDaemon, RpcGateway, Service, ServiceRegistry, Session } from '#lib/index.js';
import { call, statusOf } from './support/client.js';

/** A counter for each client, as in examples/counter.ts. */
class Counters extends Service {
  constructor(registry: ServiceRegistry) {
    super('counters', registry);
    this.joinGroup('web-services');
    this.exportMethod(this.open, { params: [], returns: 'string', help: 'Opens a counter.' });
  }

  open(): string {
    return new Counter(this, 60).childName;
  }
}

class Counter extends Session {
  #count = 0;

  constructor(parent: Service, timeout: number) {
    super(parent, timeout);
    this.exportMethod(this.count, { params: [], returns: 'int', help: 'Counts.' });
  }

  count(): number {
    return ++this.#count;
  }
}

describe('the package', () => {
  it('gives a TypeScript program sessions', async () => {
    const registry = new ServiceRegistry();
    new Counters(registry);
    const daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('web-services', { registry }));
    const { port } = await daemon.start();
    const url = `http://127.0.0.1:${port}/counters`;
    const [mine, yours] = [`${url}/${await call(url, 'open')}`, `${url}/${await call(url, 'open')}`];
    expect(await call(mine, 'count')).to.equal(1);
    expect(await call(mine, 'count')).to.equal(2);
    expect(await call(yours, 'count')).to.equal(1);
    expect(await call(mine, 'close')).to.equal(0);
    expect(await statusOf(call(mine, 'count'))).to.equal(404);
    await daemon.stop();
  });

  it('loads mysql2 only for netsvc/database', () => {
    const loaded = (module: string) => {
      const script = `import { createRequire } from 'node:module';
        await import('${module}');
        console.log(Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('mysql2')));`;
      return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
    };
    expect(loaded('netsvc')).to.equal('false');
    expect(loaded('netsvc/database')).to.equal('true');
  });
});
