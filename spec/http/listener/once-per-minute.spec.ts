import { expect } from 'chai';
import { OncePerMinute } from '#lib/http/listener/once-per-minute.js';

describe('OncePerMinute', () => {
  it('tells the first of each of twenty keys in a minute', () => {
    let now = 0;
    const once = new OncePerMinute(() => now);
    const first = () => Array.from({ length: 30 }, (_, i) => once.isFirst(`key ${i}`)).filter((is) => is).length;
    expect(first()).to.equal(20);
    expect(first()).to.equal(0);
    now += 60_000;
    expect(first()).to.equal(20);
  });
});
