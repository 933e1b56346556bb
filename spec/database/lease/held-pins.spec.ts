import { expect } from 'chai';
import type { StatementOutcome } from '#lib/database/errors/statement-outcome.js';
import { changesNothing, HeldPins, type PreparedStatement } from '#lib/database/lease/held-pins.js';
import type { EffectiveNames } from '#lib/database/names/effective-names.js';
import type { NameCatalog, NameQuestion } from '#lib/database/names/name-catalog.js';
import type { Classification } from '#lib/database/pinning/classification.js';
import { classify } from '#lib/database/pinning/classify.js';

const DONE: StatementOutcome = {
  affectedRows: 0,
  insertId: 0,
  warnings: 0,
  autocommit: true,
  info: '',
  rows: 0,
  failure: 'none',
  errno: 0,
};
const REFUSED: StatementOutcome = { ...DONE, failure: 'refused', errno: 1146, autocommit: undefined };

const EFFECTS = 'a view with effects';

/** The names that a server would say to have effects. */
const namesWith = (...effective: string[]) =>
  ({
    classify: (statement: Classification): Classification => {
      const found = effective.some((name) => statement.names.has(name));
      return found ? { ...statement, pinReason: EFFECTS as never, runsStoredCode: true } : statement;
    },
  }) as unknown as EffectiveNames;

describe('the pins of a connection that a session holds', () => {
  let questions: Set<NameQuestion>;
  let noted: number[];
  let settled: number;
  let version: number;
  let pins: HeldPins;

  beforeEach(() => {
    questions = new Set();
    noted = [];
    settled = 0;
    version = 1;
    const catalog = {
      get version() {
        return version;
      },
      ask: (question: NameQuestion) => questions.add(question),
      withdraw: (question: NameQuestion) => questions.delete(question),
      note: (_statement: Classification, _outcome: unknown, version: number) => noted.push(version),
    } as unknown as NameCatalog;
    pins = new HeldPins(catalog, () => settled++);
  });

  const prepared = (sql: string, knowsNames = true): PreparedStatement => ({
    classification: classify(sql),
    knowsNames,
  });

  interface Run {
    readonly knowsNames?: boolean;
    /** Undefined if the connection was lost. */
    readonly outcome?: StatementOutcome | undefined;
    readonly inTransaction?: boolean;
  }

  const run = (sql: string, given: Run = {}) => {
    const { knowsNames, outcome, inTransaction } = { knowsNames: true, outcome: DONE, inTransaction: false, ...given };
    const statement = prepared(sql, knowsNames);
    pins.begin(statement);
    return pins.note(statement, outcome, inTransaction);
  };

  type Step = () => void;
  const begins =
    (sql: string): Step =>
    () =>
      pins.begin(prepared(sql));
  const runs =
    (sql: string, given?: Run): Step =>
    () =>
      run(sql, given);
  /** It is not known what the names of the statement do. */
  const doubts = (sql: string, given?: Run): Step => runs(sql, { knowsNames: false, ...given });
  const asks: Step = () => pins.ask();
  /** The server answers what it was asked: which names have effects. */
  const answers =
    (...effective: string[]): Step =>
    () => {
      expect([...questions]).to.deep.equal([pins]);
      if (pins.answer(namesWith(...effective))) questions.clear();
    };

  const SET = 'set @a := 1';
  const [T, V] = ['select * from t', 'select * from v'];

  const rows: [what: string, steps: Step[], reason: string | undefined, isPinned: boolean][] = [
    ['none behind statements that keep nothing', [runs('select 1')], undefined, false],
    ['those of the running statement', [begins(SET)], 'session state', false],
    ['those of a statement that may have run', [runs(SET)], 'session state', true],
    ['none of one that was refused', [runs('set @a = (select b from none)', { outcome: REFUSED })], undefined, false],
    ['none of one that ends with the transaction', [runs('savepoint a', { inTransaction: true })], undefined, false],
    ['those of the same one outside of a transaction', [runs('savepoint a')], 'transaction', true],
    ['those of another one in a transaction', [runs(SET, { inTransaction: true })], 'session state', true],
    ['those of one whose connection was lost', [runs(SET, { outcome: undefined })], 'session state', true],
    [
      'those of the first reason',
      [() => pins.pin('session state'), () => pins.pin('transaction')],
      'session state',
      true,
    ],
    ['in doubt until the server has answered', [doubts(T), asks], 'unknown table', false],
    ['none if the names do nothing', [doubts(T), asks, answers('v')], undefined, false],
    ['those of names that do something', [doubts(V), asks, answers('v')], EFFECTS, true],
    [
      'in doubt about statements since the question',
      [doubts(T), asks, doubts(V), answers('v')],
      'unknown table',
      false,
    ],
    [
      'those of statements since the question',
      [doubts(T), asks, doubts(V), answers('v'), asks, answers('v')],
      EFFECTS,
      true,
    ],
    ['those of all questions, if none was answered', [doubts(T), asks, doubts(V), asks, answers('t')], EFFECTS, true],
    ['those of the first answer', [doubts(T), asks, doubts('select * from u'), answers('t')], EFFECTS, true],
    ['in doubt if a refused one may have run stored code', [doubts(T, { outcome: REFUSED })], 'unknown table', false],
    ['none if it has not', [doubts(T, { outcome: REFUSED }), asks, answers()], undefined, false],
  ];
  for (const [what, steps, reason, isPinned] of rows) {
    it(`are ${what}`, () => {
      for (const step of steps) step();
      expect([pins.reason, pins.isPinned]).to.deep.equal([reason, isPinned]);
      expect(questions.size, 'questions that are left').to.equal(reason === 'unknown table' ? 1 : 0);
    });
  }

  it('are told to the catalog, unless nothing has run, with what was known when the statement began', () => {
    expect(run('set @a = (select b from none)', { outcome: REFUSED })).to.equal(false);
    expect(noted).to.deep.equal([]);
    expect(run('select 1')).to.equal(true);
    expect(run(SET, { outcome: undefined })).to.equal(true);
    expect(run(T, { knowsNames: false, outcome: REFUSED })).to.equal(true);
    const statement = prepared('select 1');
    pins.begin(statement);
    version = 2;
    pins.note(statement, DONE, false);
    expect(noted).to.deep.equal([1, 1, 1, 1]);
  });

  it('are asked for by the names of all statements in doubt, until there is an answer', () => {
    run(T, { knowsNames: false });
    expect([...pins.ask()].flatMap((names) => [...names])).to.include('t');
    run(V, { knowsNames: false });
    expect([...pins.ask()].flatMap((names) => [...names])).to.include.members(['t', 'v']);
    expect(settled).to.equal(0);
    answers('t')();
    expect(settled).to.equal(1);
    run('select * from w', { knowsNames: false });
    expect(questions.size, 'of a session that is pinned').to.equal(0);
  });

  it('are not asked for when the connection is no longer that of the session', () => {
    for (const steps of [[], [asks]]) {
      for (const step of [doubts(T), ...steps]) step();
      expect(questions.size).to.equal(1);
      pins.end();
      expect([questions.size, pins.reason]).to.deep.equal([0, undefined]);
    }
  });

  it('are surely none, and no data changes, by few statements', () => {
    for (const sql of ['select 1', 'select a from t']) expect(changesNothing(prepared(sql)), sql).to.equal(true);
    const changes = [
      'insert into t values (1)',
      'update t set a = 1',
      'set names latin1',
      'create table t (a int)',
      'create view v as select 1',
      'alter table t add b int',
      'drop table t',
      'truncate t',
      'drop database d',
      'rename table t to u',
    ];
    for (const sql of changes) expect(changesNothing(prepared(sql)), sql).to.equal(false);
    for (const sql of ['select @a := 1', 'begin']) expect(changesNothing(prepared(sql)), sql).to.equal(sql === 'begin');
    expect(changesNothing(prepared('lock tables t read'))).to.equal(false);
    expect(changesNothing(prepared('select 1', false))).to.equal(false);
    const { classification } = prepared('select 1');
    const stored = { classification: { ...classification, runsStoredCode: true }, knowsNames: true };
    expect(changesNothing(stored)).to.equal(false);
  });
});
