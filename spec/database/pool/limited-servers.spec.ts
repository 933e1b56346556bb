import { expect } from 'chai';
import { faultOf } from '../../support/client.js';
import type { GatewayOptions } from '../../support/database-gateway.js';
import { COMMANDS, ProtocolProxy, type Restrictions } from '../../support/protocol-proxy.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway, specGateway } from '../../support/suite-gateway.js';
import { until } from '../../support/until.js';

/** What a session leaves on its connection, and a query that finds it. */
const REMAINS: [string, string[], string][] = [
  ['variables', ['set @mine = 1'], 'select @mine is null'],
  ['temporary tables', ['create temporary table mine (id int)'], 'select 1 from numbers where seq = 1'],
  ['system variables', ["set sql_mode = 'ansi_quotes'"], "select @@sql_mode not like '%ansi_quotes%'"],
  ['locks', ["select get_lock('limited', 0)"], "select is_free_lock('limited')"],
  ['prepared statements', ["prepare p from 'select 1'"], 'select 1'],
  ['a transaction', ['begin', 'insert into limited values (1)'], 'select count(*) = 0 from limited'],
  ['another schema', ['use information_schema'], "select database() <> 'information_schema'"],
];

describe('a server', () => {
  const gateway = specGateway({ connections: 1, connectWait: 2 });
  let proxy: ProtocolProxy;

  before(async () => {
    await using direct = await otherGateway();
    await recreate(direct, 'table limited (id int)');
  });

  afterEach(() => proxy?.stop());

  const start = async (restrictions: Restrictions, options: GatewayOptions = {}) => {
    proxy = await ProtocolProxy.start(process.env.NETSVC_TEST_DATABASE ?? '', restrictions);
    await gateway.start(options, proxy.url);
  };

  const connectionId = async () => ((await gateway.execute('select connection_id()')) as number[][])[0]?.[0];

  /** Checks that nothing of a session reaches the next one. */
  const expectIsolation = async () => {
    for (const [what, statements, query] of REMAINS) {
      const cursor = await gateway.cursor();
      for (const statement of statements) await cursor.execute(statement);
      await cursor.call('close');
      const next = await gateway.cursor();
      expect(await next.rows(query), what).to.deep.equal([[1]]);
      expect((await faultOf(next.execute('select * from mine'))).code, what).to.equal(1);
      expect((await faultOf(next.execute('execute p'))).code, what).to.equal(1243);
      await next.call('close');
    }
  };

  describe('that does not report session state', () => {
    it('pins every session from its first statement to its end', async () => {
      await start({ noSessionTracking: true });
      const cursor = await gateway.cursor();
      expect(await cursor.rows('select 1')).to.deep.equal([[1]]);
      expect(gateway.pool.counts).to.include({ open: 1, idle: 0, parked: 0, waiting: 0 });
      expect((await faultOf(gateway.execute('select 1'))).code).to.equal(51);
      await cursor.call('close');
      expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
    });

    it('has isolated sessions, on one connection', async () => {
      await start({ noSessionTracking: true });
      const id = await connectionId();
      await expectIsolation();
      expect(await connectionId()).to.equal(id);
      expect(proxy.commands).to.include(COMMANDS.resetConnection);
    });

    it('keeps what a session sets for its later statements', async () => {
      await start({ noSessionTracking: true });
      const cursor = await gateway.cursor();
      await cursor.execute('set @mine = 7');
      expect(await cursor.rows('select @mine')).to.deep.equal([[7]]);
      await cursor.execute('insert into limited values (1), (2)');
      expect(await cursor.rows('select row_count()')).to.deep.equal([[2]]);
      await cursor.execute('delete from limited');
      await cursor.execute('begin');
      await cursor.execute('insert into limited values (3)');
      await cursor.call('rollback');
      expect(await cursor.rows('select count(*) from limited')).to.deep.equal([[0]]);
    });

    it('keeps statements and results in UTF-8, whichever character set a session sets', async () => {
      await start({ noSessionTracking: true });
      const cursor = await gateway.cursor();
      for (const statement of ['set names latin1', 'set character_set_client = gbk', 'set character set latin1']) {
        await cursor.execute(statement);
        expect(await cursor.rows('select %s, char_length(%s)', ['é€', 'é€']), statement).to.deep.equal([['é€', 2]]);
      }
    });
  });

  describe('that does not have COM_RESET_CONNECTION', () => {
    it('has isolated sessions, on one connection, by COM_CHANGE_USER', async () => {
      await start({ unknownCommands: [COMMANDS.resetConnection] });
      const id = await connectionId();
      await expectIsolation();
      expect(await connectionId()).to.equal(id);
      expect(proxy.commands).to.include(COMMANDS.changeUser);
    });

    it('has multiplexed sessions', async () => {
      await start({ unknownCommands: [COMMANDS.resetConnection] });
      const [first, second] = [await gateway.cursor(), await gateway.cursor()];
      expect(await first.rows('select last_insert_id(5)')).to.deep.equal([[5]]);
      await until(() => gateway.pool.counts.parked === 1);
      expect(await second.rows('select last_insert_id()')).to.deep.equal([[0]]);
      expect(await first.rows('select last_insert_id()')).to.deep.equal([[5]]);
    });

    it('runs the configured statements after each COM_CHANGE_USER', async () => {
      await start({ unknownCommands: [COMMANDS.resetConnection] }, { init: ["set time_zone = '+03:00'"] });
      for (let i = 0; i < 3; i++) {
        const cursor = await gateway.cursor();
        expect(await cursor.rows('select @@time_zone')).to.deep.equal([['+03:00']]);
        await cursor.execute("set time_zone = '+01:00'");
        await cursor.call('close');
      }
    });
  });

  describe('that has neither COM_RESET_CONNECTION nor COM_CHANGE_USER', () => {
    it('has isolated sessions, each on a new connection', async () => {
      await start({ unknownCommands: [COMMANDS.resetConnection, COMMANDS.changeUser] });
      const id = await connectionId();
      await expectIsolation();
      expect(await connectionId()).to.not.equal(id);
    });
  });
});
