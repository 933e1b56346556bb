import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { Users, type Verdict } from '#lib/access/users.js';

/** The minimum cost of bcrypt. */
const hashOf = (password: string) => hashSync(password, 4);

const HOST = '192.0.2.1';

describe('Users', () => {
  let now: number;
  let users: Users;

  beforeEach(() => {
    now = 0;
    users = new Users(new Map([['grace', hashOf('secret')]]), () => now);
  });

  afterEach(() => users.end());

  const told = (verdict: Verdict) => (typeof verdict === 'object' && 'hash' in verdict ? 'right' : verdict);

  const check = (login: string, password: string, host = HOST) => {
    const verdict = users.check(login, password, host);
    return verdict instanceof Promise ? verdict.then(told) : told(verdict);
  };

  it('authenticates a user by password', async () => {
    expect(await check('grace', 'secret')).to.equal('right');
    expect(await check('grace', 'Secret')).to.equal('wrong');
    expect(await check('grace', '')).to.equal('wrong');
    expect(await check('Grace', 'secret')).to.equal('wrong');
    expect(await check('', '')).to.equal('wrong');
  });

  it('accepts the hashes of htpasswd, PHP and others', async () => {
    for (const kind of ['$2a$', '$2b$', '$2y$']) {
      users.replace(new Map([['grace', hashOf('secret').replace(/^\$2.\$/, kind)]]));
      expect(await check('grace', 'secret'), kind).to.equal('right');
      expect(await check('grace', 'other'), kind).to.equal('wrong');
    }
  });

  it('caches a password for a minute after its last use', async () => {
    await check('grace', 'secret');
    for (now = 0; now < 300_000; now += 59_000) expect(check('grace', 'secret'), String(now)).to.equal('right');
    now += 61_000;
    expect(check('grace', 'secret')).to.be.instanceOf(Promise);
    expect(await check('grace', 'secret')).to.equal('right');
  });

  it('does not cache a wrong password', async () => {
    await check('grace', 'wrong');
    expect(check('grace', 'wrong')).to.be.instanceOf(Promise);
  });

  it('drops a changed password and a removed user from the cache', async () => {
    await check('grace', 'secret');
    users.replace(new Map([['grace', hashOf('other')]]));
    expect(await check('grace', 'secret')).to.equal('wrong');
    expect(await check('grace', 'other')).to.equal('right');
    users.replace(new Map());
    expect(await check('grace', 'other')).to.equal('wrong');
  });

  it('checks simultaneous logins with the same credentials once', async () => {
    const [first, second] = [users.check('grace', 'secret', HOST), users.check('grace', 'secret', HOST)];
    expect(second).to.equal(first);
    expect(await second).to.have.property('login', 'grace');
  });

  it('takes as long for an unknown login as for a wrong password', async () => {
    users.replace(new Map([['grace', hashSync('secret', 8)]]));
    const timed = async (login: string, host: string) => {
      const start = performance.now();
      expect(await check(login, 'wrong', host)).to.equal('wrong');
      return performance.now() - start;
    };
    await timed('grace', HOST);
    const [known, unknown]: [number[], number[]] = [[], []];
    for (let round = 0; round < 15; round++) {
      known.push(await timed('grace', `10.0.0.${round}`));
      unknown.push(await timed(`nobody-${round}`, `10.0.1.${round}`));
    }
    // Without a hash to compare, it would take a hundredth.
    expect(median(unknown) / median(known)).to.be.within(0.5, 2);
  });

  describe('makes a host wait', () => {
    const fail = async (times: number, host = HOST) => {
      for (let i = 0; i < times; i++) expect(await check('grace', `wrong ${i}`, host)).to.equal('wrong');
    };

    it('after ten failed logins, even with the right password', async () => {
      await fail(10);
      expect(check('grace', 'guessed')).to.deep.equal({ wait: 6, because: 'failures' });
      expect(check('grace', 'secret')).to.deep.equal({ wait: 6, because: 'failures' });
      expect(await check('grace', 'secret', '192.0.2.2'), 'another host').to.equal('right');
    });

    it('but not for a cached password', async () => {
      await check('grace', 'secret');
      await fail(10);
      expect(check('grace', 'secret')).to.equal('right');
    });

    it('six seconds for each failed login', async () => {
      await fail(10);
      now += 5999;
      expect(check('grace', 'x')).to.deep.equal({ wait: 1, because: 'failures' });
      now += 1;
      expect(await check('grace', 'x')).to.equal('wrong');
      expect(check('grace', 'x')).to.deep.equal({ wait: 6, because: 'failures' });
      now += 60_000;
      await fail(10);
      expect(check('grace', 'x')).to.deep.equal({ wait: 6, because: 'failures' });
    });

    it('together with its IPv6 /64 network', async () => {
      for (let i = 0; i < 10; i++) await fail(1, `2001:db8::${i}`);
      expect(check('grace', 'x', '2001:db8::ffff')).to.have.property('because', 'failures');
      expect(await check('grace', 'x', '2001:db8:0:1::1')).to.equal('wrong');
    });

    it('even if its logins are simultaneous', async () => {
      const verdicts = await Promise.all(Array.from({ length: 30 }, (_, i) => check('grace', `wrong ${i}`)));
      expect(verdicts.filter((verdict) => verdict === 'wrong')).to.have.lengthOf(10);
    });

    it('if too many of its logins are being checked, and serves others', async () => {
      const checks = Array.from({ length: 70 }, (_, i) => check('grace', `wrong ${i}`));
      expect(checks.filter((verdict) => !(verdict instanceof Promise))).to.deep.equal(
        Array(6).fill({ wait: 1, because: 'load' }),
      );
      expect(await check('grace', 'secret', '192.0.2.2')).to.equal('right');
      await Promise.all(checks);
    });
  });

  it('restarts its worker thread after losing it', async () => {
    await check('grace', 'secret');
    await users.end();
    expect(await check('grace', 'wrong')).to.equal('wrong');
  });
});

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
