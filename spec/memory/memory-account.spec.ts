import { expect } from 'chai';
import { MemoryAccounts, MemoryRefused, memoryInUse, memoryLimits } from '#lib/memory/memory-account.js';
import { MemoryDraw } from '#lib/memory/memory-draw.js';

describe('MemoryAccounts', () => {
  const before = memoryInUse();
  const accounts = new MemoryAccounts({ process: 1000, user: 600, session: 400 });
  const used = () => [accounts.process.used, accounts.userAccount('ada').used];

  afterEach(() => {
    expect(used()).to.deep.equal([0, 0]);
    expect(memoryInUse()).to.equal(before);
  });

  /** Returns the holder of the account that is full. */
  function refusing(draw: () => void): string | undefined {
    try {
      draw();
      return undefined;
    } catch (error) {
      if (!(error instanceof MemoryRefused)) throw error;
      return error.account.holder;
    }
  }

  it('draws from the accounts of the session, the user and the process, and returns to them', () => {
    const draw = new MemoryDraw(accounts.sessionAccount('ada'), 'rows');
    draw.grow(300);
    expect(used()).to.deep.equal([300, 300]);
    expect(accounts.usedByKind).to.include({ rows: 300, requests: 0 });
    draw.shrink(100);
    expect(used()).to.deep.equal([200, 200]);
    draw.release();
    draw.release();
  });

  it('refuses what is more than one of them has left, and names it', () => {
    const [first, second, third] = [1, 2, 3].map(() => new MemoryDraw(accounts.sessionAccount('ada'), 'requests'));
    const other = new MemoryDraw(accounts.userAccount('grace'), 'requests');
    expect(refusing(() => first?.grow(401))).to.equal('session');
    first?.grow(400);
    expect(refusing(() => second?.grow(201))).to.equal('user');
    second?.grow(200);
    other.grow(400);
    expect(refusing(() => other.grow(1))).to.equal('process');
    expect(third?.tryGrow(1)).to.equal(false);
    expect(accounts.refusals).to.deep.equal({ session: 1, user: 1, process: 1 });
    for (const draw of [first, second, third, other]) draw?.release();
  });

  it('counts beyond the limits what has to be held, and refuses what comes next', () => {
    const draw = new MemoryDraw(accounts.userAccount('ada'), 'responses');
    draw.add(5000);
    expect(refusing(() => draw.grow(1))).to.equal('user');
    expect(accounts.peak).to.equal(5000);
    draw.release();
  });

  it('forgets the empty accounts of users, and only these', () => {
    const draw = new MemoryDraw(accounts.sessionAccount('ada'), 'rows');
    draw.grow(100);
    for (let i = 0; i < 5000; i++) accounts.userAccount(`user ${i}`);
    expect(used()).to.deep.equal([100, 100]);
    draw.release();
  });

  it('has limits that depend on each other by default', () => {
    expect(memoryLimits({ process: 1000 })).to.deep.equal({ process: 1000, user: 500, session: 250 });
    expect(memoryLimits({ process: 1000, user: 800 })).to.deep.equal({ process: 1000, user: 800, session: 250 });
    expect(memoryLimits().process).to.be.greaterThan(100e6);
  });

  it('applies new limits to what is drawn next', () => {
    const small = new MemoryAccounts({ process: 10 });
    const draw = new MemoryDraw(small.process, 'rows');
    expect(draw.tryGrow(11)).to.equal(false);
    small.replaceLimits({ process: 20 });
    expect(draw.tryGrow(11)).to.equal(true);
    draw.release();
  });

  it('throws if more is returned than was drawn', () => {
    expect(() => accounts.sessionAccount('ada').return(1, 'rows')).to.throw('more memory was returned');
    expect(accounts.userAccount('ada').used).to.equal(0);
  });
});
