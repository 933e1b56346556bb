import { expect } from 'chai';
import type { CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway, suiteGateway } from '../../support/suite-gateway.js';
import { type ServerKind, serverKind } from '../../support/test-server.js';

/**
 * Ends of literals, comments and statements, and first bytes of characters whose second byte is a backslash or quote in
 * some character set.
 */
const FRAGMENTS = [
  ...'\'"`\\;#%?@:()/*-\n\t',
  ...`\\ ' '' \\' \\\\' " /* */ %s %(a)s %% @@version 0x27 x`.split(' '),
  ...[
    '-- ',
    '/*!50000 ',
    "' or '1'='1",
    "'; drop table canary; -- ",
    "' union select 1 -- ",
    '\\0',
    '\\Z',
    '\\%',
    '\r\n',
    'null',
  ],
  ...'ソ 表 能 縗 許 ¥ ₩ 뷁 « ¿ ¿\\ ß é Ÿ ö Ж ʼ ＇ ＼ ′ ‘ ’ 😀'.split(' '),
  ...'\u00a0\u2028',
];

/** Bytes that are dangerous if they are read as text. They are sent as base64. */
const BYTES = [0x00, 0x1a, 0x22, 0x27, 0x5c, 0x81, 0x8f, 0xa1, 0xbf, 0xfe, 0xff];

/**
 * Character sets that clients cannot use for statements:
 * https://dev.mysql.com/doc/refman/8.0/en/charset-connection.html
 */
const NOT_OF_CLIENTS = ['ucs2', 'utf16', 'utf16le', 'utf32', 'filename'];

const NO_ESCAPES = "sql_mode = 'NO_BACKSLASH_ESCAPES'";

/** What sets the sql_mode, restores it behind MySQL's report, or fails before or behind the change. */
const SETTERS: readonly { readonly sql: string; readonly only?: ServerKind }[] = [
  { sql: `set ${NO_ESCAPES}` },
  { sql: `set ${NO_ESCAPES}, session_track_system_variables = ''` },
  { sql: "set sql_mode = ''" },
  { sql: "set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'" },
  { sql: 'set @@local.sql_mode = default' },
  { sql: "set session_track_system_variables = '', sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES')" },
  { sql: `set ${NO_ESCAPES}, nonsense = 1` },
  { sql: `set ${NO_ESCAPES}, @a = (select 1 union select 2)` },
  { sql: "set sql_mode = '', @a = (select 1 union select 2)" },
  { sql: `set ${NO_ESCAPES}, names 'nonsense'` },
  { sql: 'set @a = 1, names gbk' },
  { sql: 'set names sjis' },
  { sql: 'select to_gbk()' },
  { sql: 'prepare escapes from "set names gbk"' },
  { sql: 'set names utf8mb4' },
  { sql: 'call no_escapes()' },
  { sql: 'call escapes()' },
  { sql: 'call no_escapes_and_fail()' },
  { sql: 'call no_escapes_by_text()' },
  { sql: 'select escapes_not()' },
  { sql: 'select @a := escapes_not()' },
  { sql: 'do escapes_not()' },
  { sql: "set @a = escapes_not(), sql_mode = ''" },
  { sql: 'insert into no_escapes_of_trigger values (1)' },
  { sql: `prepare escapes from "set ${NO_ESCAPES}"` },
  { sql: 'prepare escapes from "set sql_mode = DEFAULT"' },
  { sql: 'execute escapes' },
  { sql: `/*! set ${NO_ESCAPES} */` },
  { sql: "select '\\" },
  { sql: 'select 1' },
  { sql: `set statement ${NO_ESCAPES} for select 1`, only: 'MariaDB' },
  { sql: `set statement ${NO_ESCAPES} for select * from nowhere`, only: 'MariaDB' },
  { sql: `set statement ${NO_ESCAPES} for call escapes()`, only: 'MariaDB' },
  { sql: "set statement sql_mode = '' for call no_escapes()", only: 'MariaDB' },
  { sql: `begin not atomic set ${NO_ESCAPES}; end`, only: 'MariaDB' },
  { sql: `begin not atomic set ${NO_ESCAPES}; select * from nowhere; end`, only: 'MariaDB' },
  { sql: 'begin not atomic execute immediate "set sql_mode = ANSI"; end', only: 'MariaDB' },
  { sql: `execute immediate "set ${NO_ESCAPES}"`, only: 'MariaDB' },
  { sql: 'execute immediate "set sql_mode = ORACLE"', only: 'MariaDB' },
];

async function createSetters(gateway: DatabaseGateway): Promise<void> {
  await recreate(gateway, `procedure no_escapes () set ${NO_ESCAPES}`);
  await recreate(gateway, "procedure escapes () set sql_mode = ''");
  await recreate(gateway, `procedure no_escapes_and_fail () begin set ${NO_ESCAPES}; select * from nowhere; end`);
  await recreate(gateway, `procedure no_escapes_by_text () begin prepare p from "set ${NO_ESCAPES}"; execute p; end`);
  await recreate(gateway, `function escapes_not () returns int deterministic begin set ${NO_ESCAPES}; return 1; end`);
  await recreate(gateway, 'function to_gbk () returns int no sql begin set character_set_client = gbk; return 1; end');
  await recreate(gateway, 'table no_escapes_of_trigger (id int)');
  await recreate(
    gateway,
    `trigger no_escapes_first before insert on no_escapes_of_trigger for each row set ${NO_ESCAPES}`,
  );
}

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

/** A query that returns its arguments. */
const selecting = (args: readonly unknown[]) => [`select ${args.map(() => '%s').join(', ')}`, args] as const;

describe('hostile arguments', () => {
  const gateway = suiteGateway();
  let charsets: string[];

  before(async () => {
    const rows = (await gateway.execute(
      'select character_set_name from information_schema.character_sets',
    )) as string[][];
    charsets = rows.flat().filter((name) => !NOT_OF_CLIENTS.includes(name));
    await recreate(gateway, 'table canary (id int)');
  });

  /** Selects the length of each argument. If a literal ended elsewhere, the lengths or the statement would differ. */
  async function send(session: CursorClient, charset: string, options: string): Promise<void> {
    const args = Array.from({ length: AT_ONCE }, hostile);
    const lengths = args.map((arg) =>
      typeof arg !== 'string' || charset === 'binary' ? Buffer.byteLength(arg) : [...arg].length,
    );
    const columns = args.map(() => 'char_length(%s)').join(', ');
    const rows = await session.rows(`select 7, ${columns}, 8`, args);
    expect(rows, `${charset} ${options}: ${JSON.stringify(args)}`).to.deep.equal([[7, ...lengths, 8]]);
  }

  it('cannot change a statement, in any character set and sql_mode, tracked or not', async function () {
    this.timeout(120_000);
    expect(charsets).to.include.members('gbk sjis big5 cp932 euckr latin1 utf8mb4 swe7 binary'.split(' '));
    const modes = ['ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES'];
    const tellings = ["'character_set_client'", "''"];
    const rounds = Math.ceil(ARGUMENTS / AT_ONCE / (charsets.length * modes.length * tellings.length));
    for (const charset of charsets) {
      for (const mode of modes) {
        for (const telling of tellings) {
          await using session = await gateway.cursor();
          await session.execute(`set session_track_system_variables = ${telling}`);
          await session.execute(`set names ${charset}`);
          await session.execute(`set sql_mode = '${mode}'`);
          for (let round = 0; round < rounds; round++) await send(session, charset, `${mode} ${telling}`);
        }
      }
    }
    expect(await gateway.execute('select count(*) from canary')).to.deep.equal([[0]]);
  });

  it('come back unchanged, whatever has set the sql_mode before, and in whichever order', async function () {
    this.timeout(120_000);
    await createSetters(gateway);
    const server = serverKind();
    const setters = SETTERS.filter(({ only = server }) => only === server).map(({ sql }) => sql);
    await using one = await otherGateway({ connections: 1 });
    for (let round = 0; round < ARGUMENTS / 500; round++) {
      await using session = await one.cursor();
      const ran: string[] = [];
      for (let step = 0; step < 6; step++) {
        // Each of them once, and then any.
        const setter = setters[round * 6 + step] ?? pick(setters);
        ran.push(setter);
        // Many fail, some behind the change.
        await session.execute(setter).catch(() => {});
        const args = Array.from({ length: 10 }, hostile);
        expect(await session.rows(...selecting(args)), JSON.stringify({ ran, args })).to.deep.equal([args]);
      }
    }
    expect(await gateway.execute('select count(*) from canary')).to.deep.equal([[0]]);
  });

  it('come back unchanged, and so does what was set, after another session had the connection', async function () {
    this.timeout(120_000);
    await using one = await otherGateway({ connections: 1, connectWait: 0.2 });
    const setters = SETTERS.map(({ sql }) => sql).filter((sql) => sql.startsWith('set ') && !sql.includes('statement'));
    const settings = 'select @@sql_mode, @@collation_connection';
    let shared = 0;
    for (let round = 0; round < ARGUMENTS / 500; round++) {
      await using session = await one.cursor();
      await using other = await one.cursor();
      const ran = Array.from({ length: 3 }, () =>
        pick([...setters, 'set names utf8', 'set names latin1 collate latin1_bin']),
      );
      for (const setter of ran) await session.execute(setter).catch(() => {});
      const before = await session.rows(settings);
      for (let time = 0; time < 2; time++) {
        const args = Array.from({ length: 10 }, hostile);
        const fromOther = await other.rows(...selecting(args)).catch(() => undefined);
        if (fromOther !== undefined) {
          expect(fromOther).to.deep.equal([args]);
          shared++;
        }
        expect(await session.rows(...selecting(args)), JSON.stringify({ ran, args })).to.deep.equal([args]);
        expect(await session.rows(settings), ran.join('; ')).to.deep.equal(before);
      }
    }
    expect(shared).to.be.greaterThan(0);
  });

  it('come back unchanged from executemany, when its statements set the sql_mode', async () => {
    await using session = await gateway.cursor();
    const rows = Array.from({ length: 50 }, (_, i) => [i % 3 === 0 ? 'NO_BACKSLASH_ESCAPES' : 'ANSI', hostile()]);
    for (const row of rows) {
      await session.call('executemany', 'set sql_mode = %s, @text = %s', [row, row]);
      expect(await session.rows('select @text')).to.deep.equal([[row[1]]]);
    }
  });

  it('come back unchanged', async () => {
    const session = await gateway.cursor();
    for (const mode of ['', 'NO_BACKSLASH_ESCAPES']) {
      await session.execute(`set sql_mode = '${mode}'`);
      for (let round = 0; round < 20; round++) {
        const args = Array.from({ length: AT_ONCE }, hostile);
        expect(await session.rows(...selecting(args))).to.deep.equal([args]);
      }
    }
  });
});
