import { expect } from 'chai';
import { call } from '../support/client.js';
import { CommandProxy } from '../support/command-proxy.js';
import { DatabaseGateway, type GatewayOptions } from '../support/database-gateway.js';
import { answerOf } from '../support/ended-session.js';
import { testDatabase } from '../support/mariadb.js';
import { spillFiles } from '../support/spill-files.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';
import { within } from '../support/within.js';

/** More than can be sent to a client that does not read. */
const LARGE = "select repeat('x', 1000) from numbers where seq <= 8000";
const MARK = '/* of the client that hangs up */';

describe('a client that hangs up', () => {
  let url: string;
  let mysql: CommandProxy;
  let gateway: DatabaseGateway;
  let network: TcpProxy;
  let files: number;

  before(function () {
    url = testDatabase(this);
  });

  const start = async (options: GatewayOptions = {}) => {
    mysql = await CommandProxy.start(url);
    gateway = await DatabaseGateway.start(mysql.url, { connections: 1, connectWait: 5, ...options });
    network = await TcpProxy.start({ port: Number(new URL(gateway.url).port) });
    files = spillFiles();
  };

  afterEach(async () => {
    await network?.stop();
    await mysql?.stop();
    await gateway?.stop();
  });

  /** Makes a call over the network. Its failure is expected. */
  const make = (url: string, method: string, ...params: unknown[]) =>
    void call(url.replace(/:\d+\//, `:${network.port}/`), method, ...params).catch(() => {});

  /** Resets the connection of the call. A client that only closes it could still be reading. */
  const hangUp = async () => {
    const { traffic } = gateway.daemon;
    const others = traffic.connections - network.connections.length;
    for (const { server } of network.connections) server.resetAndDestroy();
    await until(() => traffic.connections === others);
  };

  /** Everything that the call has held is given back. */
  const leavesNothing = async () => {
    const { registry, pool } = gateway;
    await until(() => registry.sessions.size === 0 && pool.counts.idle === pool.counts.open, 3).catch(() => {
      throw new Error(`left: ${registry.sessions.size} sessions, connections: ${JSON.stringify(pool.counts)}`);
    });
    await until(() => spillFiles() === files, 2).catch(() => {
      throw new Error(`left: ${spillFiles() - files} spill files`);
    });
  };

  const LATER: [string, string][] = [
    ['a variable', `set @leaked = 42 ${MARK}`],
    ['a spill file', `${LARGE} ${MARK}`],
  ];
  for (const [what, statement] of LATER) {
    it(`during a large result leaves no later statement behind it: not ${what}`, async () => {
      await start({ resultMemory: 10_000 });
      const sent = mysql.withhold('answer', ({ text }) => text === LARGE);
      const calls = [
        { methodName: 'query', params: [LARGE] },
        { methodName: 'execute', params: [statement] },
      ];
      make(gateway.url, 'session', calls, { cursorclass: 'SSCursor' });
      const query = await sent;
      // The response waits for its reader, so that another session gets the connection.
      network.freeze();
      query.release();
      await gateway.execute('select 1');
      const prepared = mysql.withhold('answer', ({ text }) => text.startsWith('SET net_write_timeout'));
      network.thaw();
      const withheld = await prepared;
      await hangUp();
      await until(() => gateway.registry.sessions.size === 0);
      withheld.release();
      const next = await within(5, gateway.execute('select @leaked'), 'the answer to another client');
      expect(next).to.deep.equal([[null]]);
      await leavesNothing();
      expect(mysql.received.filter(({ text }) => text.includes(MARK))).to.deep.equal([]);
    });
  }

  it('while it closes a session whose call of once runs has closed it, and the locks are gone', async () => {
    await start({ connections: 2 });
    const cursor = await gateway.cursor();
    await cursor.execute("select get_lock('closed', 0)");
    const running = mysql.withhold('command', ({ text }) => text.includes(MARK));
    const call = answerOf(cursor.call('once', 1, 'execute', [`select sleep(20) ${MARK}`]));
    (await running).release();
    const { received } = gateway.daemon.traffic;
    make(cursor.url, 'close');
    await until(() => gateway.daemon.traffic.received > received);
    await hangUp();
    const told = await within(3, call, 'the answer of the call');
    expect(told).to.have.property('code', 58);
    expect(told).to.have.property('text').that.contains('Session closed');
    await leavesNothing();
    expect(await gateway.execute("select is_free_lock('closed')")).to.deep.equal([[1]]);
  });

  it('while its transaction is reset leaves no spill file', async () => {
    await start({ resultMemory: 10_000 });
    const reset = mysql
      .withhold('answer', ({ text }) => text === 'COMMIT')
      .then(({ release }) => {
        const next = mysql.withhold('answer', ({ text }) => text === 'RESET');
        release();
        return next;
      });
    make(gateway.url, 'transaction', [['set @a = 1'], [LARGE], [LARGE], [LARGE]]);
    const withheld = await reset;
    expect(spillFiles()).to.be.greaterThan(files);
    await hangUp();
    withheld.release();
    await leavesNothing();
  });

  const LISTS: [string, unknown[]][] = [
    ['query', [LARGE]],
    ['transaction', [[[LARGE], [LARGE]]]],
    [
      'session',
      [
        [
          { methodName: 'query', params: [LARGE] },
          { methodName: 'query', params: [LARGE] },
        ],
      ],
    ],
    ['execute', [LARGE]],
  ];
  for (const [method, params] of LISTS) {
    it(`in the result of ${method} leaves no spill file`, async () => {
      await start({ resultMemory: 10_000 });
      const sent = mysql.withhold('answer', ({ text }) => text === LARGE);
      make(gateway.url, method, ...params);
      const query = await sent;
      network.freeze();
      query.release();
      await until(() => gateway.daemon.traffic.sent > 0);
      await hangUp();
      await leavesNothing();
    });
  }
});
