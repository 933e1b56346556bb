import { expect } from 'chai';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { MAX_USERS, UserCounters } from '#lib/server/observation/user-counters.js';
import { MAX_SERIES, UserSeries } from '#lib/server/observation/user-series.js';

function call(counters: UserCounters, user: string, host = '10.0.0.1'): void {
  const request = new ServiceRequest(host, user);
  counters.observer.callEnded?.({ endpoint: 'shop', method: 'execute', fault: undefined, seconds: 1, request });
}

describe('UserCounters', () => {
  const counters = new UserCounters();

  it('keeps a limited number of addresses, and the sum of the others', () => {
    const total = MAX_USERS * 3;
    for (let i = 0; i < total; i++) call(counters, '', `10.1.${i >> 8}.${i & 255}`);
    call(counters, 'grace');
    const { counts, others } = counters;
    expect(counts).to.have.length.within(MAX_USERS * 0.9, MAX_USERS + 1);
    expect(counts.length + (others?.count ?? 0)).to.equal(total + 1);
    const sum = counts.reduce((calls, count) => calls + count.calls, others?.row.calls ?? 0);
    expect(sum).to.equal(total + 1);
    expect(counts[0]?.user).to.equal('grace');
  });
});

describe('the series of users', () => {
  let counters: UserCounters;

  beforeEach(() => {
    counters = new UserCounters();
  });

  it('are those of users, and one of all anonymous clients', () => {
    for (const user of ['grace', 'alan', 'grace']) call(counters, user);
    for (const host of ['10.0.0.1', '10.0.0.2', '10.0.0.2']) call(counters, '', host);
    expect([...new UserSeries(counters).totals(({ calls }) => calls)]).to.have.deep.members([
      ['grace', 2],
      ['alan', 1],
      ['', 3],
    ]);
  });

  it('are limited in number, whichever users come, and count all', () => {
    for (let i = 0; i < 3000; i++) call(counters, `user ${i}`);
    const series = new UserSeries(counters);
    const values = series.totals(({ calls }) => calls);
    expect(values.size).to.be.within(MAX_SERIES - 2, MAX_SERIES + 1);
    expect([...values.values()].reduce((sum, value) => sum + value)).to.equal(3000);
    const later: [string, number][] = [
      ['user 2999', 1],
      ['late', 2],
    ];
    expect(series.byLabel(later)).to.deep.equal(new Map([['other', 3]]));
  });
});
