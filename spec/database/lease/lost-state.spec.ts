import { expect } from 'chai';
import type { ServerKind } from '#lib/database/connections/server-identity.js';
import type { StatementOutcome } from '#lib/database/errors/statement-outcome.js';
import { SessionState } from '#lib/database/lease/session-state.js';
import { classify } from '#lib/database/pinning/classify.js';
import { STATE } from '#lib/database/pinning/state-set.js';

const DONE: StatementOutcome = {
  affectedRows: undefined,
  insertId: 0,
  warnings: 0,
  autocommit: true,
  info: '',
  rows: 1,
  failure: 'none',
  errno: 0,
};

/** What happens to a session, one after the other. */
type Step = (state: SessionState, server: ServerKind) => void;

const run =
  (sql: string, outcome: Partial<StatementOutcome> = {}): Step =>
  (state, server) =>
    state.note(classify(sql), { ...DONE, ...outcome }, server);

/** The connection is lost while the statement runs. */
const breaks =
  (sql: string): Step =>
  (state, server) =>
    state.note(classify(sql), undefined, server);

/** The session gives up its connection. @param insertId undefined if MySQL did not answer */
const leave =
  (insertId?: string): Step =>
  (state) =>
    state.noteConnectionLeft(insertId);
const rolledBack: Step = (state) => state.noteRolledBack();
const charsetRestored: Step = (state, server) => state.noteCharsetRestored(server);

const insert = run('insert into t values (1)', { affectedRows: 1, insertId: 5 });
const select = run('select a from t');
const calculated = run('select sql_calc_found_rows a from t limit 1');
const warned = run('select a from t', { warnings: 1 });
const failed = run('insert into t values (1)', { failure: 'failed', errno: 1062, autocommit: undefined });
const update = run('update t set a = 2', { affectedRows: 1, warnings: 1 });
const nothing = run('do 0', { affectedRows: 0 });
const keeps = run('get diagnostics @a = number', { affectedRows: 0 });
const refused = run('select nonsense', { failure: 'refused', errno: 1054, autocommit: undefined });

const SERVERS = ['MariaDB', 'MySQL'] as const;
const KEPT = 'diagnostics lastQuery statistics gtid';

/** The names of `STATE` that cannot be read. MySQL has no GTID of a session. */
const ROWS: readonly [what: string, steps: Step[], lost: string, servers?: readonly ServerKind[]][] = [
  ['nothing, before a connection was left', [insert, warned, calculated], ''],
  ['nothing of a session that has run nothing', [leave('0')], ''],
  ['the number of rows behind a SELECT', [select, leave('0')], 'foundRows rowCount lastQuery statistics'],
  ['the number of rows of an INSERT', [insert, leave('5')], 'rowCount lastQuery statistics gtid changed'],
  ['the id, if MySQL did not say it', [insert, leave()], 'insertId rowCount lastQuery statistics gtid changed'],
  ['the warnings', [warned, leave('0')], 'foundRows rowCount diagnostics lastQuery statistics'],
  ['no warnings that were cleared', [warned, select, leave('0')], 'foundRows rowCount lastQuery statistics'],
  ['warnings that DO keeps', [warned, nothing, leave('0')], `foundRows rowCount ${KEPT}`, ['MariaDB']],
  ['warnings that DO does not set', [warned, leave('0'), nothing], 'foundRows diagnostics statistics', ['MariaDB']],
  ['no warnings behind DO', [warned, nothing, leave('0')], 'foundRows rowCount lastQuery statistics', ['MySQL']],
  ['warnings that have been read', [warned, run('show warnings'), leave('0')], `foundRows rowCount ${KEPT}`],
  ['an error', [failed, leave('0')], `rowCount ${KEPT}`],
  ['what a failed INSERT may have set', [failed, leave()], `insertId rowCount ${KEPT}`],
  [
    'what SQL_CALC_FOUND_ROWS counted',
    [calculated, leave('0')],
    'foundRows rowCount lastQuery statistics gtid calculated',
  ],
  ['nothing that has been set since', [warned, leave('0'), warned], 'statistics'],
  ['nor by a change', [insert, leave('5'), update], 'statistics gtid'],
  ['the GTID, also behind other statements', [insert, leave('5'), select], 'statistics gtid'],
  [
    'what may have run on a lost connection',
    [breaks('insert into t values (1)'), leave()],
    `insertId rowCount ${KEPT}`,
  ],
  ['the outcome before a rollback', [insert, warned, rolledBack], 'rowCount diagnostics lastQuery'],
  ['the count of a change that was rolled back', [insert, rolledBack], 'rowCount lastQuery changed'],
  ['the outcome before UTF-8 was set again', [warned, charsetRestored], 'rowCount lastQuery', ['MariaDB']],
  ['its warnings too', [warned, charsetRestored], 'rowCount diagnostics lastQuery', ['MySQL']],
  ['nothing that a SELECT has found and counted', [calculated, leave('0'), calculated], 'statistics gtid'],
  ['no id that an INSERT has set since', [insert, leave(), insert], 'statistics gtid'],
  ['an id that another statement kept', [insert, leave(), update], 'insertId statistics gtid'],
  ['the count of a change that nothing has replaced', [insert, leave('5'), keeps], 'rowCount statistics gtid changed'],
  [
    'what a refused CALL may have set',
    [run('call p()', { failure: 'refused' }), leave()],
    `insertId foundRows rowCount ${KEPT}`,
  ],
  ['nothing twice', [warned, rolledBack, select], ''],
  ['no error that is known', [warned, leave('0'), refused], 'foundRows lastQuery statistics'],
];

describe('the state that a session cannot read', () => {
  const lostOf = (state: SessionState) =>
    Object.entries(STATE).flatMap(([name, bit]) => {
      try {
        state.checkReads(bit);
        return [];
      } catch (error) {
        expect(error)
          .to.have.property('details')
          .that.matches(/^The session state that the statement reads .* is lost/);
        return [name];
      }
    });

  for (const [what, steps, lost, servers = SERVERS] of ROWS) {
    for (const server of servers) {
      it(`${what}, in ${server}`, () => {
        const state = new SessionState();
        for (const step of steps) step(state, server);
        const expected = server === 'MySQL' ? lost.replace(' gtid', '') : lost;
        expect(lostOf(state).join(' ')).to.equal(expected);
        expect(state.hasLost).to.equal(lost !== '');
      });
    }
  }

  it('has the collation that the session has set', () => {
    const state = new SessionState();
    state.noteLeaving('latin1_bin');
    expect(state.settings.replay.collation).to.equal(undefined);
    state.settings.record([{ kind: 'charset', key: 'names', text: 'NAMES latin1' }]);
    state.noteLeaving(undefined);
    expect(state.settings.replay.collation).to.equal(undefined);
    state.noteLeaving('latin1_bin');
    expect(state.settings.replay.collation).to.equal('latin1_bin');
  });

  it('is none if the id can be restored', () => {
    const state = new SessionState();
    insert(state, 'MariaDB');
    expect(state.insertId).to.equal('0');
    state.noteConnectionLeft('5');
    expect(state.insertId).to.equal('5');
    state.checkReads(STATE.insertId);
    state.noteConnectionLeft(undefined);
    expect(state.insertId).to.equal('5');
  });

  /** Whether the connection is one of the last to be reclaimed. */
  const unread: [what: string, steps: Step[], isUnread: boolean][] = [
    ['nothing', [], false],
    ['a SELECT', [select], false],
    ['a change', [insert], true],
    ['a change of nothing', [run('update t set a = 1', { affectedRows: 0 })], false],
    ['SQL_CALC_FOUND_ROWS', [calculated], true],
    ['warnings', [warned], true],
    ['an error', [refused], true],
    ['a SELECT behind a change', [insert, select], false],
    ['a change, when the connection has been left', [insert, leave('5')], false],
  ];
  for (const [what, steps, isUnread] of unread) {
    it(`is ${isUnread ? 'likely' : 'not likely'} to be read behind ${what}`, () => {
      const state = new SessionState();
      for (const step of steps) step(state, 'MariaDB');
      expect(state.isUnread).to.equal(isUnread);
    });
  }
});
