import { expect } from 'chai';
import { identityOf } from '#lib/database/connections/server-status.js';
import type { CommandAnswer } from '#lib/database/driver/command-batch.js';

describe('the status of a server', () => {
  const identity = (answers: (string | undefined)[][][]) => {
    return identityOf(
      7,
      answers.map((rows): CommandAnswer => ({ error: undefined, rows, status: 0 })),
    );
  };

  const refusal = (rows: string[][], galera: string[][] = [], ready: string[][] = []) => {
    try {
      return identity([[['7']], [['db1']], rows, galera, ready]);
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('has an identity', () => {
    expect(identity([[['7']], [['db1 3306']]])).to.equal('db1 3306');
  });

  it('has none behind a proxy that has numbers of its own for connections', () => {
    expect(identity([[['1001']], [['db1 3306']]])).to.equal(undefined);
  });

  it('has none if the server does not answer', () => {
    expect(identity([])).to.equal(undefined);
  });

  for (const [name, value, expected] of [
    ['read_only', 'ON', 'read-only'],
    ['read_only', 'NO_LOCK', 'read-only'],
    ['innodb_read_only', 'ON', 'read-only'],
    ['innodb_read_only', '1', 'read-only'],
    ['super_read_only', 'OFF', 'db1'],
    ['read_only', '0', 'db1'],
  ] as const) {
    it(`is ${expected === 'db1' ? 'writable' : expected} if ${name} is ${value}`, () => {
      expect(
        refusal([
          ['read_only', 'OFF'],
          [name, value],
        ]),
      ).to.equal(expected);
    });
  }

  it('is not ready if a node of Galera is not, but not without Galera', () => {
    expect(refusal([], [['wsrep_on', 'ON']], [['wsrep_ready', 'OFF']])).to.equal('not ready');
    expect(refusal([], [['wsrep_on', 'ON']], [['wsrep_ready', 'ON']])).to.equal('db1');
    expect(refusal([], [['wsrep_on', 'OFF']], [['wsrep_ready', 'OFF']])).to.equal('db1');
  });
});
