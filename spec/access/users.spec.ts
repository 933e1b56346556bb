import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { HostSet } from '#lib/access/host-rules.js';
import { Users, type UsersOptions } from '#lib/access/users.js';
import type { Verdict } from '#lib/access/verdict.js';

/** The minimum cost of bcrypt. */
const hashOf = (password: string) => hashSync(password, 4);

const HOST = '192.0.2.1';

describe('Users', () => {
  let now: number;
  let users: Users;

  function create(options: UsersOptions = {}): void {
    users = new Users(new Map([['grace', hashOf('secret')]]), () => now, options);
  }

  beforeEach(() => {
    now = 0;
    create();
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

  it('checks a wrong password once in a minute', async () => {
    for (const login of ['grace', 'nobody']) {
      now = 0;
      expect(await check(login, 'wrong')).to.equal('wrong');
      now += 59_999;
      expect(check(login, 'wrong')).to.equal('wrong again');
      expect(check(login, 'wrong', '192.0.2.2'), 'another network').to.be.instanceOf(Promise);
      now += 1;
      expect(check(login, 'wrong')).to.be.instanceOf(Promise);
    }
  });

  it('checks a wrong password again when the password has been changed, or the user added', async () => {
    for (const login of ['grace', 'alan']) {
      await check(login, 'new');
      expect(check(login, 'new')).to.equal('wrong again');
    }
    users.replace(new Map(['grace', 'alan'].map((login) => [login, hashOf('new')])));
    for (const login of ['grace', 'alan']) expect(await check(login, 'new')).to.equal('right');
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
    users.replace(new Map([['grace', hashSync('secret', 6)]]));
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
    // Without a hash to compare, it would take less than a tenth.
    expect(median(unknown) / median(known)).to.be.within(0.5, 2);
  });

  describe('makes a login wait', () => {
    /** No password is tried twice. */
    let tried = 0;
    const fail = async (times: number, host = HOST) => {
      for (let i = 0; i < times; i++) expect(await check('grace', `wrong ${tried++}`, host)).to.equal('wrong');
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

    it('if too many of its host are being checked, and serves others', async () => {
      const checks = Array.from({ length: 70 }, (_, i) => check('grace', `wrong ${i}`));
      expect(checks.filter((verdict) => !(verdict instanceof Promise))).to.deep.equal(
        Array(6).fill({ wait: 1, because: 'load' }),
      );
      expect(await check('grace', 'secret', '192.0.2.2')).to.equal('right');
      await Promise.all(checks);
    });

    it('as often as is configured', async () => {
      create({ loginFailures: 3 });
      await fail(3);
      expect(check('grace', 'x')).to.have.property('because', 'failures');
    });

    it('but not on exempt networks', async () => {
      create({ loginFailures: 3, exempt: new HostSet(['192.0.2.0/24']) });
      await fail(20);
      expect(await check('grace', 'secret')).to.equal('right');
      await fail(3, '198.51.100.1');
      expect(check('grace', 'x', '198.51.100.1')).to.have.property('because', 'failures');
    });

    it('but not others of its host, if it tries again and again', async () => {
      users.replace(new Map([...['grace', 'alan'].map((name) => [name, hashOf('secret')] as const)]));
      for (now = 0; now < 60_000; now += 200) await fail(1).catch(() => 'it waits');
      expect(check('grace', 'another')).to.have.property('because', 'failures');
      expect(await check('alan', 'secret')).to.equal('right');
    });

    it('but not itself, if it repeats a stale password', async () => {
      // Many at once, and for an hour.
      await Promise.all(Array.from({ length: 50 }, () => check('grace', 'stale')));
      for (now = 0; now < 3_600_000; now += 1000) expect(await check('grace', 'stale')).to.match(/^wrong/);
      await fail(8);
      expect(await check('grace', 'secret')).to.equal('right');
    });

    it('without telling which passwords others have tried', async () => {
      await check('grace', 'stale');
      await fail(9);
      expect(check('grace', 'stale')).to.deep.equal(check('grace', 'never tried'));
    });

    it('but not with a password that was right there before, however long ago', async () => {
      await check('grace', 'secret');
      now += 3_600_000;
      await fail(10);
      expect(check('grace', 'guessed')).to.have.property('because', 'failures');
      expect(await check('grace', 'secret')).to.equal('right');
      now += 3_600_000;
      await fail(10);
      users.replace(new Map([['grace', hashOf('other')]]));
      expect(check('grace', 'secret'), 'since it has changed').to.have.property('because', 'failures');
    });

    it('until it is unlocked', async () => {
      await fail(10);
      await fail(10, '192.0.2.2');
      expect(users.unlock('alan')).to.equal(0);
      expect(users.unlock('grace', '192.0.2.1')).to.equal(1);
      await fail(1);
      expect(check('grace', 'x', '192.0.2.2')).to.have.property('because', 'failures');
      expect(users.unlock(undefined, '192.0.2.2')).to.equal(1);
      expect(await check('grace', 'x', '192.0.2.2')).to.equal('wrong');
      await fail(9);
      expect(users.unlock()).to.equal(1);
      await fail(1);
    });
  });

  describe('makes a network wait', () => {
    /** Tries one password as each of many users. */
    const spray = async (times: number, host = HOST, prefix = 'user') => {
      let checked = 0;
      for (let i = 0; i < times; i++) if ((await check(`${prefix} ${i}`, 'summer', host)) === 'wrong') checked++;
      return checked;
    };

    it('after logins as a hundred users have failed, and then six seconds for each', async () => {
      expect(await spray(300)).to.equal(100);
      expect(check('grace', 'summer'), 'as one who exists').to.deep.equal({ wait: 6, because: 'network' });
      expect(check('nobody', 'summer'), 'as one who does not').to.deep.equal({ wait: 6, because: 'network' });
      expect(await check('grace', 'secret', '192.0.2.2'), 'another host').to.equal('right');
      now += 60_000;
      expect(await spray(300, HOST, 'more')).to.equal(10);
    });

    it('after a hundred failed logins as users that have failed before', async () => {
      let checked = 0;
      for (let i = 0; i < 20; i++) {
        for (let user = 0; user < 20; user++) if ((await check(`user ${user}`, `${i}`)) === 'wrong') checked++;
      }
      expect(checked).to.equal(100);
      expect(await check('grace', 'secret'), 'not as one that has not').to.equal('right');
    });

    it('of IPv6 together', async () => {
      let checked = 0;
      for (let i = 0; i < 300; i++) if ((await check(`user ${i}`, 'x', `2001:db8::${i}`)) === 'wrong') checked++;
      expect(checked).to.equal(100);
    });

    it('however many networks fail', async () => {
      create({ loginFailures: 1 });
      for (let i = 0; i < 300; i++) await check(`${i}`, 'x', `198.51.${i >> 8}.${i & 255}`);
      expect(await spray(300)).to.equal(10);
    });

    it('but not a password that was right there before', async () => {
      await check('grace', 'secret');
      now += 61_000;
      await spray(150);
      expect(check('grace', 'summer')).to.have.property('because', 'network');
      expect(await check('grace', 'secret')).to.equal('right');
    });

    it('until it is unlocked', async () => {
      await spray(150);
      expect(users.unlock('grace')).to.equal(0);
      expect(check('grace', 'x')).to.have.property('because', 'network');
      expect(users.unlock('', HOST)).to.equal(0);
      expect(users.unlock(undefined, HOST)).to.equal(1);
      expect(await check('grace', 'x')).to.equal('wrong');
    });
  });

  it('serves the networks in turn when many logins wait', async () => {
    const order: string[] = [];
    const flood = [1, 2, 3, 4, 5].flatMap((network) =>
      Array.from({ length: 60 }, (_, i) => check(`user ${i}`, 'x', `198.51.100.${network}`)),
    );
    // More than the places: the network with the most gives one up.
    const checks = flood.map(async (verdict, i) => {
      const settled = await verdict;
      if (settled === 'wrong') order.push(`flood ${i}`);
      return settled;
    });
    const served = Promise.resolve(check('grace', 'secret')).then((verdict) => {
      order.push(String(verdict));
    });
    await Promise.all([...checks, served]);
    expect(order.indexOf('right')).to.be.within(0, 15);
    expect(order).to.have.length(256);
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
