import { expect } from 'chai';
import type { Fault } from '../support/client.js';
import { type CursorClient, DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';

/** `npm run soak` runs 10,000. */
const SESSIONS = Number(process.env.NETSVC_SESSIONS ?? 400);
const CONNECTIONS = SESSIONS / 200;
const TRANSACTIONS = SESSIONS / 50;

/** The number of simultaneous requests. */
const AT_ONCE = 100;

describe(`${SESSIONS} sessions on ${CONNECTIONS} connections`, () => {
  let gateway: DatabaseGateway;
  let sessions: CursorClient[];

  before(async function () {
    this.timeout(120_000);
    gateway = await DatabaseGateway.start(testDatabase(this), {
      connections: CONNECTIONS,
      connectWait: 6,
      maxSessions: SESSIONS,
    });
    await gateway.execute('drop table if exists crowd');
    await gateway.execute('create table crowd (id int primary key, v int)');
    await gateway.execute('insert into crowd select seq, seq from numbers where seq <= %s', [SESSIONS]);
    sessions = await each(Array.from({ length: SESSIONS }), () => gateway.cursor(600));
  });

  after(() => gateway?.stop());

  const reads = async (session: CursorClient, i: number) => {
    expect(await session.rows('select v from crowd where id = %s', [i + 1])).to.deep.equal([[i + 1]]);
  };

  it('are all answered, those answered in a row in any order', async () => {
    await each(sessions, reads);
    const shuffled = sessions.map((session, i) => ({ session, i, at: Math.random() })).sort((a, b) => a.at - b.at);
    await each(shuffled, ({ session, i }) => reads(session, i));
    expect(gateway.pool.counts.open).to.be.at.most(CONNECTIONS);
  }).timeout(120_000);

  it('in transactions proceed as connections allow; the others wait or get fault 51, and none hangs', async () => {
    const writers = sessions.slice(0, TRANSACTIONS);
    const begun = await Promise.allSettled(writers.map((session) => session.call('begin')));
    const inside = writers.filter((_, i) => begun[i]?.status === 'fulfilled');
    expect(inside).to.have.length(CONNECTIONS);
    for (const outcome of begun) {
      if (outcome.status === 'rejected') expect((outcome.reason as Fault).faultCode).to.equal(51);
    }
    // A session with a connection continues while all others wait for one.
    const others = Promise.allSettled(sessions.slice(-AT_ONCE).map((session) => session.execute('select 1')));
    await each(inside, (session, i) => session.execute('update crowd set v = -1 where id = %s', [i + 1]));
    await each(inside, (session) => session.call('commit'));
    await others;
    await each(sessions.slice(-AT_ONCE), (session) => session.execute('select 1'));
    expect(await gateway.execute('select count(*) from crowd where v = -1')).to.deep.equal([[CONNECTIONS]]);
  }).timeout(120_000);
});

/** Processes items, a number of them at a time. */
async function each<T, R>(items: readonly T[], work: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [i, item] of queue) results[i] = await work(item, i);
    }),
  );
  return results;
}
