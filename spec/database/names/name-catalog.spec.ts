import { expect } from 'chai';
import type { Cursor } from '#lib/database/index.js';
import { faultOf } from '../../support/client.js';
import { CommandProxy } from '../../support/command-proxy.js';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway, specGateway, suiteGateway } from '../../support/suite-gateway.js';
import { onlyOn, perServer } from '../../support/test-server.js';
import { until } from '../../support/until.js';

/** What the specs use, with names in odd places. */
function schema(): string[] {
  return [
    'table x (id int)',
    'table y (id int)',
    'function f() returns int no sql return get_lock("a_lock", 0)',
    ...['v_lock', 'format', 'ends', '`2fa`', '`5e10`', '`77`', '`Größe`', '`a ``view`'].map(
      (name) => `view ${name} as select f() as l`,
    ),
    'view v_v as select l from v_lock where l > (select count(*) from y)',
    // The server lists them in the reverse order.
    'view d as select l from v_lock',
    'view c as select l from d',
    'view b as select l from c',
    'view a as select l from b',
    'view v_id as select last_insert_id() as l',
    'table plain_default (id int default 5)',
    'table uuid_default (id varchar(40) default (uuid()))',
    "table generated_from_string (v json, w int generated always as (json_extract(v, '$[0]')))",
    "table escaped_quote (id bigint, v varchar(40) generated always as (concat(weight_string('\\''), id)))",
    'table t1 (id int)',
    'trigger tr after insert on t1 for each row select new.id into @k',
    'trigger tu after update on t1 for each row select new.id into @k',
    'trigger td after delete on t1 for each row delete from y where id = 0',
    'view v_t1 as select * from t1',
    'view v_v_t1 as select * from v_t1 where id < 100',
    'view v_join as select t1.id, y.id as y_id from t1 join y on t1.id < y.id + 100',
    ...perServer({
      MariaDB: [
        'sequence ids',
        'table t2 (id int, l int default nextval(ids), v int default (@@last_insert_id))',
        'table t3 (id int, l int generated always as (@k := id) virtual)',
      ],
      MySQL: ['table t2 (id int, l bigint unsigned default (uuid_short()))'],
    }),
    'view v_t2 as select id from t2',
    'function `count`(i int) returns int no sql return get_lock("a_lock", 0)',
  ];
}

describe('the names of a statement', () => {
  const gateway = specGateway({ connections: 1, connectWait: 0.3 });
  let cursor: CursorClient;

  const url = () => process.env.NETSVC_TEST_DATABASE?.replace('/test?', '/netsvc_names?') ?? '';

  before(async () => {
    await using outside = await otherGateway();
    for (const name of ['netsvc_names', 'netsvc_other']) await recreate(outside, `database ${name}`);
    await using inside = await DatabaseGateway.start(url(), { connections: 1 });
    for (const definition of schema()) await inside.execute(`create ${definition}`);
    await inside.execute('insert into x values (1)');
    await inside.execute('insert into y values (1)');
    await inside.execute('create view netsvc_other.v_far as select netsvc_names.f() as l');
    await inside.execute('create view v_to_other as select l from netsvc_other.v_far');
  });

  beforeEach(async () => {
    await gateway.start({}, url());
    cursor = await gateway.cursor();
  });

  after(async () => {
    await using outside = await otherGateway();
    for (const name of ['netsvc_names', 'netsvc_other']) await outside.execute(`drop database ${name}`);
  });

  /** Why the session is pinned, when it is known what its names do. */
  const pinReason = async () => {
    const [session] = gateway.registry.sessions as Set<Cursor>;
    await until(() => session?.describe().pinReason !== 'unknown table');
    return session?.describe().pinReason;
  };

  /** Whether another session gets the only connection. */
  const isShared = async () => (await gateway.execute('select 1').catch(() => undefined)) !== undefined;

  const pinning: string[] = [
    'select l from x join y on x.id = y.id, v_lock',
    'select l from (x join y on x.id = y.id), v_lock',
    'select * from x where 1 in (select l from x join y on x.id = y.id, v_lock)',
    'select l from x force index for join (), v_lock',
    'update x join y on x.id = y.id, v_lock set x.id = 1 where l > 0',
    'insert into x select l from x join y on x.id = y.id, v_lock',
    'delete x from x join y on x.id = y.id, v_lock where 1 = 0',
    'with q as (select l from x join y on x.id = y.id, v_lock) select * from q',
    'select 1 union select l from y a join y b on a.id = b.id, v_lock',
    'select l from format',
    'select l from ends',
    'select l from x join y using (id), ends',
    'select l from`v_lock`',
    'select l from V_LOCK',
    'select 1e5from v_lock',
    'select l from netsvc_names.v_lock',
    'select l from `netsvc_names` . `v_lock`',
    'select l from 2fa',
    'select l from netsvc_names.5e10',
    'select l from netsvc_names.77',
    'select l from `5e10`, x',
    'select l from größe',
    'select l from `a ``view`',
    'select l from v_v',
    'show columns from x where field in (select l from v_lock)',
    'select l from netsvc_other.v_far',
    'select l from NETSVC_OTHER.v_far',
    'select l from v_to_other',
    'select count (5) from x',
    'values row((select l from v_lock))',
    'table v_lock',
    'explain select l from x join y on x.id = y.id, v_lock',
    'select l from v_id',
    'select l from a',
    'insert into t1 values (1)',
    'delete from t1 where id = 0',
    'insert into v_t1 values (8)',
    'insert into v_v_t1 values (8)',
    'insert into v_join (id) values (8)',
    'update v_v_t1 set id = 9',
    'insert into v_t2 values (8)',
    'insert into t2 (id) values (1)',
    'insert into escaped_quote (id) values (1)',
  ];
  for (const sql of pinning) {
    it(`pin: ${sql}`, async () => {
      // Not every server knows every statement.
      const failed = await cursor.execute(sql).catch((error: Error) => error);
      if (!(failed instanceof Error)) expect(await pinReason()).to.be.a('string');
    });
  }

  for (const sql of [
    'select id from x',
    'select id from netsvc_names.x',
    "select 'v_lock', 5 from y",
    'select * from t1',
    'select * from v_t1',
    'insert into plain_default values ()',
    'insert into uuid_default values ()',
    "insert into generated_from_string (v) values ('[5]')",
  ]) {
    it(`do not pin: ${sql}`, async () => {
      await cursor.execute(sql);
      expect(await pinReason()).to.equal(undefined);
    });
  }

  it('pin if a computed column that is read sets a variable', async function () {
    onlyOn('MariaDB', this, 'MySQL allows no variable there');
    await cursor.execute('select * from t3');
    expect(await pinReason()).to.be.a('string');
  });

  it('keep the id that a default without a parenthesis reads', async function () {
    onlyOn('MariaDB', this, 'MySQL allows no variable there');
    await cursor.execute('select last_insert_id(5)');
    await isShared();
    await cursor.execute('insert into t2 (id) values (7)');
    await isShared();
    expect(await cursor.rows('select v from t2 where id = 7')).to.deep.equal([[5]]);
  });
});

describe('DDL of the gateway', () => {
  const gateway = suiteGateway({ connections: 1, connectWait: 0.3 });

  beforeEach(() => recreate(gateway, 'table s1 (id int, l int)'));

  const TRIGGER = 'create trigger ts1 after insert on s1 for each row select new.id into @k';
  const DEFAULT = 'alter table s1 modify l int default (@k := 5)';
  const ways: [string, string[]][] = [
    ['plain', [TRIGGER]],
    ['in a version-specific comment', [`/*!50003 ${TRIGGER} */`]],
    ['in EXECUTE IMMEDIATE', [`execute immediate '${TRIGGER}'`]],
    ['in SET STATEMENT', [`set statement max_statement_time = 10 for ${TRIGGER}`]],
    ['in BEGIN NOT ATOMIC', [`begin not atomic ${DEFAULT}; end`]],
    [
      'in a procedure',
      ['drop procedure if exists changing', `create procedure changing() ${DEFAULT}`, 'call changing()'],
    ],
  ];
  for (const [what, statements] of ways) {
    it(`is noticed: ${what}`, async function () {
      if (what !== 'plain' && what !== 'in a version-specific comment') {
        onlyOn('MariaDB', this, 'MySQL creates no trigger there');
      }
      const before = await gateway.cursor();
      await before.execute('insert into s1 (id) values (1)');
      await before.call('close');
      const changing = await gateway.cursor();
      for (const sql of statements.slice(0, -1)) await changing.execute(sql);
      await changing.call('close');
      const last = await gateway.cursor();
      // Meanwhile the names are known again.
      await last.execute('insert into s1 (id) values (1)');
      await last.execute(statements.at(-1) ?? '');
      await last.call('close');
      const session = await gateway.cursor();
      await session.execute('insert into s1 (id) values (5)');
      await gateway.execute('select 1').catch(() => {});
      const seen = await session.rows('select @k');
      await session.call('close');
      expect(seen).to.deep.equal([[5]]);
    });
  }
});

describe('a client with statements about tables that do not exist', () => {
  it('does not pin the sessions of others, and does not make them wait', async function () {
    const proxy = await CommandProxy.start(testDatabase(this));
    const gateway = await DatabaseGateway.start(proxy.url, { connections: 3, connectWait: 1 });
    const [client, other] = [await gateway.cursor(), await gateway.cursor()];
    await other.execute('select * from numbers where seq = 1');
    const asked = () => proxy.received.filter(({ text }) => /information_schema\.|GLOBAL STATUS/.test(text)).length;
    const before = asked();
    for (let i = 0; i < 30; i++) {
      const tables = Array.from({ length: 99 }, (_, j) => `t${i}_${j}`);
      await faultOf(client.execute(`select 1 from ${tables.join(', ')}`));
      await faultOf(client.execute('alter table nosuch add x int'));
      await other.execute('select * from numbers where seq = 1');
    }
    expect(asked()).to.equal(before);
    await client.call('close');
    await until(() => gateway.pool.counts.parked === 1);
    await gateway.stop();
    await proxy.stop();
  });
});

describe('a client that changes the schema all the time', () => {
  const LOOPS: Readonly<Record<string, string[]>> = {
    'by DDL': ['create or replace view stormy as select 1'],
    'perhaps, in procedures': ['call stormy_p()'],
    'perhaps, in procedures that fail, with DDL that fails': ['call stormy_f()', 'alter table nosuch add x int'],
  };
  for (const [what, statements] of Object.entries(LOOPS)) {
    it(`does not pin the sessions of others, and does not make them wait: ${what}`, async function () {
      const proxy = await CommandProxy.start(testDatabase(this));
      const gateway = await DatabaseGateway.start(proxy.url, { connections: 4, connectWait: 3 });
      await recreate(gateway, 'procedure stormy_p() select 1');
      await recreate(gateway, 'procedure stormy_f() signal sqlstate "45000"');
      const clients = [await gateway.cursor(), await gateway.cursor()];
      const others = await Promise.all(Array.from({ length: 5 }, () => gateway.cursor()));
      let ended = false;
      const looping = clients.map(async (client) => {
        while (!ended) for (const sql of statements) await client.execute(sql).catch(() => {});
      });
      for (let i = 0; i < 20; i++) {
        await Promise.all(others.map((other) => other.execute('select * from numbers where seq = 1')));
      }
      ended = true;
      await Promise.all([...looping, ...clients.map((client) => client.call('close'))]);
      await until(() => gateway.pool.counts.pinned === 0);
      await gateway.execute('drop view if exists stormy');
      await gateway.stop();
      await proxy.stop();
    });
  }
});

describe('a server that does not say which names have effects', () => {
  const gateway = specGateway({ connections: 1, connectWait: 0.3 });
  let proxy: CommandProxy;

  beforeEach(async function () {
    proxy = await CommandProxy.start(testDatabase(this));
    await gateway.start({}, proxy.url);
  });

  afterEach(() => proxy?.stop());

  it('pins a session, until it has said so', async () => {
    const cursor = await gateway.cursor();
    const failed = proxy.interrupt(({ text }) => text.includes('information_schema.'));
    await cursor.execute('select * from numbers limit 1');
    await failed;
    const [session] = gateway.registry.sessions as Set<Cursor>;
    expect(session?.describe().pinReason).to.equal('unknown table');
    await until(() => gateway.pool.counts.parked === 1);
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
    await cursor.call('close');
  });

  it('keeps what a statement has done of which it says later that it pins', async () => {
    await recreate(gateway, 'table late (id int)');
    await recreate(gateway, 'trigger late_trigger after insert on late for each row select new.id into @k');
    const cursor = await gateway.cursor();
    const failed = proxy.interrupt(({ text }) => text.includes('information_schema.'));
    await cursor.execute('insert into late values (5)');
    await failed;
    const [session] = gateway.registry.sessions as Set<Cursor>;
    await until(() => session?.describe().pinReason === 'trigger');
    expect(await cursor.rows('select @k')).to.deep.equal([[5]]);
  });

  it('is asked again, but not for each statement', async () => {
    const failed = proxy.interrupt(({ text }) => text.includes('information_schema.'));
    await gateway.execute('select 1');
    await failed;
    const asked = proxy.received.length;
    await gateway.execute('select 2');
    const again = proxy.received.slice(asked).filter(({ text }) => text.includes('STATUS'));
    expect(again).to.have.length(0);
    await until(async () => {
      await gateway.execute('select 1');
      return proxy.received.slice(asked).some(({ text }) => text.includes('information_schema.'));
    });
    const other = await gateway.cursor();
    await other.execute('select 1');
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
  });

  it('is not asked for the statements of sessions with connections of their own', async () => {
    await using own = await DatabaseGateway.start(proxy.url, { connections: 2, pin: true });
    const cursor = await own.cursor();
    const before = proxy.received.length;
    await cursor.execute('select * from numbers limit 1');
    await cursor.execute('begin');
    await cursor.execute('select 1');
    expect(proxy.received.slice(before).filter(({ text }) => /information_schema\.|STATUS/.test(text))).to.deep.equal(
      [],
    );
  });

  it(`is asked by a statement that waits, whose session ends`, async () => {
    const withheld = proxy.withhold('answer', ({ text }) => text.includes('information_schema.'));
    const cursor = await gateway.cursor();
    const executed = cursor.execute('select 5 from numbers limit 1').catch((error: Error) => error);
    const { release } = await withheld;
    const closed = cursor.call('close');
    await until(() => gateway.registry.sessions.size === 0);
    release();
    await closed;
    expect(await executed).to.be.instanceOf(Error);
    expect(proxy.received.some(({ text }) => text.includes('select 5'))).to.equal(false);
  });
});
