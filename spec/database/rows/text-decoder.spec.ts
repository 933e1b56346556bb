import { expect } from 'chai';
import mysql from 'mysql2';
import { textDecoder } from '#lib/database/rows/text-decoder.js';
import { recreate } from '../../support/recreate.js';
import { sessionForEach, suiteGateway } from '../../support/suite-gateway.js';
import { onlyOn, perServer } from '../../support/test-server.js';

const BYTES = Array.from({ length: 256 }, (_, byte) => Buffer.of(byte));

/** `NETSVC_CHARACTERS=1` compares all characters of two bytes, which takes minutes. */
const STRIDE = Number(process.env.NETSVC_CHARACTERS ?? 37);

/** Characters of two bytes, of which the first is not in ASCII. */
const PAIRS = Array.from({ length: (0x80 * 0xd0) / STRIDE }, (_, i) =>
  Buffer.of(0x80 + Math.floor((i * STRIDE) / 0xd0), 0x30 + ((i * STRIDE) % 0xd0)),
);

/** Character sets with such characters. */
const DOUBLE_BYTE = ['big5', 'ujis', 'sjis', 'euckr', 'gb2312', 'gbk', 'cp932', 'eucjpms'];

/** Statements with so many values are run. */
const AT_ONCE = 1000;

describe('text in the character set of a column', () => {
  const gateway = suiteGateway({ connections: 2 });
  const cursor = sessionForEach(gateway);
  let charsets: string[];

  before(async () => {
    const rows = await gateway.execute('select character_set_name from information_schema.character_sets');
    charsets = (rows as string[][]).flat().filter((name) => name !== 'binary' && name !== 'filename');
  });

  /** The characters of a character set in UTF-8, as the server converts them; undefined for what is none. */
  async function converted(charset: string, characters: readonly Buffer[]): Promise<(string | undefined)[]> {
    const all: (string | undefined)[] = [];
    for (let from = 0; from < characters.length; from += AT_ONCE) {
      const values = characters.slice(from, from + AT_ONCE).map((bytes) => {
        const hex = bytes.toString('hex');
        const text = `convert(convert(_binary x'${hex}' using ${charset}) using utf8mb4)`;
        return `if(hex(convert(${text} using ${charset})) = '${hex}', ${text}, null)`;
      });
      const [row = []] = (await cursor.rows(`select ${values.join(', ')}`)) as (string | null)[][];
      // Control characters come as bytes.
      all.push(...row.map((value) => (value === null ? undefined : String(value))));
    }
    return all;
  }

  it('is decoded by the table of MySQL, or is bytes', async function () {
    this.timeout(120_000);
    const numbers = (await gateway.execute(
      "select character_set_name, id from information_schema.collations where is_default = 'Yes'",
    )) as [string, number][];
    for (const charset of charsets.filter((name) => !/^(?:utf|ucs|gb18030)/.test(name))) {
      const [, id = 0] = numbers.find(([name]) => name === charset) ?? [];
      const decode = textDecoder(mysql.CharsetToEncoding[id] ?? '');
      const characters = DOUBLE_BYTE.includes(charset) ? [...BYTES, ...PAIRS] : BYTES;
      let decoded = 0;
      for (const [i, text] of (await converted(charset, characters)).entries()) {
        const bytes = characters[i] as Buffer;
        // MySQL has U+FFFD for some.
        if (text === undefined || text.includes('\ufffd')) continue;
        const own = decode(bytes);
        if (own !== undefined)
          expect([charset, bytes.toString('hex'), own]).to.deep.equal([charset, bytes.toString('hex'), text]);
        if (own !== undefined) decoded++;
      }
      expect(decoded, charset).to.be.greaterThan(120);
    }
  });

  it('costs no connection in any character set, and has its columns', async function () {
    onlyOn('MariaDB', this, 'MySQL has no blocks');
    await cursor.execute('begin');
    for (const charset of charsets) {
      await cursor.execute(`begin not atomic set character_set_results = ${charset}; select 'a', 1 as b; end`);
      const [first] = (await cursor.call('description')) as unknown[][];
      expect([charset, await cursor.call('fetchall'), first?.[0]]).to.deep.equal([charset, [['a', 1]], 'a']);
    }
    await cursor.execute('rollback');
  });

  it('costs no connection after a procedure that sets it, nor do errors and names of columns', async () => {
    for (const charset of charsets) {
      await recreate(
        gateway,
        `procedure results () begin set character_set_results = ${charset}; select 'a' as \`ä\`; select * from nowhere; end`,
      );
      const failed = await cursor
        .execute('call results()')
        .then(() => cursor.call('nextset'))
        .catch((error: Error) => error);
      expect(String(failed), charset).not.to.match(/20(?:06|13)|Lost/i);
      expect(await cursor.rows('select @@character_set_results')).to.deep.equal([['utf8mb4']]);
    }
  });

  it('comes from columns of every collation, if the client wants it in their own character sets', async function () {
    this.timeout(60_000);
    const collations = (await gateway.execute(
      perServer({
        MariaDB:
          'select full_collation_name, character_set_name from information_schema.collation_character_set_applicability where id is not null and full_collation_name not like "binary" and character_set_name <> "filename"',
        MySQL:
          "select collation_name, character_set_name from information_schema.collations where collation_name <> 'binary'",
      }),
    )) as [string, string][];
    await cursor.execute('set character_set_results = NULL');
    for (let from = 0; from < collations.length; from += 100) {
      const some = collations.slice(from, from + 100);
      const columns = some.map(([name, charset]) => `convert('a' using ${charset}) collate ${name} as \`ä\``);
      expect(await cursor.rows(`select ${columns.join(', ')}`)).to.deep.equal([some.map(() => 'a')]);
      const names = ((await cursor.call('description')) as unknown[][]).map(([name]) => name);
      expect(new Set(names)).to.deep.equal(new Set(['ä']));
    }
  });
});
