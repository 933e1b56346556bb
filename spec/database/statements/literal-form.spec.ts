import { expect } from 'chai';
import { MysqlError } from '#lib/database/errors/mysql-error.js';
import { SqlText } from '#lib/database/sql/sql-text.js';
import { formAfter } from '#lib/database/statements/literal-form.js';
import { SqlWriter } from '#lib/database/statements/sql-writer.js';
import { call, faultOf } from '../../support/client.js';
import { recreate } from '../../support/recreate.js';
import { sessionForEach, suiteGateway } from '../../support/suite-gateway.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('bytes as literals', () => {
  const gateway = suiteGateway();
  const cursor = sessionForEach(gateway);

  before(() =>
    recreate(gateway, 'table literals (id int auto_increment primary key, b blob, j json, note varchar(20))'),
  );

  beforeEach(() => gateway.execute('truncate table literals'));

  for (const mode of ['', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES']) {
    describe(`with sql_mode '${mode}'`, () => {
      beforeEach(() => cursor.execute(`set sql_mode = '${mode}'`));

      const introduced = [
        '_binary %s',
        '_BINARY  %s',
        '_latin1 %s',
        '_utf8mb4\n%s',
        '_binary /* c */ %s',
        '(_binary %s)',
      ];
      for (const sql of introduced) {
        it(`follow an introducer: ${sql}`, async () => {
          for (const value of ['ab', "a'\\", '\\', "\\'", 'x'.repeat(2000), '']) {
            const hex = bytes(value).toString('hex').toUpperCase();
            expect(await cursor.rows(`select hex(${sql})`, [bytes(value)])).to.deep.equal([[hex]]);
          }
        });
      }

      it('are not checked behind _binary and other introducers', async () => {
        for (const sql of ['_binary %s', '_utf8mb4 %s', '%s']) {
          expect(await cursor.rows(`select hex(${sql})`, [bytes('\xff\xfe')])).to.deep.equal([['FFFE']]);
        }
      });

      it('stand where SQL requires a quoted literal, as text does', async () => {
        for (const value of ['ab', "a'b", 'a\\', "\\'"]) {
          for (const argument of [value, bytes(value)]) {
            await cursor.execute('alter table literals comment %s', [argument]);
            const [[comment]] = (await cursor.rows(
              "select table_comment from information_schema.tables where table_name = 'literals'",
            )) as [[string]];
            expect(comment).to.equal(value);
            await cursor.execute('alter table literals add e enum(%s)', [argument]);
            await cursor.execute('alter table literals drop e');
            expect(await cursor.rows('select group_concat(seq separator %s) from numbers where seq < 3', [argument]))
              .to.be.an('array')
              .with.nested.property('[0][0]', `1${value}2`);
            expect(await cursor.rows('show tables like %s', [argument])).to.deep.equal([]);
          }
        }
        expect(await cursor.rows("select 'x' %s, date %s", [bytes('y'), bytes('2020-01-02')])).to.deep.equal([
          ['xy', '2020-01-02'],
        ]);
      });
    });
  }

  it('fit into JSON columns', async () => {
    const json = bytes('{"a": "\u00c3\u00a9"}');
    await cursor.execute('insert into literals (id, b, j) values (1, %s, %s)', [json, json]);
    await cursor.call('executemany', 'insert into literals (id, b, j) values (%s, %s, %s)', [
      [2, bytes('\xff'), '[1]'],
      [3, bytes('\xff'), bytes('[2]')],
    ]);
    await cursor.call('executemany', 'update literals set j = %s where id = %s', [
      ['[3]', 2],
      [bytes('[4]'), 3],
    ]);
    expect(await cursor.rows('select b, j from literals order by id')).to.deep.equal([
      [json, '{"a": "\u00e9"}'],
      [bytes('\xff'), '[3]'],
      [bytes('\xff'), '[4]'],
    ]);
    expect(await cursor.rows("select json_extract(%s, '$.a') is null", [bytes('{}')])).to.deep.equal([[1]]);
    const streaming = await gateway.cursor(60, 'SSCursor');
    await streaming.execute('insert into literals (j) values (%s)', [bytes('[5]')]);
    await streaming.call('close');
    await call(gateway.url, 'transaction', [['insert into literals (j) values (%s)', [bytes('[6]')]]]);
    expect(await cursor.rows('select j from literals where id > 3 order by id')).to.deep.equal([['[5]'], ['[6]']]);
  });

  it('are text in functions of JSON', async () => {
    const query = "select json_valid(%s), json_unquote(json_extract(json_array(%s), '$[0]'))";
    expect(await cursor.rows(query, [bytes('{}'), bytes('a')])).to.deep.equal([[1, 'a']]);
    await cursor.execute('insert into literals (id) values (1)');
    await cursor.call('executemany', "update literals set j = json_set('{}', '$.a', %s) where id = %s", [
      [bytes('a'), 1],
    ]);
    expect(await cursor.rows("select json_unquote(json_extract(j, '$.a')) from literals")).to.deep.equal([['a']]);
  });

  it('are text or bytes, as the parameters of a procedure are', async () => {
    await recreate(gateway, "procedure typed(j json, b blob) select json_unquote(json_extract(j, '$.a')), hex(b)");
    for (const [value, hex] of [
      ['\xff\x00', 'FF00'],
      ['\xc3\xa9', 'C3A9'],
    ] as const) {
      const args = [bytes('{"a": 5}'), bytes(value)];
      expect(await cursor.rows('call typed(%s, %s)', args)).to.deep.equal([['5', hex]]);
      await cursor.call('callproc', 'typed', args);
      expect(await cursor.call('fetchall')).to.deep.equal([['5', hex]]);
    }
  });

  it('have a collation if it is given', async () => {
    expect(await cursor.rows("select %s collate utf8mb4_bin = 'a'", [bytes('a')])).to.deep.equal([[1]]);
  });

  it('are binary elsewhere', async () => {
    expect(await cursor.rows("select 'abc' = %s, charset(%s), %s", Array(3).fill(bytes('ABC')))).to.deep.equal([
      [0, 'binary', bytes('ABC')],
    ]);
  });

  it('do not repeat a call of a procedure', async () => {
    await recreate(
      gateway,
      "procedure fails_once(b blob) begin insert into literals (note) values ('called'); " +
        "if b = 1 then signal sqlstate '42000' set message_text = 'near ''_binary', mysql_errno = 1064; " +
        "else signal sqlstate '42000' set message_text = 'x', mysql_errno = 3144; end if; end",
    );
    expect((await faultOf(cursor.execute('call fails_once(%s)', [bytes('{}')]))).code).to.equal(3144);
    expect((await faultOf(cursor.execute('call fails_once(%s)', [bytes('1')]))).code).to.equal(1);
    expect(await cursor.rows('select count(*) from literals')).to.deep.equal([[2]]);
  });

  it('take at most a little more of a packet than quotes do', async () => {
    const values = Array.from({ length: 12_000 }, () => Buffer.alloc(1000, 0xff));
    expect(await cursor.rows(`select length(concat(${values.map(() => '%s').join(', ')}))`, values)).to.deep.equal([
      [12_000_000],
    ]);
  }).timeout(20_000);
});

describe('formAfter', () => {
  const written = (...values: (string | Buffer)[]) => {
    const out = new SqlWriter({ maxAllowedPacket: 1000 });
    out.add('select ');
    for (const value of values) out.addLiteral(value);
    return out.finish();
  };

  it('repeats only statements with literals that have another form', () => {
    const unexpected = new MysqlError(1064, "... the right syntax to use near '_binary x'00'' at line 1");
    expect(formAfter(unexpected, written(Buffer.from('a')), 'typed')).to.equal('quoted');
    expect(formAfter(unexpected, written(Buffer.from('a')), 'quoted')).to.equal(undefined);
    expect(formAfter(unexpected, written('a'), 'typed')).to.equal(undefined);
    expect(formAfter(unexpected, new SqlText('select'), 'typed')).to.equal(undefined);
    expect(formAfter(new MysqlError(1064, "near 'abc' at line 1"), written(Buffer.from('a')), 'typed')).to.equal(
      undefined,
    );
    expect(formAfter(new MysqlError(1146, 'no table'), written(Buffer.from('a')), 'typed')).to.equal(undefined);
    expect(formAfter(new Error('near _binary'), written(Buffer.from('a')), 'typed')).to.equal(undefined);
    expect(formAfter(new MysqlError(3144, 'JSON'), written(Buffer.from('a')), 'typed')).to.equal('text');
    expect(formAfter(new MysqlError(3144, 'JSON'), written(Buffer.from('a')), 'text')).to.equal(undefined);
  });

  it('repeats no statement of which a part may have run', () => {
    const refused = new MysqlError(3144, 'JSON');
    const insert = (text: string) => {
      const out = new SqlWriter({ maxAllowedPacket: 1000 });
      out.add(`insert into t values (${text}`);
      out.addLiteral(Buffer.from('a'));
      out.add(')');
      return out.finish();
    };
    expect(formAfter(refused, insert('1, '), 'typed')).to.equal('text');
    for (const part of ['1, 2), (2, ', 'stored(1), ', '@n := @n + 1, ', 'next value for s, ', "get_lock('a', 1), "]) {
      expect(formAfter(refused, insert(part), 'typed'), part).to.equal(undefined);
    }
  });
});
