import { expect } from 'chai';
import type { CommandAnswer } from '#lib/database/connections/command-batch.js';
import { ServerStatus } from '#lib/database/connections/server-status.js';

describe('the status of a server', () => {
  /** Answers the commands of the status with these rows, and the others with none. */
  const ask = async (writable: boolean, answers: (string | undefined)[][][]) => {
    const status = new ServerStatus(7, writable);
    await status.askWith([], async (commands) =>
      commands.map((_, i): CommandAnswer => ({ error: undefined, rows: answers[i] ?? [], status: 0 })),
    );
    return status.identity;
  };

  const refusal = (rows: string[][], galera: string[][] = [], ready: string[][] = []) =>
    ask(true, [[['7']], [['db1']], rows, galera, ready]).catch((error: Error) => error.message);

  it('has an identity', async () => {
    expect(await ask(false, [[['7']], [['db1 3306']]])).to.equal('db1 3306');
  });

  it('has none behind a proxy that has numbers of its own for connections', async () => {
    expect(await ask(false, [[['1001']], [['db1 3306']]])).to.equal(undefined);
  });

  it('has none if the server does not answer', async () => {
    expect(await ask(false, [])).to.equal(undefined);
  });

  for (const [name, value, expected] of [
    ['read_only', 'ON', 'read-only'],
    ['read_only', 'NO_LOCK', 'read-only'],
    ['innodb_read_only', 'ON', 'read-only'],
    ['innodb_read_only', '1', 'read-only'],
    ['super_read_only', 'OFF', 'db1'],
    ['read_only', '0', 'db1'],
  ] as const) {
    it(`is ${expected === 'db1' ? 'writable' : expected} if ${name} is ${value}`, async () => {
      expect(
        await refusal([
          ['read_only', 'OFF'],
          [name, value],
        ]),
      ).to.equal(expected);
    });
  }

  it('is not ready if a node of Galera is not, but not without Galera', async () => {
    expect(await refusal([], [['wsrep_on', 'ON']], [['wsrep_ready', 'OFF']])).to.equal('not ready');
    expect(await refusal([], [['wsrep_on', 'ON']], [['wsrep_ready', 'ON']])).to.equal('db1');
    expect(await refusal([], [['wsrep_on', 'OFF']], [['wsrep_ready', 'OFF']])).to.equal('db1');
  });
});
