import { expect } from 'chai';
import { type Replay, SessionSettings } from '#lib/database/lease/session-settings.js';
import { classify } from '#lib/database/pinning/classify.js';

/** Records what statements set. @returns whether all of them can be replayed */
function record(settings: SessionSettings, ...statements: readonly string[]): boolean {
  let all = true;
  for (const sql of statements) all = settings.record(classify(sql, settings.schema).settings ?? []) && all;
  return all;
}

describe('the settings of a session on its next connection', () => {
  const rows: [statements: string[], replay: Partial<Replay>][] = [
    [[], { statements: [], assignments: [], collation: undefined, changesCharset: false }],
    [['use shop'], { statements: ['USE `shop`'], assignments: [] }],
    [['use shop', 'use `a``b`'], { statements: ['USE `a``b`'] }],
    [['set lock_wait_timeout = 5'], { statements: [], changesCharset: false }],
    [
      ['set session transaction isolation level read committed', 'use shop'],
      { statements: ['USE `shop`', 'SET SESSION TRANSACTION ISOLATION LEVEL read committed'] },
    ],
    [['set names latin1'], { changesCharset: true, collation: undefined }],
  ];
  for (const [statements, replay] of rows) {
    it(`are replayed: ${statements.join('; ') || 'none'}`, () => {
      const settings = new SessionSettings();
      expect(record(settings, ...statements)).to.equal(true);
      expect(settings.any).to.equal(statements.length > 0);
      expect(settings.replay).to.deep.include(replay);
      settings.clear();
      expect([settings.any, settings.schema, settings.replay.assignments]).to.deep.equal([false, undefined, []]);
    });
  }

  const variable = (key: string, text = `${key} = 1`) => ({ kind: 'variable', key, text }) as const;

  it('are the last ones, in their order', () => {
    const settings = new SessionSettings();
    settings.record([variable('a'), variable('b'), variable('a', 'a = 2')]);
    expect(settings.replay.assignments).to.deep.equal(['b = 1', 'a = 2']);
    expect([settings.has('a'), settings.has('c')]).to.deep.equal([true, false]);
    settings.record([variable('b', '')]);
    expect(settings.replay.assignments).to.deep.equal(['a = 2']);
  });

  it('set all character sets again with SET NAMES', () => {
    const settings = new SessionSettings();
    const collation = { kind: 'charset', key: 'collation_connection', text: 'collation_connection = x' } as const;
    const results = { kind: 'results', key: 'character_set_results', text: 'character_set_results = NULL' } as const;
    settings.record([results, collation, variable('a')]);
    expect(settings.replay.assignments).to.deep.equal([collation.text, results.text, 'a = 1']);
    settings.record([{ kind: 'charset', key: 'names', text: 'NAMES latin1' }]);
    expect(settings.replay.assignments).to.deep.equal(['NAMES latin1', 'a = 1']);
    expect(settings.replay.changesCharset).to.equal(true);
  });

  it('have the collation that MySQL has reported in place of what set it, until it is set again', () => {
    const settings = new SessionSettings();
    settings.noteCollation('latin1_bin');
    expect(settings.replay.collation, 'it was not set').to.equal(undefined);
    settings.record([{ kind: 'charset', key: 'names', text: 'NAMES latin1' }]);
    settings.noteCollation('latin1_bin');
    const { assignments, collation, changesCharset } = settings.replay;
    expect([assignments, collation, changesCharset]).to.deep.equal([
      ['collation_connection = latin1_bin'],
      'latin1_bin',
      false,
    ]);
    settings.record([{ kind: 'charset', key: 'names', text: 'NAMES greek' }]);
    expect(settings.replay).to.deep.include({ assignments: ['NAMES greek'], collation: undefined });
    settings.noteCollation('greek_bin');
    settings.clear();
    expect(settings.replay.collation).to.equal(undefined);
  });

  it('are not replayed if they are too many, too long, or depend on the schema that is replayed', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => variable(`v${i}`));
    expect(new SessionSettings().record(many(64))).to.equal(true);
    expect(new SessionSettings().record(many(65))).to.equal(false);
    expect(new SessionSettings().record([variable('a', 'x'.repeat(10_000)), variable('b', 'x'.repeat(6384))])).to.equal(
      true,
    );
    expect(new SessionSettings().record([variable('a', 'x'.repeat(10_000)), variable('b', 'x'.repeat(6385))])).to.equal(
      false,
    );
    const needing = { ...variable('a'), needsSchema: true };
    expect(new SessionSettings().record([needing])).to.equal(true);
    expect(new SessionSettings().record([{ kind: 'schema', key: '', text: 'shop' }, needing])).to.equal(false);
  });
});
