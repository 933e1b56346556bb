import { expect } from 'chai';
import { faultOf } from '../../support/client.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway, sessionForEach, suiteGateway } from '../../support/suite-gateway.js';
import { onlyOn } from '../../support/test-server.js';
import { until } from '../../support/until.js';

describe('a statement that MySQL refuses', () => {
  const gateway = suiteGateway({ connections: 1, connectWait: 0.3 });
  const cursor = sessionForEach(gateway);

  before(async () => {
    for (const definition of [
      'table refused (id int)',
      'function refused_function() returns int no sql begin do get_lock("refused", 0); signal sqlstate "42S02" set mysql_errno = 1146; return 1; end',
      'procedure refused_procedure() begin do get_lock("refused", 0); select * from nosuch; end',
    ]) {
      await recreate(gateway, definition);
    }
  });

  const isShared = () =>
    gateway.execute('select 1').then(
      () => true,
      () => false,
    );

  const refused = [
    'selec 1',
    'select nosuchfunction(1)',
    'select test.nosuchfunction(1)',
    'select get_lock(1)',
    'select nosuch, @x from refused',
    'select @x from nosuch',
    'select 1; select 2',
    'begin transaction',
    'call nosuch()',
    'execute nosuch',
    'prepare p from "selec 1"',
    'use nosuch',
    'set @@nosuch = 1',
    "set names 'nosuch'",
    "set sql_mode = 'nosuch'",
    'lock tables nosuch write',
    'handler nosuch open',
    'create temporary table refused_2 as select nosuch',
    'rollback to nosuch',
    'select nosuch from refused into @x',
    '/*!50000 selec */ 1',
    "select 'it\\'s' fom refused",
  ];
  for (const sql of refused) {
    it(`pins nothing: ${sql}`, async () => {
      expect((await faultOf(cursor.execute(sql))).string).to.match(/^(mysql|db) -- /);
      expect(await isShared()).to.equal(true);
    });
  }

  const ran: string[] = [
    'select refused_function()',
    'select refused_function(), nosuch from refused',
    'call refused_procedure()',
    'begin not atomic do get_lock("refused", 0); select * from nosuch; end',
    'if 1 then do get_lock("refused", 0); select * from nosuch; end if',
    "execute immediate concat('cal', 'l refused_procedure()')",
  ];
  for (const sql of ran) {
    it(`keeps what it has done before: ${sql}`, async function () {
      if (!/^(select|call)/.test(sql)) onlyOn('MariaDB', this, 'MySQL does not have the statement');
      await faultOf(cursor.execute(sql));
      expect(await isShared()).to.equal(false);
    });
  }

  it('leaves a session pinned that was pinned before', async () => {
    await cursor.execute("select get_lock('refused', 0)");
    await faultOf(cursor.execute('selec 1'));
    expect(await isShared()).to.equal(false);
  });

  it('leaves a transaction open', async () => {
    await cursor.call('begin');
    await faultOf(cursor.execute('selec 1'));
    expect(await isShared()).to.equal(false);
    await cursor.call('rollback');
    expect(await isShared()).to.equal(true);
  });

  it('pins nothing in a new process', async () => {
    await using other = await otherGateway({ connections: 1, connectWait: 1 });
    const session = await other.cursor();
    await faultOf(session.execute('select nosuchfunction(1)'));
    await until(() => other.pool.counts.parked === 1);
  });
});
