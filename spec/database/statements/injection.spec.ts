import { expect } from 'chai';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';

/**
 * Ends of literals, comments and statements, and first bytes of characters whose second byte is a backslash or quote in
 * some character set.
 */
const FRAGMENTS = [
  ...'\'"`\\;#%?@:()/*-\n\t',
  ...[
    '\\',
    "'",
    "''",
    "\\'",
    "\\\\'",
    '"',
    '-- ',
    '/*',
    '*/',
    '/*!50000 ',
    '%s',
    '%(a)s',
    '%%',
    '@@version',
    '0x27',
    'x',
  ],
  ...["' or '1'='1", "'; drop table canary; -- ", "' union select 1 -- ", '\\0', '\\Z', '\\%', '\r\n', 'null'],
  ...[
    'ソ',
    '表',
    '能',
    '縗',
    '許',
    '¥',
    '₩',
    '뷁',
    '«',
    '¿',
    '¿\\',
    'ß',
    'é',
    'Ÿ',
    'ö',
    'Ж',
    'ʼ',
    '＇',
    '＼',
    '′',
    '‘',
    '’',
    '😀',
    '\u00a0',
    '\u2028',
  ],
];

/** Bytes that are dangerous if they are read as text. They are sent as base64. */
const BYTES = [0x00, 0x1a, 0x22, 0x27, 0x5c, 0x81, 0x8f, 0xa1, 0xbf, 0xfe, 0xff];

/**
 * Character sets that clients cannot use for statements:
 * https://dev.mysql.com/doc/refman/8.0/en/charset-connection.html
 */
const NOT_OF_CLIENTS = ['ucs2', 'utf16', 'utf16le', 'utf32', 'filename'];

/** `npm run model` sends 100,000. */
const ARGUMENTS = Number(process.env.NETSVC_ARGUMENTS ?? 10_000);
const AT_ONCE = 100;

/** Repeatable: https://en.wikipedia.org/wiki/Linear_congruential_generator, with the constants of Numerical Recipes. */
let state = 20_261_123;
function below(limit: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function pick<Item>(items: readonly Item[]): Item {
  return items[below(items.length)] as Item;
}

function hostile(): string | Buffer {
  const length = below(8);
  if (below(10) === 0) return Buffer.from(Array.from({ length }, () => pick(BYTES)));
  return Array.from({ length }, () => pick(FRAGMENTS)).join('');
}

describe('hostile arguments', () => {
  let gateway: DatabaseGateway;
  let charsets: string[];

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
    const rows = (await gateway.execute(
      'select character_set_name from information_schema.character_sets',
    )) as string[][];
    charsets = rows.flat().filter((name) => !NOT_OF_CLIENTS.includes(name));
    await recreate(gateway, 'table canary (id int)');
  });

  after(() => gateway?.stop());

  /** Selects the length of each argument. If a literal ended elsewhere, the lengths or the statement would differ. */
  async function send(session: CursorClient, charset: string, options: string): Promise<void> {
    const args = Array.from({ length: AT_ONCE }, hostile);
    // With a backslash, a literal names its character set.
    const lengths = args.map((arg) =>
      typeof arg !== 'string' || (charset === 'binary' && !arg.includes('\\'))
        ? Buffer.byteLength(arg)
        : [...arg].length,
    );
    const columns = args.map(() => 'char_length(%s)').join(', ');
    const rows = await session.rows(`select 7, ${columns}, 8`, args);
    expect(rows, `${charset} ${options}: ${JSON.stringify(args)}`).to.deep.equal([[7, ...lengths, 8]]);
  }

  it('cannot change a statement, in any character set and sql_mode, tracked or not', async function () {
    this.timeout(120_000);
    expect(charsets).to.include.members([
      'gbk',
      'sjis',
      'big5',
      'cp932',
      'euckr',
      'latin1',
      'utf8mb4',
      'swe7',
      'binary',
    ]);
    const modes = ['ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES'];
    const tellings = ["'character_set_client'", "''"];
    const rounds = Math.ceil(ARGUMENTS / AT_ONCE / (charsets.length * modes.length * tellings.length));
    for (const charset of charsets) {
      for (const mode of modes) {
        for (const telling of tellings) {
          const session = await gateway.cursor();
          await session.execute(`set session_track_system_variables = ${telling}`);
          await session.execute(`set names ${charset}`);
          await session.execute(`set sql_mode = '${mode}'`);
          for (let round = 0; round < rounds; round++) await send(session, charset, `${mode} ${telling}`);
          await session.call('close');
        }
      }
    }
    expect(await gateway.execute('select count(*) from canary')).to.deep.equal([[0]]);
  });

  it('come back unchanged', async () => {
    const session = await gateway.cursor();
    for (const mode of ['', 'NO_BACKSLASH_ESCAPES']) {
      await session.execute(`set sql_mode = '${mode}'`);
      for (let round = 0; round < 20; round++) {
        const args = Array.from({ length: AT_ONCE }, hostile);
        expect(await session.rows(`select ${args.map(() => '%s').join(', ')}`, args)).to.deep.equal([args]);
      }
    }
  });
});
