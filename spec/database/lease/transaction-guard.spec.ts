import { expect } from 'chai';
import type { MysqlConnection } from '#lib/database/connections/mysql-connection.js';
import { TransactionGuard, type TransactionTimeouts } from '#lib/database/lease/transaction-guard.js';
import { FakeClock } from '../../support/fake-clock.js';

const LIMITS = { transactionTimeout: 10, idleTransactionTimeout: 3 };
const LONG =
  'The transaction took more than 10 seconds, which is the limit. It is rolled back, unless COMMIT was running.';
const IDLE =
  'The transaction was idle for more than 3 seconds, which is the limit. It is rolled back, unless COMMIT was running.';

describe('TransactionGuard', () => {
  const clock = FakeClock.forEach();

  /** What it does, as texts of errors. */
  let exceeded: string[];

  beforeEach(() => {
    exceeded = [];
  });

  const guardOf = (timeouts: TransactionTimeouts = LIMITS) => {
    const guard = TransactionGuard.of(timeouts, ({ details = '' }) => exceeded.push(details));
    return guard ?? expect.fail('there are no limits');
  };

  type Step = (guard: TransactionGuard) => void;

  /** A request with one statement. */
  const request =
    (inTransaction: boolean, running = false): Step =>
    (guard) => {
      guard.noteStatement();
      guard.noteStatementEnd(inTransaction);
      guard.noteRequestEnd(inTransaction, running);
    };
  const statement =
    (inTransaction: boolean): Step =>
    (guard) => {
      guard.noteStatement();
      guard.noteStatementEnd(inTransaction);
    };

  it('is there if there is a limit', () => {
    expect(TransactionGuard.of({}, () => {})).to.equal(undefined);
    expect(TransactionGuard.of({ transactionTimeout: 0, idleTransactionTimeout: 0 }, () => {})).to.equal(undefined);
    for (const limit of ['transactionTimeout', 'idleTransactionTimeout']) guardOf({ [limit]: 0.1 });
  });

  const ends: Step = (guard) => guard.end();
  const starts: Step = (guard) => guard.noteStatement();
  const requestEnds =
    (inTransaction: boolean): Step =>
    (guard) =>
      guard.noteRequestEnd(inTransaction, false);

  /** Steps, and the seconds that pass between them; what is exceeded at the end, and how many timers are left. */
  const rows: [what: string, steps: (Step | number)[], expected: string[], timers: number][] = [
    ['nothing outside of a transaction', [request(false), 20], [], 0],
    ['the idle time in one', [request(true), 3], [IDLE], 0],
    ['an idle time that is just long enough', [request(true), 2.999], [], 2],
    ['the idle time since the last request', [request(true), 2, request(true), 2.9], [], 2],
    ['no idle time while a statement runs', [request(true), 2, starts, 5], [], 1],
    ['no idle time while rows are read', [request(true, true), 5], [], 1],
    ['the time of a transaction from its first statement', [statement(true), 2, statement(true), 8], [LONG], 0],
    ['not one just as long', [statement(true), 9.999], [], 1],
    ['each transaction by itself', [statement(true), 9, statement(false), 1, statement(true), 9], [], 1],
    ['one that ends with its request', [statement(true), 1, request(false), 20], [], 0],
    ['nothing behind the end of the connection', [request(true), 1, ends, 20], [], 0],
    ['a transaction on the next connection', [request(true), 1, ends, 1, request(true), 3], [IDLE], 0],
    [
      'nothing behind the end of the session',
      [request(true), 1, (guard) => guard.close(), 1, request(true), 20],
      [],
      0,
    ],
    ['no second limit until it has been rolled back', [request(true), 3, request(true), 20], [IDLE], 0],
    ['nothing while a rollback is due', [request(true), 3, statement(true), 20], [IDLE], 0],
    ['one idle time, since the last of several requests has ended', [request(true), 2, requestEnds(true), 2], [], 2],
    [
      'nothing behind a request with which the transaction has ended',
      [statement(true), 1, requestEnds(false), 20],
      [],
      0,
    ],
    [
      'the next transaction, if the first had ended by itself',
      [request(true), 3, (guard) => guard.dismiss(), request(true), 3],
      [IDLE, IDLE],
      0,
    ],
  ];
  for (const [what, steps, expected, timers] of rows) {
    it(`measures ${what}`, async () => {
      const guard = guardOf();
      for (const step of steps) {
        if (typeof step === 'number') await clock.pass(step * 1000);
        else step(guard);
      }
      expect(exceeded).to.deep.equal(expected);
      expect(clock.pending).to.equal(timers);
    });
  }

  it('measures only what has a limit', async () => {
    for (const [limits, expected] of [
      [{ transactionTimeout: 10 }, [LONG]],
      [{ transactionTimeout: 1 }, [LONG.replace('10', '1')]],
      [{ idleTransactionTimeout: 3 }, [IDLE]],
      [{ idleTransactionTimeout: 1 }, [IDLE.replace('3', '1')]],
    ] as const) {
      exceeded.length = 0;
      const guard = guardOf(limits);
      request(true)(guard);
      expect(clock.pending).to.equal(1);
      await clock.pass(60_000);
      expect(exceeded).to.deep.equal(expected);
    }
  });

  it('tells the next request once, and until it has been told', async () => {
    const guard = guardOf();
    request(true)(guard);
    guard.tell();
    await clock.pass(3000);
    const told = () => {
      try {
        guard.tell();
        return undefined;
      } catch (error) {
        return error;
      }
    };
    const failure = told();
    expect(failure).to.include({ details: IDLE, error: 58 });
    guard.noteTold(new Error('another'));
    expect(told()).to.equal(failure);
    guard.noteTold(failure);
    expect(told()).to.equal(undefined);
  });

  it('tells nothing of a transaction that had ended by itself', async () => {
    const guard = guardOf();
    request(true)(guard);
    await clock.pass(3000);
    expect(guard.isRollbackDue).to.equal(true);
    guard.dismiss();
    expect(guard.isRollbackDue).to.equal(false);
    guard.tell();
  });

  it('rolls back, whatever completion_type is, or closes the connection', async () => {
    const ran: string[] = [];
    let failure: Error | undefined;
    const connection = {
      async runOwn(sql: string) {
        ran.push(sql);
        if (failure) throw failure;
      },
      destroy: () => ran.push('destroyed'),
    } as unknown as MysqlConnection;
    const guard = guardOf();
    request(true)(guard);
    await clock.pass(3000);
    await guard.rollBack(connection);
    expect(ran).to.deep.equal(['ROLLBACK AND NO CHAIN NO RELEASE']);
    expect([guard.isRollbackDue, guard.hasRollbackFailed]).to.deep.equal([false, false]);
    request(true)(guard);
    await clock.pass(3000);
    failure = new Error('lost');
    await guard.rollBack(connection);
    expect(ran.slice(1)).to.deep.equal(['ROLLBACK AND NO CHAIN NO RELEASE', 'destroyed']);
    expect([guard.isRollbackDue, guard.hasRollbackFailed]).to.deep.equal([false, true]);
    guard.end();
    expect(guard.hasRollbackFailed).to.equal(false);
  });
});
