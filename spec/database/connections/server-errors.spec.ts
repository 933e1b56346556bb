import { expect } from 'chai';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { parseMysqlUrl } from '#lib/database/index.js';
import { faultOf } from '../../support/client.js';
import { testDatabase } from '../../support/mariadb.js';
import { run } from '../../support/netsvc-process.js';
import { specGateway } from '../../support/suite-gateway.js';
import { onlyOn, pend, perServer } from '../../support/test-server.js';
import { until } from '../../support/until.js';

const GONE = { code: 2006, string: 'mysql -- MySQL server has gone away' };

const USER = 'netsvc_spec';

/** A query that takes minutes. */
const LONG = 'select count(*) from numbers a, numbers b where mod(a.seq * b.seq, 7) = 3';

describe('a server', () => {
  let administrator: Connection;
  const gateway = specGateway();

  before(async function () {
    administrator = await createConnection(parseMysqlUrl(testDatabase(this)).connection);
  });

  after(() => administrator?.end());

  /** Sets a global variable while `during` runs. */
  const set = async (variable: string, value: string, during: () => Promise<void>) => {
    const [[row] = []] = await administrator.query<RowDataPacket[]>(`select @@global.${variable} as was`);
    await administrator.query(`set global ${variable} = ${value}`);
    try {
      await during();
    } finally {
      await administrator.query(`set global ${variable} = ${row?.was}`);
    }
  };

  it('that closes idle connections: fault 2006, once, for a pinned session; no fault for the others', async () => {
    await gateway.start({ init: ['set wait_timeout = 1'], connections: 3 });
    const [pinned, parked] = [await gateway.cursor(), await gateway.cursor()];
    await pinned.execute('set @mine = 7');
    expect(await parked.rows('select last_insert_id(5)')).to.deep.equal([[5]]);
    await gateway.execute('select 1');
    await until(() => gateway.pool.counts.idle === 1);
    await until(() => gateway.pool.counts.open === 0);
    expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
    expect(await parked.rows('select 1')).to.deep.equal([[1]]);
    expect(await faultOf(pinned.execute('select 1'))).to.deep.equal(GONE);
    expect(await pinned.rows('select @mine')).to.deep.equal([[null]]);
  });

  it('that stops a statement by a time limit of its own: its error, and the session stays open', async () => {
    await gateway.start();
    const cursor = await gateway.cursor();
    await cursor.execute('set @mine = 7');
    const { statement, fault } = perServer({
      MySQL: {
        statement: LONG.replace('select', 'select /*+ max_execution_time(100) */'),
        fault: {
          code: 3024,
          string: 'mysql -- Query execution was interrupted, maximum statement execution time exceeded',
        },
      },
      MariaDB: {
        statement: `set statement max_statement_time = 0.1 for ${LONG}`,
        fault: { code: 1969, string: 'mysql -- Query execution was interrupted (max_statement_time exceeded)' },
      },
    });
    expect(await faultOf(cursor.execute(statement))).to.deep.equal(fault);
    expect(await cursor.rows('select @mine')).to.deep.equal([[7]]);
  });

  for (const errno of [1900, 1969, 1999, 3000, 3140, 3999, 4000, 4025, 4999, 6000]) {
    it(`that reports error ${errno}: a fault with its text, and the session stays open`, async () => {
      await gateway.start();
      const cursor = await gateway.cursor();
      await cursor.execute('set @mine = 7');
      const statement = `signal sqlstate '45000' set mysql_errno = ${errno}, message_text = 'the text – of it'`;
      const fault = { code: errno, string: 'mysql -- the text – of it' };
      expect(await faultOf(cursor.execute(statement))).to.deep.equal(fault);
      expect(await faultOf(gateway.execute(statement))).to.deep.equal(fault);
      expect(await cursor.rows('select @mine')).to.deep.equal([[7]]);
    });
  }

  it('that requires TLS: fault 3159 without it, and one line from bin/netsvc', async function () {
    onlyOn('MySQL', this, 'this MariaDB has no TCP');
    const [[row] = []] = await administrator.query<RowDataPacket[]>('select @@port as port, @@skip_networking as off');
    if (row?.off) pend(this, 'the server has no TCP');
    const { username, pathname } = new URL(testDatabase(this));
    const url = (parameters: string) => `mysql://${username}@localhost:${row?.port}${pathname}?${parameters}`;
    const message = 'Connections using insecure transport are prohibited while --require_secure_transport=ON.';
    await set('require_secure_transport', '1', async () => {
      await gateway.start({}, url(''));
      const fault = { code: 3159, string: `mysql -- ${message}` };
      expect(await faultOf(gateway.execute('select 1'))).to.deep.equal(fault);
      const { status, stderr } = await run('netsvc', ['--port', '0', '--database', url('')]);
      expect([status, stderr]).to.deep.equal([1, `netsvc: database database: ${message}\n`]);
      await gateway.stop();
      await gateway.start({}, url('ssl-mode=REQUIRED'));
      expect(await gateway.execute('select 1')).to.deep.equal([[1]]);
    });
  });

  it('that goes offline: faults 2006 and 2013, then 3032 until it is back', async function () {
    onlyOn('MySQL', this, 'MariaDB has no offline mode');
    const { database } = parseMysqlUrl(testDatabase(this)).connection;
    await administrator.query(`drop user if exists ${USER}`);
    await administrator.query(`create user ${USER}`);
    await administrator.query(`grant select on ${administrator.escapeId(String(database))}.* to ${USER}`);
    const url = new URL(testDatabase(this));
    url.username = USER;
    await gateway.start({ connectWait: 1 }, url.href);
    const [pinned, parked, running] = [await gateway.cursor(), await gateway.cursor(), await gateway.cursor()];
    await pinned.execute('set @mine = 7');
    await parked.execute('select 1');
    const interrupted = faultOf(running.execute(LONG));
    const find = `select 1 from information_schema.processlist where user = '${USER}' and info like '%mod(%'`;
    await until(async () => (await administrator.query<RowDataPacket[]>(find))[0].length === 1);
    const offline = { code: 3032, string: 'mysql -- The server is currently in offline mode' };
    await set('offline_mode', '1', async () => {
      expect((await interrupted).code).to.equal(2013);
      await until(() => gateway.pool.counts.open === 0);
      expect(await faultOf(pinned.execute('select 1'))).to.deep.equal(GONE);
      for (const session of [pinned, parked, running]) {
        expect(await faultOf(session.execute('select 1'))).to.deep.equal(offline);
      }
    });
    await until(() => !gateway.pool.unreachable);
    for (const session of [pinned, parked, running]) expect(await session.rows('select 1')).to.deep.equal([[1]]);
    await administrator.query(`drop user ${USER}`);
  });
});
