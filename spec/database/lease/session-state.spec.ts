import { expect } from 'chai';
import { Sweeper } from '#lib/index.js';
import { faultOf, statusOf } from '../../support/client.js';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway, specGateway } from '../../support/suite-gateway.js';
import { perServer } from '../../support/test-server.js';
import { until } from '../../support/until.js';

// What sessions leave on connections, by statements of every kind, is compared with new ones in isolation.spec.ts.
describe('a cursor session', () => {
  /** With one connection, each session uses the connection of the session before. */
  const gateway = specGateway({ connections: 1, connectWait: 5 });

  beforeEach(() => gateway.start());

  const threadId = async (cursor: CursorClient) => JSON.stringify(await cursor.rows('select connection_id()'));

  for (const [what, statement, args, query, expected] of [
    ['LAST_INSERT_ID()', 'select last_insert_id%s', [[77]], 'select last_insert_id()', 0],
    ['a lock', 'select get_lock%s', [['netsvc', 0]], "select is_used_lock('netsvc')", null],
  ] as const) {
    it(`does not leave ${what} by an argument`, async () => {
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
    const login = new URL(process.env.NETSVC_TEST_DATABASE ?? '');
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
    await using limited = await otherGateway({ connections: 1, queryTimeout: 0.2 });
    const first = await limited.cursor();
    expect((await faultOf(first.execute('select sleep(80)'))).code).to.equal(58);
    expect(await (await limited.cursor()).rows('show warnings')).to.deep.equal([]);
  });

  it('starts with FOUND_ROWS() 0', async () => {
    await using fresh = await otherGateway({ pin: true });
    expect(await (await fresh.cursor()).rows('select found_rows()')).to.deep.equal([[0]]);
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

  it('needs no reset when it comes back to its connection', async () => {
    const cursor = await gateway.cursor();
    const schema = perServer({ MariaDB: 'information_schema', MySQL: 'performance_schema' });
    const query = `select variable_value from ${schema}.session_status where variable_name = %s`;
    const statements = async () => Number(((await cursor.rows(query, ['Questions'])) as string[][])[0]?.[0]);
    const before = await statements();
    for (let i = 0; i < 3; i++) await cursor.execute('select 1');
    // A reset would have cleared the counter of the session.
    expect(await statements()).to.equal(before + 4);
  });

  it('that is not used is closed within two seconds of its deadline, rolled back, its connection reset', async () => {
    const sweeper = new Sweeper(gateway.registry);
    sweeper.start();
    await recreate(gateway, 'table ledger (id int)');
    const cursor = await gateway.cursor(2);
    const id = await threadId(cursor);
    await cursor.call('begin');
    await cursor.execute('insert into ledger values (1)');
    const deadline = performance.now() + 2000;
    await until(() => gateway.registry.sessions.size === 0);
    sweeper.stop();
    expect(performance.now() - deadline).to.be.within(-50, 2000);
    expect(await statusOf(cursor.call('rowcount'))).to.equal(404);
    const next = await gateway.cursor();
    expect(await next.rows('select count(*) from ledger')).to.deep.equal([[0]]);
    expect(await threadId(next)).to.equal(id);
  });
});
