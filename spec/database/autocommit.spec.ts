import { expect } from 'chai';
import type { Cursor, MysqlError } from '#lib/database/index.js';
import { listed } from '../support/call-body.js';
import { call, faultOf } from '../support/client.js';
import type { CursorClient, DatabaseGateway, GatewayOptions } from '../support/database-gateway.js';
import { RunningServer } from '../support/netsvc-server.js';
import { recreate } from '../support/recreate.js';
import { otherGateway, suiteGateway, urlWith } from '../support/suite-gateway.js';
import { perServer } from '../support/test-server.js';
import { until } from '../support/until.js';

const INSERT = 'insert into entries (n) values (%s)';

describe('a database without autocommit', () => {
  const direct = suiteGateway();
  let gateway: DatabaseGateway;
  let cursor: CursorClient;

  before(() => recreate(direct, 'table entries (n int primary key) engine=InnoDB'));

  beforeEach(() => direct.execute('delete from entries'));

  const start = async (options: GatewayOptions = {}, cursorclass = 'Cursor') => {
    gateway = await otherGateway({ autocommit: false, ...options });
    cursor = await gateway.cursor(60, cursorclass);
  };

  afterEach(() => gateway?.stop());

  const committed = async () => ((await direct.execute('select n from entries order by n')) as number[][]).flat();
  const pinReason = ({ id }: CursorClient) =>
    (gateway.registry.lookupServiceName(`database/${id}`) as Cursor | undefined)?.describe().pinReason;
  const session = (...params: unknown[]) =>
    call(gateway.url, 'session', ...params) as Promise<{ id: string; results: unknown[] }>;

  describe('has sessions', () => {
    for (const cursorclass of ['Cursor', 'SSCursor']) {
      it(`whose statements begin a transaction, until it is committed or rolled back, with a ${cursorclass}`, async () => {
        await start({}, cursorclass);
        await cursor.execute(INSERT, [1]);
        expect(pinReason(cursor)).to.equal('transaction');
        expect(await committed()).to.deep.equal([]);
        await cursor.call('commit');
        expect(await committed()).to.deep.equal([1]);
        await cursor.execute(INSERT, [2]);
        await cursor.call('rollback');
        expect(pinReason(cursor)).to.equal(undefined);
        expect(await committed()).to.deep.equal([1]);
      });
    }

    it('whose transaction begins with a SELECT, which has a snapshot until the next transaction', async () => {
      await start();
      expect(await cursor.rows('select n from entries')).to.deep.equal([]);
      expect(pinReason(cursor)).to.equal('transaction');
      await direct.execute(INSERT, [1]);
      expect(await cursor.rows('select n from entries')).to.deep.equal([]);
      await cursor.call('commit');
      expect(await cursor.rows('select n from entries')).to.deep.equal([[1]]);
    });

    it('that share a connection between their transactions, and keep autocommit off', async () => {
      await start({ connections: 1 });
      const other = await gateway.cursor();
      for (const [i, one] of [cursor, other, cursor, other].entries()) {
        await one.execute(INSERT, [i]);
        await one.execute(INSERT, [10 + i]);
        await one.call(i < 2 ? 'commit' : 'rollback');
      }
      expect(await committed()).to.deep.equal([0, 1, 10, 11]);
      expect(gateway.pool.counts.open).to.equal(1);
      expect(await other.rows('select @@autocommit')).to.deep.equal([[0]]);
    });

    it('that keep the locks of a statement that has failed', async () => {
      await start();
      await direct.execute(INSERT, [1]);
      expect((await faultOf(cursor.execute(INSERT, [1]))).code).to.equal(1062);
      expect(pinReason(cursor)).to.equal('transaction');
      const other = await direct.pool.acquire();
      const waiting = other.query('select n from entries where n = 1 for update nowait');
      expect(await waiting.catch(({ errno }: MysqlError) => errno)).to.equal(perServer({ MariaDB: 1205, MySQL: 3572 }));
      await direct.pool.release(other);
      await cursor.call('rollback');
      expect(pinReason(cursor)).to.equal(undefined);
    });

    it('that a statement does not pin if it is refused', async () => {
      await start();
      expect((await faultOf(cursor.execute('select * from missing'))).code).to.equal(1);
      expect(pinReason(cursor)).to.equal(undefined);
    });

    it('that are rolled back when they are closed', async () => {
      await start();
      await cursor.execute(INSERT, [1]);
      await cursor.call('close');
      expect(await committed()).to.deep.equal([]);
      // Nothing of it holds a lock.
      await direct.execute(INSERT, [1]);
    });

    it('that can turn autocommit on', async () => {
      await start();
      await cursor.execute(INSERT, [1]);
      await cursor.execute('set autocommit = 1');
      await cursor.execute(INSERT, [2]);
      expect(await committed()).to.deep.equal([1, 2]);
      expect(pinReason(cursor)).to.equal(undefined);
    });

    it('that are rolled back after the idle time of a transaction, and then keep autocommit off', async () => {
      await start({ connections: 1, idleTransactionTimeout: 0.1 });
      await cursor.execute(INSERT, [1]);
      await until(() => gateway.pool.counts.parked === 1);
      expect((await faultOf(cursor.call('commit'))).code).to.equal(58);
      await cursor.execute(INSERT, [2]);
      expect(pinReason(cursor)).to.equal('transaction');
      expect(await committed()).to.deep.equal([]);
    });
  });

  it('rolls back the calls of session, unless one of them commits', async () => {
    await start();
    const insert = (n: number) => listed('execute', INSERT, [n]);
    expect(await session([insert(1)])).to.deep.equal({ id: '', results: [[1]] });
    expect(await committed()).to.deep.equal([]);
    await session([insert(2), listed('commit'), insert(3)]);
    expect(await committed()).to.deep.equal([2]);
  });

  it('opens a session with autocommit if the options of session say so', async () => {
    await start();
    const options = { timeout: 60, autocommit: true };
    const { id } = await session([listed('execute', INSERT, [1])], options);
    expect(await committed()).to.deep.equal([1]);
    expect(pinReason({ id } as CursorClient)).to.equal(undefined);
  });

  it('is one whose URL says autocommit=0', async () => {
    const url = urlWith(process.env.NETSVC_TEST_DATABASE ?? '', 'autocommit=0');
    const server = await RunningServer.start(['--database', url]);
    try {
      const calls = [listed('query', 'select @@autocommit')];
      const { results } = (await call(server.url, 'session', calls)) as { results: unknown[][] };
      expect(results[0]?.[0])
        .to.have.property('rows')
        .that.deep.equals([[0]]);
    } finally {
      await server.stop();
    }
  });

  it('commits what runs outside of sessions, where nobody could commit later', async () => {
    await start({ connections: 1 });
    await gateway.execute(INSERT, [1]);
    await call(gateway.url, 'executemany', INSERT, [[2], [3]]);
    await call(gateway.url, 'query', INSERT, [4]);
    await call(gateway.url, 'transaction', [
      [INSERT, [5]],
      [INSERT, [6]],
    ]);
    expect(await committed()).to.deep.equal([1, 2, 3, 4, 5, 6]);
    await cursor.execute('select * from entries');
    await cursor.call('close');
    expect(await gateway.execute('select @@autocommit'), 'behind a session').to.deep.equal([[1]]);
  });
});

describe('a database with autocommit', () => {
  const gateway = suiteGateway();

  before(() => recreate(gateway, 'table entries (n int primary key) engine=InnoDB'));

  it('opens a session without it if the options of session say so', async () => {
    const calls = [listed('execute', INSERT, [1]), listed('query', 'select @@autocommit')];
    const { results } = (await call(gateway.url, 'session', calls, { autocommit: false })) as { results: unknown[][] };
    expect(results[1]?.[0])
      .to.have.property('rows')
      .that.deep.equals([[0]]);
    expect(await gateway.execute('select * from entries')).to.deep.equal([]);
  });
});
