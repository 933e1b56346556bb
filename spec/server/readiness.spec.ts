import { expect } from 'chai';
import { type CheckedPool, Readiness } from '#lib/server/readiness.js';

/** A pool that counts how often MySQL is asked. */
class FakePool implements CheckedPool {
  readonly name = 'shop';
  readonly counts = { idle: 0 };
  paused = false;
  checks: string[] = [];
  answer: () => Promise<void> = async () => {};

  check(): Promise<void> {
    this.checks.push('idle connection');
    return this.answer();
  }

  ask(sql: string): Promise<unknown> {
    this.checks.push(sql);
    return this.answer();
  }
}

describe('Readiness', () => {
  let pool: FakePool;
  let now: number;
  let readiness: Readiness;

  beforeEach(() => {
    pool = new FakePool();
    now = 0;
    readiness = new Readiness([pool], () => now);
    readiness.state = undefined;
  });

  it('says that a database is paused, and does not ask it', async () => {
    pool.paused = true;
    expect(await readiness.check()).to.deep.include({ name: 'database shop', failure: 'paused' });
    expect(pool.checks).to.deep.equal([]);
  });

  const failures = async () => (await readiness.check()).map(({ failure }) => failure);

  it('asks MySQL at most once a second, however often it is asked', async () => {
    for (; now < 1000; now += 10) await Promise.all([failures(), failures()]);
    expect(pool.checks).to.deep.equal(['DO 0']);
    expect(await failures()).to.deep.equal([undefined, undefined]);
    expect(pool.checks.length).to.equal(2);
  });

  it('uses an idle connection if there is one, and never one of a session', async () => {
    pool.counts.idle = 1;
    await failures();
    expect(pool.checks).to.deep.equal(['idle connection']);
  });

  it('has a time limit, and does not ask a server again that has not answered', async () => {
    pool.answer = () => new Promise(() => {});
    const first = failures();
    expect(await first).to.deep.equal([undefined, 'MySQL did not answer within 3 seconds']);
    now = 5000;
    expect(await failures()).to.deep.equal([undefined, 'MySQL did not answer within 3 seconds']);
    expect(pool.checks).to.deep.equal(['DO 0']);
  });

  it('reports why a database cannot be reached', async () => {
    pool.answer = () =>
      Promise.reject(new Error('lost', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }));
    expect(await failures()).to.deep.equal([undefined, 'lost (connection refused)']);
  });

  it('does not ask MySQL while the server is draining', async () => {
    readiness.state = 'draining';
    expect(await readiness.check()).to.deep.equal([{ name: 'server', failure: 'draining' }]);
    expect(pool.checks).to.deep.equal([]);
  });
});
