import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { otherGateway, sessionForEach, suiteGateway } from '../../support/suite-gateway.js';

const MODES = ['', 'NO_BACKSLASH_ESCAPES'];

describe('arguments with a backslash', () => {
  const gateway = suiteGateway();
  const cursor = sessionForEach(gateway);

  for (const mode of MODES) {
    it(`collate as others, with sql_mode '${mode}'`, async () => {
      await cursor.execute(`set sql_mode = '${mode}', names utf8mb4 collate utf8mb4_unicode_ci`);
      expect(await cursor.rows('select %s like %s, collation(%s)', ['a\\b', 'a%', 'a\\b'])).to.deep.equal([
        [1, 'utf8mb4_unicode_ci'],
      ]);
      await cursor.execute('set collation_connection = utf8mb4_bin');
      expect(await cursor.rows('select %s = %s', ['A\\b', 'a\\b'])).to.deep.equal([[0]]);
      expect(await cursor.rows('select %s', ['😀\\ 日'])).to.deep.equal([['😀\\ 日']]);
      expect(await cursor.rows('select %s = %s, collation(%s)', ['C:\\', 'c:\\', '\\'])).to.deep.equal([
        [0, 'utf8mb4_bin'],
      ]);
      const texts = ['\\', '😀\\', "\\'", "a\\\\\\'b\\' c\\", "'\\\\\\"];
      for (const names of ['utf8mb4', 'latin1', 'binary', 'gbk']) {
        await cursor.execute(`set names ${names}`);
        for (const text of texts) {
          const [[found]] = (await cursor.rows('select cast(%s as binary)', [text])) as [[Buffer]];
          expect(String(found), names).to.equal(text);
        }
      }
    });
  }

  it('take as many bytes as in a program of MySQL', async function () {
    this.timeout(20_000);
    const text = `${'x'.repeat(15_000_000)}\\`;
    expect(await cursor.rows('select length(%s)', [text])).to.deep.equal([[15_000_001]]);
  });

  it('and many bytes take as many bytes as in a program of MySQL', async function () {
    this.timeout(60_000);
    const bytes = randomBytes(9_000_000);
    const stored = await cursor.rows('select sha2(%s, 256), length(%s)', [bytes, 'a']);
    expect(stored).to.deep.equal([[createHash('sha256').update(bytes).digest('hex'), 1]]);
    const text = Buffer.alloc(15_000_000, 'x');
    expect(await cursor.rows('select length(%s)', [text])).to.deep.equal([[15_000_000]]);
  });

  it('and many bytes come back unchanged in every sql_mode and character set', async function () {
    this.timeout(60_000);
    const all = Buffer.from(Array.from({ length: 2048 }, (_, i) => i));
    const values = [
      all,
      Buffer.concat([all, Buffer.from('\\')]),
      Buffer.alloc(2000, "\\'"),
      Buffer.alloc(2001, "'\\\\"),
      Buffer.from('ソ表'.repeat(1000)),
      Buffer.from([...Buffer.alloc(2000, 0x95), 0x5c]),
      Buffer.concat([Buffer.alloc(65_535, 'x'), Buffer.from("\\' or 1 -- ")]),
      Buffer.concat([Buffer.alloc(65_536, '\\'), Buffer.from("' or 1 -- ")]),
      Buffer.concat([Buffer.alloc(65_537, '\\'), Buffer.from("' or 1 -- ")]),
    ];
    const texts = values.slice(-3).map((value) => value.toString('latin1'));
    for (const mode of MODES) {
      for (const names of ['utf8mb4', 'gbk', 'sjis', 'big5', 'latin1', 'utf8']) {
        await cursor.execute(`set names ${names}, sql_mode = '${mode}'`);
        const args = [...values, ...texts];
        expect(await cursor.rows(`select ${args.map(() => '%s').join(', ')}`, args)).to.deep.equal([args]);
      }
    }
  });

  it('pin no session, and can be read by another one on the same connection', async () => {
    await using one = await otherGateway({ connections: 1 });
    const [first, second] = [await one.cursor(), await one.cursor()];
    for (const session of [first, second, first]) {
      expect(await session.rows('select %s', ["\\'\\"])).to.deep.equal([["\\'\\"]]);
    }
  });
});
