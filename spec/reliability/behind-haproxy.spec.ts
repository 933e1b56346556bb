import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { call, faultOf } from '../support/client.js';
import { CursorClient } from '../support/database-gateway.js';
import { freePort } from '../support/free-port.js';
import { Haproxy, hasHaproxy } from '../support/haproxy.js';
import { as, passwordsOf } from '../support/logins.js';
import { testDatabase } from '../support/mariadb.js';
import { RunningServer } from '../support/netsvc-server.js';
import { SuiteFolder } from '../support/suite-folder.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { pend } from '../support/test-server.js';
import { succeeds, until } from '../support/until.js';

/** Milliseconds of an outage: many of the health checks, which are each 50 ms. */
const OUTAGE = 600;

/** Clients that open sessions and use them, one after the other, until they are stopped. */
class Load {
  readonly failures: unknown[] = [];
  answers = 0;
  /** The clients that have an answer since the last call of `nobodyWaits`. */
  readonly #served = new Set<number>();
  readonly #clients: readonly Promise<void>[];
  #running = true;

  constructor(
    readonly url: string,
    readonly number = 6,
  ) {
    this.#clients = Array.from({ length: number }, (_, client) => this.#run(client));
  }

  async #run(client: number): Promise<void> {
    while (this.#running) {
      try {
        const session = await CursorClient.open(this.url, 30);
        for (let i = 0; i < 5; i++) expect(await session.rows('select %s', [i])).to.deep.equal([[i]]);
        await session.call('close');
        this.answers++;
        this.#served.add(client);
      } catch (error) {
        this.failures.push(error);
      }
      await setTimeout(5);
    }
  }

  /** Resolves when each client has ended a session that it may have opened before. */
  async everybodyServed(): Promise<void> {
    this.#served.clear();
    await until(() => this.#served.size === this.number);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
  }
}

describe('two servers with two databases behind haproxy', () => {
  const folder = new SuiteFolder();
  let target: { port: number } | { path: string };
  let stock: TcpProxy;
  let servers: readonly RunningServer[];
  let haproxy: Haproxy;
  let load: Load;

  before(async function () {
    const mysql = new URL(testDatabase(this));
    if (!hasHaproxy) pend(this, 'haproxy is not installed');
    const path = mysql.searchParams.get('socket');
    target = path === null ? { port: Number(mysql.port || 3306) } : { path };
    stock = await TcpProxy.start(target);
    await folder.write('users', passwordsOf('olga'));
    const stockUrl = `mysql://${mysql.username}:${mysql.password}@127.0.0.1:${stock.port}${mysql.pathname}`;
    const configuration = {
      'trusted-proxies': ['127.0.0.1'],
      admin: { port: 0, users: 'users' },
      databases: { shop: { url: String(mysql) }, stock: { url: stockUrl, 'connect-wait': 0.3 } },
    };
    const args = ['--config', await folder.write('netsvc.yaml', configuration)];
    servers = await Promise.all(['a', 'b'].map((name) => RunningServer.start(['--instance', name, ...args])));
    const backends = servers.map(({ url, adminUrl }, i) => ({
      name: 'ab'.charAt(i),
      port: Number(new URL(url).port),
      adminPort: Number(new URL(adminUrl).port),
    }));
    haproxy = await Haproxy.start(await freePort(), backends, '50ms');
  });

  after(async () => {
    await haproxy?.stop();
    for (const server of servers ?? []) await server.stop(0);
    await stock?.stop();
  });

  const urlOf = (database: string) => `http://127.0.0.1:${haproxy.port}/${database}`;
  const open = (database: string) => CursorClient.open(urlOf(database));
  const operate = (on: readonly RunningServer[], method: string, ...params: unknown[]) =>
    Promise.all(on.map(({ adminUrl }) => call(as('olga', `${adminUrl}admin`), method, 'shop', ...params)));

  beforeEach(async () => {
    load = new Load(urlOf('shop'));
    await load.everybodyServed();
  });

  afterEach(() => load.stop());

  const expectNoFailure = async () => {
    await load.everybodyServed();
    await load.stop();
    expect(load.failures).to.deep.equal([]);
    expect(await haproxy.failedChecks()).to.deep.equal({ a: 0, b: 0 });
  };

  it('serve the clients of one database while MySQL of the other is stopped', async () => {
    const transaction = await open('shop');
    await transaction.execute('begin');
    const { port } = stock;
    await stock.stop();
    for (const end = performance.now() + OUTAGE; performance.now() < end; ) {
      expect((await faultOf(call(urlOf('stock'), 'execute', 'select 1'))).code).to.be.oneOf([2003, 2013]);
    }
    expect(await transaction.rows('select 1')).to.deep.equal([[1]]);
    await transaction.call('close');
    stock = await TcpProxy.start(target, port);
    await until(() => succeeds(call(urlOf('stock'), 'execute', 'select 1')));
    await expectNoFailure();
  });

  it('serve them while MySQL of the other does not answer', async () => {
    const session = await open('shop');
    stock.freeze();
    await setTimeout(OUTAGE);
    stock.thaw();
    expect(await session.rows('select 1')).to.deep.equal([[1]]);
    await session.call('close');
    await expectNoFailure();
  });

  const paused = [
    ['all servers', () => servers],
    ['one server', () => servers.slice(0, 1)],
  ] as const;

  for (const [where, pausing] of paused) {
    it(`let clients wait for a database that is paused on ${where}`, async () => {
      const session = await open('stock');
      await operate(pausing(), 'pause', 60);
      await setTimeout(OUTAGE);
      // New sessions can be opened meanwhile, and the other database is served.
      await (await open('shop')).call('close');
      expect(await session.rows('select 1')).to.deep.equal([[1]]);
      await session.call('close');
      await operate(pausing(), 'resume');
      await expectNoFailure();
    });
  }
});
