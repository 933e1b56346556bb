import { expect } from 'chai';
import { ConnectionState } from '#lib/database/connections/connection-state.js';

const IN_TRANSACTION = 0x0001;
const AUTOCOMMIT = 0x0002;
const CHANGED = 0x4000;

type Step = (state: ConnectionState) => void;

/** A statement, with MySQL's flags behind it. */
const run =
  (status: number, onlyTransactions = false): Step =>
  (state) => {
    state.beforeStatement(10);
    state.noteStatus(status, onlyTransactions);
  };
const fail =
  (failure: 'refused' | 'failed'): Step =>
  (state) => {
    state.beforeStatement(10);
    state.noteFailure(failure);
  };
const forget: Step = (state) => state.forgetChange();
const reset: Step = (state) => state.prepared(CHANGED | AUTOCOMMIT);
const untracked: Step = (state) => state.prepared(AUTOCOMMIT);
const takes =
  (milliseconds: number): Step =>
  (state) =>
    state.noteTime(milliseconds);

describe('the state of a connection, by the reports of MySQL', () => {
  const rows: [what: string, steps: Step[], expected: Partial<ConnectionState>][] = [
    ['tells nothing before it is known', [], { pinReason: 'no session tracking', unused: true, tracked: false }],
    ['pins without reports', [untracked], { pinReason: 'no session tracking', isUnchanged: false }],
    ['does not pin when it is new', [reset], { pinReason: undefined, unused: true, isUnchanged: true, tracked: true }],
    ['is used by a statement', [reset, run(AUTOCOMMIT)], { unused: false, pinReason: undefined, isUnchanged: true }],
    ['pins in a transaction', [reset, run(IN_TRANSACTION | AUTOCOMMIT)], { pinReason: 'transaction', mayBeInXa: true }],
    ['until it ends', [reset, run(IN_TRANSACTION), run(AUTOCOMMIT)], { pinReason: undefined, mayBeInXa: false }],
    ['pins by a change', [reset, run(CHANGED), run(0)], { pinReason: 'session state', isUnchanged: false }],
    ['not by that of a transaction', [reset, run(CHANGED, true)], { pinReason: undefined, isUnchanged: true }],
    ['not by one that can be repeated', [reset, run(CHANGED), forget], { pinReason: undefined, isUnchanged: false }],
    ['but by one before', [reset, run(CHANGED), run(CHANGED), forget], { pinReason: 'session state' }],
    ['not behind a reset', [reset, run(CHANGED), reset], { pinReason: undefined, unused: true, isUnchanged: true }],
    [
      'may be in XA behind an error',
      [reset, fail('refused')],
      { mayBeInXa: true, isUnchanged: false, pinReason: undefined },
    ],
    ['until a status is known', [reset, fail('failed'), run(AUTOCOMMIT)], { mayBeInXa: false, isUnchanged: false }],
    ['may hold locks behind one without autocommit', [reset, run(0), fail('failed')], { pinReason: 'transaction' }],
    ['not behind one with autocommit', [reset, run(AUTOCOMMIT), fail('failed')], { pinReason: undefined }],
    ['notices that reports are off', [reset, run(CHANGED), untracked], { pinReason: 'no session tracking' }],
    ['unless it was refused', [reset, run(0), fail('refused')], { pinReason: undefined }],
    ['has no large temporary tables soon', [reset, takes(249)], { mayHaveTemporaryTables: false }],
    ['may have some in all statements', [reset, takes(200), takes(50)], { mayHaveTemporaryTables: true }],
    ['none of before a reset', [reset, takes(250), reset], { mayHaveTemporaryTables: false }],
    ['is kept', [reset, (state) => state.beforeStatement(1024 * 1024)], { discardOnRelease: false }],
    [
      'is discarded with a large buffer',
      [(state) => state.beforeStatement(1024 * 1024 + 1), reset],
      { discardOnRelease: true },
    ],
    ['is discarded with temporary tables', [(state) => state.noteTemporaryTables(), reset], { discardOnRelease: true }],
  ];
  for (const [what, steps, expected] of rows) {
    it(what, () => {
      const state = new ConnectionState();
      for (const step of steps) step(state);
      expect(state).to.include(expected);
    });
  }

  it('does not have what the statements of the gateway change', async () => {
    const state = new ConnectionState();
    reset(state);
    await state.preserveChanged(async () => expect(state.noteStatus(CHANGED)).to.equal(true));
    expect(state.pinReason).to.equal(undefined);
    expect(state.noteStatus(0)).to.equal(false);
  });
});
