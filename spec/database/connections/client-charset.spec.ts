import { expect } from 'chai';
import { ClientCharset } from '#lib/database/connections/client-charset.js';
import { fits, isAscii, isUniversal, utf8Counterpart } from '#lib/database/connections/literal-charset.js';
import { SqlText } from '#lib/database/sql/sql-text.js';

const ASCII = new SqlText("select 'a'");
const EMOJI = new SqlText("select '😀'");
const EURO = new SqlText("select '€'");
const LONG = new SqlText(`select '${'a'.repeat(100_000)}'`);
const NO_BACKSLASH = 0x0200;

/** The names of what is run, which is long. */
function nameOf(statement: string): string {
  if (statement.includes('character_set_client = utf8mb4')) {
    return statement.includes('session_track_system_variables') ? 'track and restore' : 'restore';
  }
  if (statement.includes('IF(')) return 'some UTF-8';
  return statement.replace('SET collation_connection = ', '');
}

interface Prepared {
  readonly sql?: SqlText;
  readonly readsOutcome?: boolean;
  readonly tracked?: boolean;
  /** What MySQL reports behind a restoration. */
  readonly collation?: string | undefined;
  readonly status?: number;
}

/** Returns what is run before a statement. */
async function prepare(charset: ClientCharset, prepared: Prepared = {}): Promise<string[]> {
  const { sql = ASCII, readsOutcome = false, tracked = true, collation, status = 0 } = prepared;
  const ran: string[] = [];
  const hasRun = await charset.prepare(sql, readsOutcome, tracked, async (statement) => {
    ran.push(nameOf(statement));
    const variables: Record<string, string> = collation === undefined ? {} : { collation_connection: collation };
    if (statement.includes('@@collation_connection')) charset.note({ variables, status });
  });
  expect(hasRun).to.equal(ran.length > 0);
  if (ran.length > 0) expect(charset.isFitFor(sql)).to.equal(true);
  return ran;
}

const LATIN1 = 'latin1_swedish_ci';

describe('ClientCharset', () => {
  it('runs nothing while nothing has changed', async () => {
    const charset = new ClientCharset();
    for (const sql of [ASCII, EMOJI, LONG]) expect(await prepare(charset, { sql })).to.deep.equal([]);
    expect([charset.isKnown, charset.collation]).to.deep.equal([true, 'utf8mb4_general_ci']);
    charset.note({ variables: {}, status: 0 });
    expect(charset.isKnown).to.equal(true);
  });

  for (const variables of [
    { character_set_client: 'latin1' },
    { character_set_results: 'latin1' },
    { character_set_client: 'utf8mb4', sql_mode: '' },
    { collation_connection: LATIN1 },
  ]) {
    it(`restores UTF-8 behind a change of ${Object.keys(variables).join(' and ')}`, async () => {
      const charset = new ClientCharset();
      charset.note({ variables, status: 0 });
      expect([charset.isKnown, charset.collation, charset.isFitFor(ASCII)]).to.deep.equal([false, undefined, false]);
      expect(await prepare(charset, { collation: LATIN1 })).to.deep.equal(['track and restore']);
      expect(await prepare(charset)).to.deep.equal([]);
      expect([charset.isKnown, charset.collation]).to.deep.equal([true, LATIN1]);
    });
  }

  it('takes a report that all is UTF-8 for no change', () => {
    const charset = new ClientCharset();
    charset.note({ variables: { character_set_client: 'utf8mb4', character_set_results: 'utf8mb4' }, status: 0 });
    expect(charset.isKnown).to.equal(true);
  });

  it('leaves an outcome that is read alone if the text is ASCII and nothing may have changed for sure', async () => {
    const charset = new ClientCharset();
    charset.expectChange();
    expect(await prepare(charset, { readsOutcome: true })).to.deep.equal([]);
    expect(await prepare(charset, { readsOutcome: true, sql: EURO, collation: LATIN1 })).to.deep.equal([
      'track and restore',
    ]);
    charset.note({ variables: { character_set_client: 'gbk' }, status: 0 });
    charset.expectChange();
    expect(await prepare(charset, { readsOutcome: true, collation: 'gbk_chinese_ci' })).to.deep.equal([
      'track and restore',
    ]);
  });

  it('widens the character set of literals for statements that need more, and narrows it again', async () => {
    const charset = new ClientCharset();
    charset.noteInitial(LATIN1, 0);
    expect(await prepare(charset, { sql: EURO })).to.deep.equal([]);
    expect(await prepare(charset, { sql: EMOJI })).to.deep.equal(['utf8mb4_general_ci']);
    expect(charset.collation, 'as the client sees it').to.equal(LATIN1);
    expect(await prepare(charset, { sql: EMOJI })).to.deep.equal([]);
    expect(await prepare(charset, { sql: ASCII })).to.deep.equal([LATIN1]);
    expect(await prepare(charset, { sql: LONG })).to.deep.equal(['utf8mb4_general_ci']);
  });

  it('knows its own collation when MySQL reports it', async () => {
    const charset = new ClientCharset();
    charset.noteInitial('utf8mb3_bin', 0);
    expect(await prepare(charset, { sql: EMOJI })).to.deep.equal(['utf8mb4_bin']);
    charset.expectChange();
    expect(await prepare(charset, { sql: EMOJI, collation: 'utf8mb4_bin' })).to.deep.equal(['track and restore']);
    expect(charset.collation).to.equal('utf8mb3_bin');
    charset.expectChange();
    expect(await prepare(charset, { sql: ASCII, collation: 'utf8mb4_unicode_ci' })).to.deep.equal([
      'track and restore',
    ]);
    expect(charset.collation, 'one that the client has set').to.equal('utf8mb4_unicode_ci');
    charset.noteInitial('utf8mb3_bin', 0);
    expect([charset.collation, charset.isFitFor(ASCII)]).to.deep.equal(['utf8mb3_bin', true]);
    charset.expectChange();
    await prepare(charset, { collation: 'utf8mb4_bin' });
    expect(charset.collation, 'one that the gateway has not set').to.equal('utf8mb4_bin');
    charset.noteInitial('utf8mb3_bin', 0);
    await prepare(charset, { sql: EMOJI });
    charset.noteInitial('utf8mb4_bin', 0);
    expect([charset.collation, charset.isFitFor(ASCII)], 'of another session').to.deep.equal(['utf8mb4_bin', true]);
  });

  it('sets some UTF-8 if MySQL does not report variables', async () => {
    const charset = new ClientCharset();
    charset.expectChange();
    expect(await prepare(charset, { tracked: false })).to.deep.equal(['restore']);
    expect([charset.isKnown, charset.collation]).to.deep.equal([true, undefined]);
    charset.expectChange();
    expect(await prepare(charset, { sql: EMOJI, tracked: false })).to.deep.equal(['restore', 'some UTF-8']);
    expect(charset.collation).to.equal('utf8mb4_general_ci');
  });

  it('knows what a backslash means by the flags of MySQL', async () => {
    const charset = new ClientCharset();
    expect(charset.backslashEscapes).to.equal(true);
    charset.noteInitial(LATIN1, NO_BACKSLASH | 2);
    expect(charset.backslashEscapes).to.equal(false);
    charset.expectChange();
    await prepare(charset, { collation: LATIN1, status: 3 });
    expect(charset.backslashEscapes).to.equal(true);
    charset.noteReplayed(undefined, NO_BACKSLASH);
    expect([charset.backslashEscapes, charset.collation]).to.deep.equal([false, LATIN1]);
    charset.noteReplayed('greek_bin', 0);
    expect([charset.backslashEscapes, charset.collation]).to.deep.equal([true, 'greek_bin']);
  });
});

describe('the characters of a statement', () => {
  const rows: [collation: string, text: string, fitting: boolean][] = [
    ['utf8mb4_bin', '😀', true],
    ['utf16_bin', '😀', true],
    ['utf16le_bin', '😀', true],
    ['utf32_bin', '😀', true],
    ['gb18030_bin', '😀', true],
    ['binary', '😀', true],
    ['utf8mb4_bin', 'prepare s from @s', true],
    ['utf8mb3_bin', '日', true],
    ['utf8_bin', '日', true],
    ['ucs2_bin', '日', true],
    ['utf8mb3_bin', '😀', false],
    ['utf8_bin', '😀', false],
    ['ucs2_bin', '😀', false],
    ['latin1_bin', '€é', true],
    ['latin1_bin', 'ж', false],
    ['cp1251_bin', 'ж', true],
    ['swe7_bin', 'xÅ', true],
    ['swe7_bin', '[', false],
    ['macce_bin', 'ž', true],
    ['ujis_bin', 'a', true],
    ['ujis_bin', '日', false],
    ['sjis_bin', '日', false],
    ['unknown_bin', 'a', true],
    ['unknown_bin', 'é', false],
    ['', 'a', true],
    ['', 'é', false],
    ['latin1_bin', 'PREPARE s FROM @s', false],
    ['latin1_bin', 'execute s', false],
    ['latin1_bin', 'executed', true],
    ['latin1_bin', 'a'.repeat(100_000), false],
  ];
  for (const [collation, text, fitting] of rows) {
    it(`${text.slice(0, 20)} ${fitting ? 'are' : 'are not surely'} in ${collation || 'an unknown collation'}`, () => {
      expect(fits(new SqlText(text), collation)).to.equal(fitting);
    });
  }

  const counterparts: [collation: string, counterpart: string][] = [
    ['utf8mb3_unicode_ci', 'utf8mb4_unicode_ci'],
    ['utf8_bin', 'utf8mb4_bin'],
    ['ucs2_turkish_ci', 'utf8mb4_turkish_ci'],
    ['utf8mb3_general_mysql500_ci', 'utf8mb4_general_ci'],
    ['utf8mb3_tolower_ci', 'utf8mb4_general_ci'],
    ['latin1_swedish_ci', 'utf8mb4_general_ci'],
    ['latin1_bin', 'utf8mb4_bin'],
    ['latin1_general_cs', 'utf8mb4_bin'],
    ['binary', 'utf8mb4_general_ci'],
  ];
  for (const [collation, counterpart] of counterparts) {
    it(`compare in ${counterpart} instead of ${collation}`, () => {
      expect(utf8Counterpart(collation)).to.equal(counterpart);
    });
  }

  it('are all ASCII, if the text is short', () => {
    expect([ASCII, EURO, LONG].map(isAscii)).to.deep.equal([true, false, false]);
    expect(['utf8mb4_bin', 'latin1_bin', ''].map(isUniversal)).to.deep.equal([true, false, false]);
  });
});
