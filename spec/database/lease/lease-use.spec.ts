import { expect } from 'chai';
import { DISCARD } from '#lib/database/driver/result-sink.js';
import { MysqlError } from '#lib/database/errors/mysql-error.js';
import { ConnectionLease } from '#lib/database/lease/connection-lease.js';
import type { LeasedConnection } from '#lib/database/lease/held-connection.js';
import type { LeaseOptions } from '#lib/database/lease/lease-options.js';
import type { RunningStatement } from '#lib/database/pool/running-statement.js';
import { SqlText } from '#lib/database/sql/sql-text.js';
import { aborted } from '#lib/netsvc/fault-texts.js';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { poolFixture } from '../../support/pool-fixture.js';
import { until } from '../../support/until.js';

describe('a lease', () => {
  const pools = poolFixture();
  const request = new ServiceRequest('10.0.0.1', 'ada');
  const leases: ConnectionLease[] = [];

  beforeEach(() => pools.open({ connections: 2 }));
  afterEach(() => Promise.all(leases.splice(0).map((lease) => lease.release())));

  const newLease = (options: LeaseOptions = {}) => {
    const lease = new ConnectionLease(pools.pool, options);
    leases.push(lease);
    return lease;
  };

  const start = ({ start }: LeasedConnection, sql: string, sink = DISCARD) => start(new SqlText(sql), sink);

  const run = (lease: ConnectionLease, ...statements: string[]) =>
    lease.use(request, async (leased) => {
      for (const sql of statements) await (await start(leased, sql)).done;
    });

  /** Begins a statement that runs until it is stopped. */
  const sleeping = async (lease: ConnectionLease) => {
    let statement: RunningStatement | undefined;
    const failure = lease
      .use(request, async (leased) => {
        statement = await start(leased, 'select sleep(60)');
        await statement.done;
      })
      .catch((error: unknown) => error);
    await until(() => statement?.running === true);
    return failure;
  };

  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

  it('stops the statement that is running, and says whether there is one', async () => {
    const lease = newLease();
    const reason = aborted('An operator stopped it.');
    expect(lease.cancel(reason), 'without a connection').to.equal(false);
    await run(lease, 'select 1');
    expect(lease.cancel(reason), 'after a statement').to.equal(false);
    const failure = sleeping(lease);
    await until(() => lease.held?.isRunning === true);
    expect(lease.cancel(reason), 'during one').to.equal(true);
    expect(await failure).to.equal(reason);
  });

  it('counts the rows of its statements', async () => {
    const lease = newLease();
    await run(lease, 'select 1 union all select 2', 'do 0', 'select 3');
    expect(lease.rows).to.equal(3);
  });

  it('ends with the first reason, by which what runs is stopped, and later calls fail', async () => {
    const lease = newLease();
    const failure = sleeping(lease);
    await until(() => lease.held?.isRunning === true);
    const [first, later] = [aborted('first'), aborted('later')];
    await Promise.all([lease.release(() => first), lease.release(() => later)]);
    expect(await failure).to.equal(first);
    expect(await run(lease, 'select 1').catch((error: unknown) => error)).to.equal(first);
    expect(pools.pool.counts).to.include({ parked: 0 });
  });

  it('leaves no timer of a transaction behind', async () => {
    const unlimited = newLease();
    await run(unlimited, 'begin');
    await unlimited.release();
    const before = timers();
    const lease = newLease({ transactionTimeout: 1000, idleTransactionTimeout: 1000 });
    await run(lease, 'begin');
    expect(timers()).to.be.at.least(before + 2);
    await lease.release();
    await until(() => timers() <= before);
  });

  it('is in use until its calls have ended, also behind a transaction that was rolled back at a limit', async () => {
    const lease = newLease({ idleTransactionTimeout: 0.05 });
    await run(lease, 'begin');
    await until(() => lease.held !== undefined && !lease.inTransaction);
    expect(await run(lease, 'select 1').catch(String)).to.contain('Response Aborted');
    await lease.use(request, async (leased) => {
      await lease.keep(async () => {});
      expect(lease.held?.connection.use).to.equal('used');
      await (await start(leased, 'select 1')).done;
    });
    expect(lease.held?.connection.use).to.equal('parked');
  });

  it('drops a connection that was lost, and gets another', async () => {
    const lease = newLease();
    await run(lease, 'select 1');
    const lost = lease.held?.connection;
    const failure = await run(lease, `kill ${lost?.threadId}`).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(MysqlError);
    expect([lease.held, lost?.use, pools.pool.counts.open]).to.deep.equal([undefined, 'closing', 0]);
    await run(lease, 'select 1');
    expect(lease.held?.connection.use).to.equal('parked');
  });

  it('finds its LAST_INSERT_ID() on another connection, while it loses the one before', async () => {
    const [lease, other, definer] = [newLease(), newLease(), newLease()];
    const table = 'create table lease_use (id int auto_increment primary key) auto_increment = 77';
    await run(definer, 'drop table if exists lease_use', table);
    await definer.release();
    for (const each of [lease, other]) await run(each, 'insert into lease_use values ()');
    const third = pools.acquire();
    expect([lease.held, other.held?.connection.use]).to.deep.equal([undefined, 'parked']);
    await run(lease, 'select 1 from dual where last_insert_id() = 77');
    expect(lease.rows).to.equal(1);
    await pools.pool.release(await third);
  });
});
