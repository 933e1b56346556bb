import { expect } from 'chai';
import { fits } from '#lib/database/connections/literal-charset.js';
import { singleBytes } from '#lib/database/rows/text-decoder.js';
import { SqlText } from '#lib/database/sql/sql-text.js';
import type { CursorClient } from '../../support/database-gateway.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway, sessionForEach, suiteGateway } from '../../support/suite-gateway.js';
import { perServer, serverKind } from '../../support/test-server.js';

/** Characters of one, two, three and four bytes in UTF-8, and brackets, which swe7 does not have. */
const TEXT = "é Ω 日 😀 [\\]'";

/** Statements after which MySQL would convert literals to a smaller character set. */
const NAMES: readonly string[] = [
  'set names utf8',
  'set names utf8 collate utf8_unicode_ci',
  'set names latin1',
  'set names gbk',
  'set names swe7',
  "set names 'cp1251' collate 'cp1251_bin'",
  'set character_set_connection = latin1',
  'set collation_connection = utf8mb3_bin',
  'set collation_connection = ucs2_general_ci',
  'set @@session.collation_connection = koi8r_general_ci',
  "set session_track_system_variables = '', collation_connection = greek_general_ci",
  "set session_track_system_variables = '', character_set_connection = hebrew",
  'set character set latin1, collation_connection = latin1_german2_ci',
];

describe('literals in a smaller character set', () => {
  const gateway = suiteGateway({ connections: 1 });
  const cursor = sessionForEach(gateway);

  before(async () => {
    await recreate(gateway, 'table literals (name varchar(40) character set utf8mb4)');
    await recreate(gateway, 'procedure hide_names () set session_track_system_variables = "", names latin1');
  });

  /** Stores the text as an argument and in a statement, finds it, and reads it. */
  async function expectNothingLost(client: CursorClient): Promise<void> {
    const quoted = TEXT.replaceAll('\\', '\\\\').replaceAll("'", "''");
    await client.execute('delete from literals');
    await client.execute('insert into literals values (%s)', [TEXT]);
    await client.execute(`insert into literals values ('${quoted}')`);
    expect(await client.rows('select name from literals where name = %s', [TEXT])).to.deep.equal([[TEXT], [TEXT]]);
    expect(await client.rows(`select '${quoted}', %s`, [TEXT])).to.deep.equal([[TEXT, TEXT]]);
    expect(await client.rows('select %s', ['é Ω 日'])).to.deep.equal([['é Ω 日']]);
  }

  for (const statement of NAMES) {
    it(`lose no character after ${statement}`, async () => {
      await cursor.execute(statement);
      await expectNothingLost(cursor);
    });
  }

  it('lose no character after a procedure, a prepared statement and a block that change it', async () => {
    await cursor.execute('call hide_names()');
    await expectNothingLost(cursor);
    await cursor.execute('prepare names from "set names latin1"');
    await cursor.execute('execute names');
    await expectNothingLost(cursor);
    if (serverKind() === 'MySQL') return;
    await cursor.execute("begin not atomic set session_track_system_variables = ''; set names latin1; end");
    await expectNothingLost(cursor);
  });

  it('lose no character in prepared statements whose texts and arguments are in variables', async () => {
    for (const charset of ['latin1', 'utf8']) {
      await cursor.execute(`set names ${charset}`);
      await cursor.execute('set @query = %s, @text = %s', ["select 'é日😀', ? as v", TEXT]);
      await cursor.execute('prepare texts from @query');
      expect(await cursor.rows('execute texts using @text')).to.deep.equal([['é日😀', TEXT]]);
      if (serverKind() === 'MySQL') continue;
      expect(await cursor.rows('execute immediate @query using @text')).to.deep.equal([['é日😀', TEXT]]);
    }
  });

  it('lose no character in any character set that a client can use', async function () {
    this.timeout(30_000);
    const sets = (await gateway.execute(
      'select character_set_name from information_schema.character_sets',
    )) as string[][];
    for (const [charset = ''] of sets) {
      // Literals are bytes.
      if (/^(?:binary|filename)$/.test(charset)) continue;
      await cursor.execute(`set character_set_connection = ${charset}`);
      await expectNothingLost(cursor);
      // It has no @ either.
      if (charset === 'swe7') continue;
      expect(await cursor.rows('select @@character_set_connection, charset("x")')).to.deep.equal([[charset, charset]]);
    }
  });

  it('lose no character after configured statements, which pin no session', async () => {
    for (const statement of ['set names utf8', 'set names latin1 collate latin1_bin']) {
      await using configured = await otherGateway({ connections: 1, init: [statement] });
      const client = await configured.cursor();
      await expectNothingLost(client);
      const another = await configured.cursor();
      expect(await another.rows('select %s', [TEXT])).to.deep.equal([[TEXT]]);
      expect(await client.rows('select %s', [TEXT])).to.deep.equal([[TEXT]]);
    }
  });

  it('collate as the client has set, in statements with all characters too', async () => {
    await cursor.execute('set names utf8 collate utf8_bin');
    expect(await cursor.rows("select 'a' = 'A', collation('a')")).to.deep.equal([[0, 'utf8mb3_bin']]);
    expect(await cursor.rows("select 'a' = 'A', collation('a'), '😀'")).to.deep.equal([[0, 'utf8mb4_bin', '😀']]);
    expect(await cursor.rows('select @@collation_connection')).to.deep.equal([['utf8mb3_bin']]);
    await cursor.execute('set names utf8 collate utf8_unicode_ci');
    expect(await cursor.rows("select 'ß' = 'ss', '😀', collation('a')")).to.deep.equal([
      [1, '😀', 'utf8mb4_unicode_ci'],
    ]);
    expect(await cursor.rows("select 'ß' = 'ss', collation('a')")).to.deep.equal([[1, 'utf8mb3_unicode_ci']]);
    await cursor.execute('set collation_connection = latin1_general_cs');
    expect(await cursor.rows("select 'é' = 'É', collation('a')")).to.deep.equal([[0, 'latin1_general_cs']]);
    await cursor.execute('set names utf8mb4 collate utf8mb4_unicode_520_ci');
    expect(await cursor.rows("select '😀', collation('a')")).to.deep.equal([['😀', 'utf8mb4_unicode_520_ci']]);
    await cursor.execute('set collation_connection = utf8mb3_general_mysql500_ci');
    expect(await cursor.rows("select '😀'")).to.deep.equal([['😀']]);
    const newest = perServer({ MariaDB: 'utf8mb3_uca1400_as_cs', MySQL: 'utf8mb3_unicode_520_ci' });
    await cursor.execute(`set collation_connection = ${newest}`);
    expect(await cursor.rows("select '😀', collation('a')")).to.deep.equal([['😀', newest.replace('mb3', 'mb4')]]);
  });

  it('keep their character set while their characters exist in it, and lose nothing of what it seems to have', async function () {
    this.timeout(60_000);
    const sets = (await gateway.execute(
      'select character_set_name, default_collate_name from information_schema.character_sets',
    )) as string[][];
    for (const [charset = '', collation = ''] of sets) {
      const characters = [...singleBytes({ macce: 'macintosh', ujis: 'eucjp' }[charset] ?? charset)].filter(
        (character) => /[^\p{C}\\]/u.test(character),
      );
      if (/^(?:utf|ucs|binary|filename)/.test(charset)) continue;
      expect(fits(new SqlText(characters.join('')), collation), charset).to.equal(true);
      await cursor.execute(`set collation_connection = ${collation}`);
      const text = characters.join('');
      expect(await cursor.rows('select charset(%s), %s', ['x', text])).to.deep.equal([[charset, text]]);
      const wide = charset === 'gb18030' ? charset : 'utf8mb4';
      expect(await cursor.rows('select charset(%s), %s', ['😀', text])).to.deep.equal([[wide, text]]);
    }
  });

  it('leave ROW_COUNT() and warnings for the next statement', async () => {
    await cursor.execute('set names utf8');
    await cursor.execute('select 1');
    await cursor.execute("insert into literals values ('😀'), ('😀')");
    expect(await cursor.rows('select row_count()')).to.deep.equal([[2]]);
    await cursor.execute("select cast('1😀' as signed)");
    expect(await cursor.rows('show warnings')).to.have.length(1);
  });
});
