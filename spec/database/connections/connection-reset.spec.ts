import { expect } from 'chai';
import { call } from '../../support/client.js';
import { type Command, CommandProxy } from '../../support/command-proxy.js';
import { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { onlyOn } from '../../support/test-server.js';
import { until } from '../../support/until.js';

const isReset = ({ text }: Command) => text === 'RESET';
const isRestoration = ({ text }: Command) => /^SET .*autocommit = /.test(text);

describe('the reset behind a session in MariaDB', () => {
  let proxy: CommandProxy;
  let gateway: DatabaseGateway;
  let failures: string[];

  beforeEach(async function () {
    onlyOn('MariaDB', this, 'MySQL is sent no statement with a reset');
    failures = [];
    proxy = await CommandProxy.start(testDatabase(this));
    const observer = { resetFailed: (_database: string, error: unknown) => failures.push(String(error)) };
    gateway = await DatabaseGateway.start(proxy.url, { connections: 1, observer });
    await recreate(gateway, 'table reset_behind (id int)');
    // What its name does is known from now on.
    for (const table of ['reset_behind', 'numbers']) await gateway.execute(`select * from ${table} limit 1`);
    await settled();
    proxy.received.length = 0;
  });

  afterEach(async () => {
    await gateway?.stop();
    await proxy?.stop();
  });

  /** The connection has been reset. */
  const settled = () =>
    until(() => gateway.pool.connections.every(({ use, isResetDue }) => use === 'idle' && !isResetDue));

  const received = () => proxy.received.map(({ text }) => text.replace(/^SET .*/, 'SET'));

  /** Runs each statement in a session of its own, one behind the other without a wait between them. */
  const executeEach = async (...queries: readonly string[]): Promise<unknown[]> => {
    const calls = queries.map((query) => ({ methodName: 'execute', params: [query] }));
    return (await call(gateway.url, 'system.multicall', calls)) as unknown[];
  };

  it('is sent together with the first statement of the next session, if that only reads', async () => {
    const withheld = proxy.withhold('answer', isReset);
    const answers = executeEach('select 1', 'select 2');
    await until(() => received().includes('select 2'));
    expect(received()).to.deep.equal(['select 1', 'RESET', 'SET', 'select 2']);
    (await withheld).release();
    expect(await answers).to.deep.equal([[[[1]]], [[[2]]]]);
  });

  it('is answered before a statement is sent that may change something', async () => {
    for (const statement of ['insert into reset_behind values (1)', 'set @a = 1', 'select get_lock("a", 0)']) {
      await settled();
      proxy.received.length = 0;
      const withheld = proxy.withhold('answer', isReset);
      const answers = executeEach('select 1', statement);
      const { release } = await withheld;
      await until(() => received().includes('SET'));
      expect(received()).to.deep.equal(['select 1', 'RESET', 'SET']);
      release();
      await answers;
      expect(received()).to.include(statement);
    }
  });

  it('is sent within milliseconds if no session follows', async () => {
    await executeEach('select 1');
    await settled();
    expect(received()).to.deep.equal(['select 1', 'RESET', 'SET']);
  });

  it('is sent at once behind a session that was pinned', async () => {
    const cursor = await gateway.cursor();
    await cursor.execute("select get_lock('reset_behind', 0)");
    proxy.received.length = 0;
    await cursor.call('close');
    expect(received()).to.include.members(['RESET', 'SET']);
  });

  it('ends a statement that was sent with it, and the connection, if it fails', async () => {
    void proxy.interrupt(isRestoration);
    const [, fault] = await executeEach('select 1', 'select * from numbers where seq < 10');
    expect(fault).to.include({ faultCode: 2013 });
    expect(failures)
      .to.have.length(1)
      .and.match(/interrupted/);
    expect(await executeEach('select 2')).to.deep.equal([[[[2]]]]);
  });

  it('leaves a statement that may change something to another connection, if it fails', async () => {
    void proxy.interrupt(isRestoration);
    expect(await executeEach('select 1', 'insert into reset_behind values (1)')).to.deep.equal([[[[1]]], [1]]);
    expect(received().filter((text) => text.startsWith('insert'))).to.have.length(1);
    expect(await executeEach('select count(*) from reset_behind')).to.deep.equal([[[[1]]]]);
  });
});
