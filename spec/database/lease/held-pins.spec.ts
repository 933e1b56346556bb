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

/** The names that a server would say to have effects. */
const namesWith = (...effective: string[]) =>
  ({
    classify: (statement: Classification): Classification => {
      const found = effective.some((name) => statement.names.has(name));
      return found ? { ...statement, pinReason: 'a view with effects' as never, runsStoredCode: true } : statement;
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

  const run = (sql: string, { knowsNames = true, outcome = DONE, inTransaction = false } = {}) => {
    const statement = prepared(sql, knowsNames);
    pins.begin(statement);
    return pins.note(statement, outcome, inTransaction);
  };

  /** The server answers what it was asked. @returns whether that was all */
  const answer = (names: EffectiveNames) => {
    expect([...questions]).to.deep.equal([pins]);
    const all = pins.answer(names);
    if (all) questions.clear();
    return all;
  };

  it('are none behind statements that keep nothing', () => {
    expect(run('select 1')).to.equal(true);
    expect([pins.reason, pins.isPinned, questions.size]).to.deep.equal([undefined, false, 0]);
  });

  it('are those of the running statement, and stay if it may have run', () => {
    const statement = prepared('set @a := 1');
    pins.begin(statement);
    expect(pins.reason).to.not.equal(undefined);
    expect(pins.isPinned).to.equal(false);
    pins.note(statement, DONE, false);
    expect(pins.reason).to.not.equal(undefined);
    expect(pins.isPinned).to.equal(true);
  });

  it('are none of a statement that was refused', () => {
    expect(run('set @a = (select b from none)', { outcome: REFUSED })).to.equal(false);
    expect([pins.reason, noted]).to.deep.equal([undefined, []]);
  });

  it('are none of a statement whose pin ends with the open transaction', () => {
    const sql = 'savepoint a';
    expect(prepared(sql).classification.endsWithTransaction).to.equal(true);
    run(sql, { inTransaction: true });
    expect(pins.isPinned).to.equal(false);
    run(sql);
    expect(pins.isPinned, 'outside of a transaction').to.equal(true);
    pins = new HeldPins({ version: 1, note() {} } as unknown as NameCatalog, () => {});
    run('set @a := 1', { inTransaction: true });
    expect(pins.isPinned, 'of another statement').to.equal(true);
  });

  it('stay if the connection was lost meanwhile', () => {
    const statement = prepared('set @a := 1');
    pins.begin(statement);
    expect(pins.note(statement, undefined, false)).to.equal(true);
    expect(pins.isPinned).to.equal(true);
  });

  it('keep the first reason', () => {
    pins.pin('session state');
    pins.pin('transaction');
    expect(pins.reason).to.equal('session state');
  });

  it('tell the catalog what was known when the statement began', () => {
    const statement = prepared('select 1');
    pins.begin(statement);
    version = 2;
    pins.note(statement, DONE, false);
    expect(noted).to.deep.equal([1]);
  });

  describe('when it is not known what names do', () => {
    it('are in doubt until the server has said that they do nothing', () => {
      run('select * from t', { knowsNames: false });
      expect([pins.reason, pins.isPinned]).to.deep.equal(['unknown table', false]);
      expect([...pins.ask()].flatMap((names) => [...names])).to.include('t');
      expect(pins.reason).to.equal('unknown table');
      expect(answer(namesWith('v'))).to.equal(true);
      expect([pins.reason, settled]).to.deep.equal([undefined, 1]);
    });

    it('remain if they do something', () => {
      run('select * from v', { knowsNames: false });
      pins.ask();
      expect(answer(namesWith('v'))).to.equal(true);
      expect([pins.isPinned, settled]).to.deep.equal([true, 1]);
    });

    it('are in doubt about statements since the question, too', () => {
      run('select * from t', { knowsNames: false });
      pins.ask();
      run('select * from v', { knowsNames: false });
      expect(answer(namesWith('v'))).to.equal(false);
      expect([pins.reason, pins.isPinned]).to.deep.equal(['unknown table', false]);
      pins.ask();
      expect(answer(namesWith('v'))).to.equal(true);
      expect(pins.isPinned).to.equal(true);
    });

    it('ask for all names again if the server did not answer', () => {
      run('select * from t', { knowsNames: false });
      pins.ask();
      run('select * from v', { knowsNames: false });
      const names = [...pins.ask()].flatMap((names) => [...names]);
      expect(names).to.include.members(['t', 'v']);
      expect(answer(namesWith('t'))).to.equal(true);
      expect(pins.isPinned).to.equal(true);
    });

    it('ask nothing more when they are pinned', () => {
      run('select * from t', { knowsNames: false });
      pins.ask();
      run('select * from u', { knowsNames: false });
      expect(answer(namesWith('t'))).to.equal(true);
      expect(pins.isPinned).to.equal(true);
      questions.clear();
      run('select * from w', { knowsNames: false });
      expect(questions.size).to.equal(0);
    });

    it('are in doubt also about a refused statement, which may have run stored code', () => {
      expect(run('select * from t', { knowsNames: false, outcome: REFUSED })).to.equal(true);
      pins.ask();
      answer(namesWith());
      expect(pins.isPinned).to.equal(false);
    });

    it('withdraw the question when the connection is no longer that of the session', () => {
      run('select * from t', { knowsNames: false });
      expect(questions.size).to.equal(1);
      pins.end();
      expect([questions.size, pins.reason]).to.deep.equal([0, undefined]);
      run('select * from t', { knowsNames: false });
      pins.ask();
      pins.end();
      expect([questions.size, pins.reason]).to.deep.equal([0, undefined]);
    });
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
