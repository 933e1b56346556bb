import { expect } from 'chai';
import { type CheckedPool, Readiness } from '#lib/server/admin/readiness.js';

/** A pool that counts how often MySQL is asked. */
class FakePool implements CheckedPool {
  readonly name = 'shop';
  readonly counts = { idle: 0 };
  paused = false;
  disabled: string | undefined;
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
    readiness = new Readiness(
      () => [pool],
      () => now,
    );
    readiness.state = undefined;
  });

  const failures = async (...args: Parameters<Readiness['check']>) =>
    (await readiness.check(...args)).map(({ failure }) => failure);

  it('is a matter of the server alone, unless databases are asked for', async () => {
    pool.paused = true;
    expect(await readiness.check()).to.deep.equal([{ name: 'server', failure: undefined, required: true }]);
    expect(await failures(['shop'])).to.deep.equal([undefined, 'paused']);
  });

  it('can show databases that are not required', async () => {
    pool.answer = () => Promise.reject(new Error('lost'));
    expect(await readiness.check([], { all: true })).to.deep.equal([
      { name: 'server', failure: undefined, required: true },
      { name: 'database shop', failure: 'lost', required: false },
    ]);
  });

  it('waits only shortly for MySQL to show it', async () => {
    pool.answer = () => new Promise(() => {});
    const began = performance.now();
    expect(await failures([], { all: true })).to.deep.equal([undefined, 'MySQL has not answered yet']);
    expect(performance.now() - began).to.be.lessThan(1000);
  });

  it('says that a database is paused, and does not ask it', async () => {
    pool.paused = true;
    expect(await failures(['shop'])).to.deep.equal([undefined, 'paused']);
    expect(pool.checks).to.deep.equal([]);
  });

  it('says that a database is disabled, and why, and does not ask it', async () => {
    pool.disabled = '';
    expect(await failures(['shop'])).to.deep.equal([undefined, 'disabled']);
    pool.disabled = 'moved';
    pool.paused = true;
    expect(await failures(['shop'])).to.deep.equal([undefined, 'disabled: moved']);
    expect(pool.checks).to.deep.equal([]);
  });

  it('asks MySQL at most once a second, however often it is asked', async () => {
    for (; now < 1000; now += 10) await Promise.all([failures(['shop']), failures([], { all: true })]);
    expect(pool.checks).to.deep.equal(['DO 0']);
    expect(await failures(['shop'])).to.deep.equal([undefined, undefined]);
    expect(pool.checks.length).to.equal(2);
  });

  it('uses an idle connection if there is one, and never one of a session', async () => {
    pool.counts.idle = 1;
    await failures(['shop']);
    expect(pool.checks).to.deep.equal(['idle connection']);
  });

  it('has a time limit, and does not ask a server again that has not answered', async () => {
    pool.answer = () => new Promise(() => {});
    expect(await failures(['shop'])).to.deep.equal([undefined, 'MySQL did not answer within 3 seconds']);
    now = 5000;
    expect(await failures(['shop'])).to.deep.equal([undefined, 'MySQL did not answer within 3 seconds']);
    expect(pool.checks).to.deep.equal(['DO 0']);
  });

  it('reports why a database cannot be reached', async () => {
    pool.answer = () =>
      Promise.reject(new Error('lost', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }));
    expect(await failures(['shop'])).to.deep.equal([undefined, 'lost (connection refused)']);
  });

  it('does not ask MySQL while the server is draining', async () => {
    readiness.state = 'draining';
    expect(await failures(['shop'])).to.deep.equal(['draining']);
    expect(pool.checks).to.deep.equal([]);
  });
});
