import { expect } from 'chai';
import { DISCARD } from '#lib/database/driver/result-sink.js';
import type { StatementOutcome } from '#lib/database/errors/statement-outcome.js';
import { ConnectionLease } from '#lib/database/lease/connection-lease.js';
import type { LeasedConnection } from '#lib/database/lease/held-connection.js';
import type { EffectiveNames } from '#lib/database/names/effective-names.js';
import type { Classification } from '#lib/database/pinning/classification.js';
import { classify } from '#lib/database/pinning/classify.js';
import { SqlText } from '#lib/database/sql/sql-text.js';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { poolFixture } from '../../support/pool-fixture.js';

const DONE = { failure: 'none', errno: 0 } as StatementOutcome;

/** What a server says that has no names with effects. */
const NO_EFFECTS = { classify: (statement: Classification) => statement } as unknown as EffectiveNames;

describe('a session about whose statements the server is asked', () => {
  const pools = poolFixture();
  let lease: ConnectionLease;
  const request = new ServiceRequest('10.0.0.1', 'ada');

  beforeEach(() => {
    pools.open({ connections: 2 });
    lease = new ConnectionLease(pools.pool);
  });

  afterEach(() => lease.release());

  const run = async ({ start }: LeasedConnection, sql: string) => {
    await (await start(new SqlText(sql), DISCARD)).outcome;
  };

  const held = () => lease.held ?? expect.fail('the session holds no connection');

  /** A statement has ended of which it is not known what its names do. */
  const doubt = () => {
    held().pins.note({ classification: classify('select * from t'), knowsNames: false }, DONE, false);
    held().pins.ask();
  };

  const answer = () => held().pins.answer(NO_EFFECTS);

  /** Runs statements. The connection is kept until the server has answered. */
  const doubting = (...statements: string[]) =>
    lease.use(request, async (leased) => {
      for (const sql of statements) await run(leased, sql);
      doubt();
    });

  it('is pinned until the answer', async () => {
    await doubting('select 1');
    expect([lease.pinReason, held().connection.use]).to.deep.equal(['unknown table', 'pinned']);
    answer();
    expect([lease.pinReason, held().connection.use]).to.deep.equal([undefined, 'parked']);
  });

  it('stays pinned to its transaction', async () => {
    await doubting('begin');
    answer();
    expect([lease.pinReason, held().connection.use]).to.deep.equal(['transaction', 'pinned']);
    await lease.use(request, (leased) => run(leased, 'commit'));
    expect(held().connection.use).to.equal('parked');
  });

  it('goes on using the connection if the answer comes meanwhile', async () => {
    await lease.use(request, async (leased) => {
      await run(leased, 'select 1');
      doubt();
      answer();
      expect(held().connection.use).to.equal('used');
      await run(leased, 'select 2');
    });
    expect(held().connection.use).to.equal('parked');
  });

  it('notices by its next statement that the connection was lost before the answer', async () => {
    await doubting('select 1');
    const { connection } = held();
    connection.destroy();
    answer();
    expect(lease.held?.connection).to.equal(connection);
    await lease.use(request, (leased) => run(leased, 'select 1'));
    expect(held().connection).to.not.equal(connection);
  });
});
