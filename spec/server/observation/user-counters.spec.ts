import { expect } from 'chai';
import { ServiceRequest } from '#lib/netsvc/service-request.js';
import { MAX_USERS, UserCounters } from '#lib/server/observation/user-counters.js';

describe('UserCounters', () => {
  let counters: UserCounters;

  beforeEach(() => {
    counters = new UserCounters();
  });

  /** A call that took 10 bytes, and one statement with 3 rows in it. */
  function call(user: string, host: string, fault?: number): void {
    const request = new ServiceRequest(host, user);
    Object.assign(request.usage, { bytesIn: 10, bytesOut: 20 });
    const statement = {
      database: 'shop',
      error: undefined,
      cancelled: false,
      rows: 3,
      seconds: 0.5,
      sql: 'select 1',
      request,
    };
    counters.observer.statementEnded?.(statement);
    counters.observer.callEnded?.({ endpoint: 'shop', method: 'execute', fault, seconds: 1, request });
  }

  const login = (name: string, isUser: boolean, host = '10.0.0.1') =>
    counters.observer.loginChecked?.('wrong', { login: name, isUser, host });

  it('counts by user, and anonymous clients by address', () => {
    call('grace', '10.0.0.1');
    call('grace', '10.0.0.2', 51);
    call('', '10.0.0.2');
    const counted = counters.counts.map(({ lastSeen: _, ...count }) => count);
    const [bytes, none] = [{ bytesIn: 20, bytesOut: 40 }, { failedLogins: 0 }];
    expect(counted).to.deep.equal([
      { user: 'grace', host: '', calls: 2, faults: 1, statements: 2, seconds: 1, rows: 6, ...bytes, ...none },
      {
        ...{ user: '', host: '10.0.0.2', calls: 1, faults: 0, statements: 1, seconds: 0.5, rows: 3 },
        ...{ bytesIn: 10, bytesOut: 20, ...none },
      },
    ]);
    counters.reset();
    expect(counters.counts).to.deep.equal([]);
  });

  it('counts failed logins of users, and those of unknown logins by address', () => {
    login('grace', true);
    login('nobody', false);
    login('nobody2', false);
    counters.observer.loginChecked?.('accepted', { login: 'grace', isUser: true, host: '10.0.0.1' });
    counters.observer.loginChecked?.('wrong', { login: 'grace', isUser: true, host: '10.0.0.1', ofOperator: true });
    expect(counters.counts.map(({ user, host, failedLogins }) => [user, host, failedLogins])).to.deep.equal([
      ['grace', '', 1],
      ['', '10.0.0.1', 2],
    ]);
  });

  it('keeps a limited number of addresses, and the sum of the others', () => {
    const total = MAX_USERS * 3;
    for (let i = 0; i < total; i++) call('', `10.1.${i >> 8}.${i & 255}`);
    call('grace', '10.0.0.1');
    const { counts, others } = counters;
    expect(counts).to.have.length.within(MAX_USERS * 0.9, MAX_USERS + 1);
    expect(counts.length + (others?.count ?? 0)).to.equal(total + 1);
    const sum = counts.reduce((calls, count) => calls + count.calls, others?.row.calls ?? 0);
    expect(sum).to.equal(total + 1);
    expect(counts[0]?.user).to.equal('grace');
  });
});
