import { expect } from 'chai';
import { faultOf } from '../../support/client.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway, specGateway } from '../../support/suite-gateway.js';

/** The error of MySQL for a write in a read-only transaction. */
const READ_ONLY = 1792;

describe('the configured statements of a connection', () => {
  const gateway = specGateway({ connections: 1 });

  before(async () => {
    await using outside = await otherGateway();
    await recreate(outside, 'table kept (id int)');
  });

  /** What a session finds on its connection, also after one that has changed it. */
  const expectRestored = async (query: string, changes: readonly string[]) => {
    const found = await gateway.execute(query);
    for (const change of changes) {
      const cursor = await gateway.cursor();
      await cursor.execute(change);
      await cursor.call('close');
      expect(await gateway.execute(query), change).to.deep.equal(found);
    }
    return found;
  };

  const rows: [what: string, init: string[], query: string, changes: string[], found: unknown[]][] = [
    [
      'set variables',
      ["SET time_zone = '+03:00'", 'SET sql_mode = ANSI_QUOTES'],
      'select @@time_zone, @@sql_mode',
      ["set time_zone = '+00:00', sql_mode = ''"],
      ['+03:00', 'ANSI_QUOTES'],
    ],
    [
      'select a schema',
      ['USE information_schema'],
      'select database()',
      ['use mysql', 'use test', 'select 1'],
      ['information_schema'],
    ],
    [
      'set whatever a session can, and create temporary tables',
      [
        'SET autocommit = 0, @a = 5',
        'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE',
        'SET NAMES latin1 COLLATE latin1_bin',
        'CREATE TEMPORARY TABLE configured (id int)',
        'INSERT INTO configured VALUES (7)',
        'COMMIT',
      ],
      'select @a, @@autocommit, @@character_set_client, (select id from configured)',
      ['set @a = 6', 'drop temporary table configured', 'select 1'],
      [5, 1, 'utf8mb4', 7],
    ],
  ];
  for (const [what, init, query, changes, found] of rows) {
    it(`can ${what}, in every session, whatever the session before did`, async () => {
      await gateway.start({ init });
      expect(await expectRestored(query, changes)).to.deep.equal([found]);
    });
  }

  it('can select a schema for a URL without one', async () => {
    const url = new URL(process.env.NETSVC_TEST_DATABASE ?? '');
    url.pathname = '/';
    await gateway.start({ init: ['USE information_schema'] }, url.href);
    const found = await expectRestored('select database()', ['use mysql', 'use information_schema']);
    expect(found).to.deep.equal([['information_schema']]);
  });

  it('can set a role', async () => {
    await using outside = await otherGateway();
    await recreate(outside, 'role init_role');
    try {
      await outside.execute('grant init_role to current_user()');
      await gateway.start({ init: ['SET ROLE init_role'] });
      const found = await expectRestored('select current_role()', ['set role none', 'select 1']);
      expect(String(found)).to.contain('init_role');
    } finally {
      await gateway.stop();
      await outside.execute('drop role init_role');
    }
  });

  it('affect neither autocommit nor the escaping of literals', async () => {
    await gateway.start({ init: ['SET autocommit = 0', "SET sql_mode = 'NO_BACKSLASH_ESCAPES'", 'SET NAMES gbk'] });
    const text = 'a\\b\'c"\\';
    expect(await gateway.execute('select %s, @@autocommit, @@character_set_client', [text])).to.deep.equal([
      [text, 1, 'utf8mb4'],
    ]);
  });

  it('cause a fault in the request that needs the connection, which names the one that fails', async () => {
    await gateway.start({ init: ["SET time_zone = '+00:00'", 'SET nonsense = 1'] });
    const { code, string } = await faultOf(gateway.execute('select 1'));
    expect(code).to.equal(1193);
    expect(string).to.contain('init statement "SET nonsense = 1": Unknown system variable');
  });

  describe('for a read-only database', () => {
    it('make MySQL reject all writes', async () => {
      await gateway.start({ readOnly: true });
      const session = await gateway.cursor();
      for (const statement of ['insert into kept values (1)', 'delete from kept', 'create table other (id int)']) {
        expect((await faultOf(gateway.execute(statement))).code, statement).to.equal(READ_ONLY);
        expect((await faultOf(session.execute(statement))).code, statement).to.equal(READ_ONLY);
      }
      await session.call('begin');
      expect((await faultOf(session.execute('insert into kept values (1)'))).code).to.equal(READ_ONLY);
      expect(await session.rows('select count(*) from kept')).to.deep.equal([[0]]);
    });

    it('take effect again in the session after one that undid them', async () => {
      await gateway.start({ readOnly: true });
      const first = await gateway.cursor();
      await first.execute('set session transaction read write');
      await first.call('close');
      expect((await faultOf(gateway.execute('insert into kept values (1)'))).code).to.equal(READ_ONLY);
    });
  });
});
