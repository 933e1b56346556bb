import { expect } from 'chai';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { UserCounters } from '#lib/server/observation/user-counters.js';
import { MAX_SERIES, UserSeries } from '#lib/server/observation/user-series.js';

describe('the series of users', () => {
  const counters = new UserCounters();
  const series = new UserSeries(counters);
  const call = (user: string, host = '10.0.0.1') =>
    counters.observer.callEnded?.({
      endpoint: 'shop',
      method: 'execute',
      fault: undefined,
      seconds: 1,
      request: new ServiceRequest(host, user),
    });
  const calls = () => series.totals((count) => count.calls);

  it('are those of users, and one of all anonymous clients', () => {
    for (const user of ['grace', 'alan', 'grace']) call(user);
    for (const host of ['10.0.0.1', '10.0.0.2', '10.0.0.2']) call('', host);
    expect([...calls()]).to.have.deep.members([
      ['grace', 2],
      ['alan', 1],
      ['', 3],
    ]);
  });

  it('are limited in number, whichever users come, and count all', () => {
    for (let i = 0; i < 3000; i++) call(`user ${i}`);
    call('grace');
    const values = calls();
    expect(values.size).to.be.within(MAX_SERIES - 2, MAX_SERIES + 1);
    expect([...values.values()].reduce((sum, value) => sum + value)).to.equal(3007);
    expect(
      series.byLabel([
        ['user 2999', 1],
        ['late', 2],
      ]),
    ).to.deep.equal(new Map([['other', 3]]));
  });
});
