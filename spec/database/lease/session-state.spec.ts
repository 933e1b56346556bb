import { expect } from 'chai';
import { Sweeper } from '#lib/index.js';
import { faultOf, statusOf } from '../../support/client.js';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { type PerServer, perServer } from '../../support/test-server.js';
import { until } from '../../support/until.js';

describe('a cursor session', () => {
  let url: string;
  let gateway: DatabaseGateway;

  before(function () {
    url = testDatabase(this);
  });

  /** With one connection, each session uses the connection of the session before. */
  beforeEach(async () => {
    gateway = await DatabaseGateway.start(url, { connections: 1, connectWait: 5 });
  });

  afterEach(() => gateway?.stop());

  const threadId = async (cursor: CursorClient) => JSON.stringify(await cursor.rows('select connection_id()'));

  it('is pinned to a connection by its first unknown function, and gives it back at the end', async () => {
    const first = await gateway.cursor();
    const idle = await gateway.cursor();
    const id = await threadId(first);
    expect(await threadId(first)).to.equal(id);
    await first.call('close');
    expect(await threadId(idle)).to.equal(id);
  });

  const traces: [string, string[], string | PerServer<string>, unknown][] = [
    ['user variables', ['set @x = 1'], 'select @x', null],
    ['the current schema', ['use information_schema'], 'select database()', 'test'],
    ['sql_mode', ["set sql_mode = 'NO_BACKSLASH_ESCAPES'"], "select instr(@@sql_mode, 'NO_BACKSLASH_ESCAPES')", 0],
    ['the character set', ['set names latin1'], 'select @@character_set_results', 'utf8mb4'],
    [
      'the character set, untracked',
      ["set session_track_system_variables = ''", 'set names latin1'],
      'select @@character_set_client',
      'utf8mb4',
    ],
    [
      'the current schema, untracked',
      ['set session_track_schema = off', 'use information_schema'],
      'select database()',
      'test',
    ],
    [
      'the transaction isolation',
      ['set session transaction isolation level serializable'],
      { MariaDB: 'select @@tx_isolation', MySQL: 'select @@transaction_isolation' },
      'REPEATABLE-READ',
    ],
    ['autocommit', ['set autocommit = 0'], 'select @@autocommit', 1],
    [
      'the last insert id',
      ['create temporary table t (id int auto_increment primary key)', 'insert into t values ()'],
      'select last_insert_id()',
      0,
    ],
  ];
  const unseen: [string, string, unknown[], string, unknown][] = [
    ['LAST_INSERT_ID() by an argument', 'select last_insert_id%s', [[77]], 'select last_insert_id()', 0],
    ['a lock by an argument', 'select get_lock%s', [['netsvc', 0]], "select is_used_lock('netsvc')", null],
    ['LAST_INSERT_ID() by a view', 'select * from sets_id', [], 'select last_insert_id()', 0],
    ['a variable by a trigger', 'insert into triggered values (1)', [], 'select @by_trigger', null],
    ['a role', 'set role session_role', [], "select nullif(current_role(), 'NONE')", null],
    ['warnings', "select extract(year from now()), cast('x' as signed)", [], 'select @@warning_count', 0],
  ];
  for (const [what, statement, args, query, expected] of unseen) {
    it(`does not leave ${what}`, async () => {
      for (const sql of [
        'view sets_id as select last_insert_id(77)',
        'table triggered (id int)',
        'trigger sets_variable before insert on triggered for each row select 5 into @by_trigger',
        'role session_role',
      ]) {
        await recreate(gateway, sql);
      }
      await gateway.execute('grant session_role to current_user()');
      const first = await gateway.cursor();
      await first.execute(statement, args);
      await first.call('close');
      expect(await (await gateway.cursor()).rows(query)).to.deep.equal([[expected]]);
    });
  }

  it('starts with the default role of its account, which has few privileges', async () => {
    const accounts = ["role_user@'%'", 'role_user@localhost'];
    const setDefault = perServer({ MariaDB: 'for', MySQL: 'to' });
    for (const role of ['default_role', 'other_role']) await recreate(gateway, `role ${role}`);
    for (const account of accounts) {
      for (const statement of [
        `drop user if exists ${account}`,
        `create user ${account} identified by 'secret'`,
        `grant select on test.* to ${account}`,
        `grant default_role to ${account}`,
        `grant other_role to ${account}`,
        `set default role default_role ${setDefault} ${account}`,
      ]) {
        await gateway.execute(statement);
      }
    }
    const login = new URL(url);
    login.username = 'role_user';
    login.password = 'secret';
    const limited = await DatabaseGateway.start(login.href, { connections: 1 });
    const role = perServer({ MariaDB: 'default_role', MySQL: '`default_role`@`%`' });
    for (const change of ['set role other_role', 'set role none', 'select 1']) {
      const session = await limited.cursor();
      expect(await session.rows('select current_role()')).to.deep.equal([[role]]);
      await session.execute(change);
      await session.call('close');
    }
    await limited.stop();
    for (const statement of [`drop user ${accounts.join(', ')}`, 'drop role default_role, other_role']) {
      await gateway.execute(statement);
    }
  });

  it('does not leave the error of a statement that was stopped', async () => {
    const limited = await DatabaseGateway.start(url, { connections: 1, queryTimeout: 0.2 });
    const first = await limited.cursor();
    expect((await faultOf(first.execute('select sleep(80)'))).code).to.equal(58);
    expect(await (await limited.cursor()).rows('show warnings')).to.deep.equal([]);
    await limited.stop();
  });

  it('leaves no statements in SHOW PROFILES', async () => {
    const first = await gateway.cursor();
    await first.execute('set profiling = 1');
    await first.execute("select 'a secret'");
    await first.execute('set profiling = 0');
    await first.call('close');
    expect(await (await gateway.cursor()).rows('show profiles')).to.deep.equal([]);
  });

  it('leaves no temporary tables', async () => {
    const first = await gateway.cursor();
    await first.execute('create temporary table mine (id int)');
    await first.call('close');
    const { string } = await faultOf((await gateway.cursor()).execute('select * from mine'));
    expect(string).to.contain("Table 'test.mine' doesn't exist");
  });

  it('leaves no locks', async () => {
    const first = await gateway.cursor();
    await first.execute("select get_lock('netsvc-spec', 1)");
    await first.call('close');
    expect(await (await gateway.cursor()).rows('select 1')).to.deep.equal([[1]]);
    const other = await DatabaseGateway.start(url);
    expect(await other.execute("select is_free_lock('netsvc-spec')")).to.deep.equal([[1]]);
    await other.stop();
  });

  for (const [what, statements, query, expected] of traces) {
    it(`does not leave ${what}`, async () => {
      const first = await gateway.cursor();
      const id = await threadId(first);
      for (const statement of statements) await first.execute(statement);
      await first.call('close');
      const next = await gateway.cursor();
      expect(await next.rows(typeof query === 'string' ? query : perServer(query))).to.deep.equal([[expected]]);
      expect(await threadId(next)).to.equal(id);
    });
  }

  it('does not leave the id that an INSERT generated', async () => {
    await recreate(gateway, 'table counted (id int auto_increment primary key)');
    const first = await gateway.cursor();
    await first.execute('insert into counted values ()');
    expect(await first.call('lastrowid')).to.equal(1);
    await first.call('close');
    expect(await (await gateway.cursor()).rows('select last_insert_id()')).to.deep.equal([[0]]);
  });

  it('starts with FOUND_ROWS() 0', async () => {
    const fresh = await DatabaseGateway.start(url, { pin: true });
    expect(await (await fresh.cursor()).rows('select found_rows()')).to.deep.equal([[0]]);
    await fresh.stop();
  });

  for (const query of ['select found_rows()', 'select row_count()', 'show warnings', 'select @@warning_count']) {
    it(`leaves nothing that the next session can read by ${query}`, async () => {
      const before = await gateway.cursor();
      const seen = await before.rows(query);
      await before.execute('set @pinned = 1');
      await before.call('close');
      const first = await gateway.cursor();
      await first.execute("select cast(concat('x', seq) as signed) from numbers where seq <= 7");
      await first.call('close');
      const next = await gateway.cursor();
      expect(await next.rows(query)).to.deep.equal(seen);
      await next.call('close');
    });
  }

  describe('gives its connection back', () => {
    /** Returns how often MySQL has reset a connection. */
    const resets = async () => {
      const [row] = (await gateway.execute("show global status like 'com_admin_commands'")) as string[][];
      return Number(row?.[1]);
    };

    it('after a reset, whatever it did', async () => {
      const before = await resets();
      const cursor = await gateway.cursor();
      await cursor.execute('select 1');
      await cursor.call('close');
      // One for the session, and one for the query before it.
      expect(await resets()).to.equal(before + 2);
    });

    it('and needs no reset when it comes back to it', async () => {
      const cursor = await gateway.cursor();
      const schema = perServer({ MariaDB: 'information_schema', MySQL: 'performance_schema' });
      const query = `select variable_value from ${schema}.session_status where variable_name = %s`;
      const statements = async () => Number(((await cursor.rows(query, ['Questions'])) as string[][])[0]?.[0]);
      const before = await statements();
      for (let i = 0; i < 3; i++) await cursor.execute('select 1');
      // A reset would have cleared the counter of the session.
      expect(await statements()).to.equal(before + 4);
    });
  });

  it('leaves no prepared statements', async () => {
    const first = await gateway.cursor();
    await first.execute("prepare s from 'select 1'");
    await first.call('close');
    expect((await faultOf((await gateway.cursor()).execute('execute s'))).code).to.equal(1243);
  });

  it('escapes according to the sql_mode of its own connection', async () => {
    const first = await gateway.cursor();
    await first.execute("set sql_mode = 'NO_BACKSLASH_ESCAPES'");
    await first.call('close');
    const next = await gateway.cursor();
    expect(await next.rows('select %s', ["\\' or 1 -- "])).to.deep.equal([["\\' or 1 -- "]]);
  });

  it('rolls back its open transaction and releases its table locks when it ends', async () => {
    await recreate(gateway, 'table ledger (id int)');
    const cursor = await gateway.cursor();
    await cursor.call('begin');
    await cursor.execute('insert into ledger values (1)');
    await cursor.execute('savepoint s');
    await cursor.call('close');
    expect(await gateway.execute('select count(*) from ledger')).to.deep.equal([[0]]);
  });

  describe('that is not used', () => {
    let sweeper: Sweeper;

    beforeEach(() => {
      sweeper = new Sweeper(gateway.registry);
      sweeper.start();
    });

    afterEach(() => sweeper.stop());

    it('is closed within two seconds of its deadline, rolled back, its connection reset', async () => {
      await recreate(gateway, 'table ledger (id int)');
      const cursor = await gateway.cursor(2);
      const id = await threadId(cursor);
      await cursor.call('begin');
      await cursor.execute('insert into ledger values (1)');
      const deadline = performance.now() + 2000;
      await until(() => gateway.registry.sessions.size === 0);
      expect(performance.now() - deadline).to.be.within(-50, 2000);
      expect(await statusOf(cursor.call('rowcount'))).to.equal(404);
      const next = await gateway.cursor();
      expect(await next.rows('select count(*) from ledger')).to.deep.equal([[0]]);
      expect(await threadId(next)).to.equal(id);
    });

    it('stays open while it is used every half second', async () => {
      const cursor = await gateway.cursor(1);
      for (let i = 0; i < 4; i++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
      }
    });

    it('stays open during a statement that takes longer than its timeout, and then expires', async () => {
      const cursor = await gateway.cursor(1);
      expect(await cursor.rows('select sleep(2)')).to.deep.equal([[0]]);
      expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
      await until(() => gateway.registry.sessions.size === 0);
    });
  });
});
