import { expect } from 'chai';
import { type Connection, createConnection } from 'mysql2';
import { addCommand, type LargeRows, receiveLargeRows } from '#lib/database/driver/driver-internals.js';
import { driverOptions } from '#lib/database/driver/driver-options.js';
import type { OkReport } from '#lib/database/driver/ok-packet.js';
import type { OkPacket, ResultSink } from '#lib/database/driver/result-sink.js';
import { StatementCommand, type StatementObserver } from '#lib/database/driver/statement-command.js';
import type { StatementOutcome } from '#lib/database/errors/statement-outcome.js';
import { parseMysqlUrl } from '#lib/database/index.js';
import { cellRows } from '#lib/database/rows/row-packet.js';
import { FakeServer } from '../../support/fake-server.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';

/** The status flag behind a statement that has changed session state. */
const STATE_CHANGED = 0x4000;

describe('StatementCommand', () => {
  let driver: Connection;
  let largeRows: LargeRows;
  /** What the sink has received of the last statement. */
  let received: unknown[];
  let reports: OkReport[];

  beforeEach(async function () {
    const url = testDatabase(this);
    driver = createConnection(driverOptions(parseMysqlUrl(url).connection, 10_000, false));
    await new Promise<void>((resolve, reject) => driver.connect((error) => (error ? reject(error) : resolve())));
    largeRows = receiveLargeRows(driver);
  });

  afterEach(() => driver.destroy());

  /** Runs a statement. A failed one has an outcome, too. */
  const run = (sql: string) => {
    received = [];
    reports = [];
    let columns = 0;
    const sink: ResultSink = {
      beginRows: (defined) => {
        columns = defined.length;
        received.push(defined.map(({ name, encoding }) => `${name} ${encoding}`));
      },
      addRows: (batch) => {
        for (const cells of cellRows(columns, [batch])) received.push(cells.join());
      },
      addToLargeRow: () => {},
      endLargeRow: () => {},
      endRows: () => received.push('end'),
      addOk: ({ affectedRows, insertId }: OkPacket) => received.push({ affectedRows, insertId }),
    };
    return new Promise<StatementOutcome>((resolve) => {
      const observer: StatementObserver = {
        received() {},
        noteOk: (report) => reports.push(report),
        noteRowsEnd() {},
        end: resolve,
        fail: (_error, outcome) => resolve(outcome),
      };
      addCommand(driver, new StatementCommand(sql, sink, observer, largeRows));
    });
  };

  it('passes columns and rows on', async () => {
    const outcome = await run("select 'a' as `ä`, 1 as b union all select 'c', 2");
    expect(received).to.deep.equal([['ä utf8', 'b binary'], 'a,1', 'c,2', 'end']);
    expect([outcome.rows, outcome.affectedRows, outcome.failure]).to.deep.equal([2, undefined, 'none']);
  });

  it('passes each result of a procedure on, and the error behind them', async () => {
    await recreate({ execute: run }, 'procedure results() begin select 1 as a; select 2 as b; select missing.x; end');
    const outcome = await run('call results()');
    expect(received).to.deep.equal([['a binary'], '1', 'end', ['b binary'], '2', 'end']);
    expect([outcome.failure, outcome.rows]).to.deep.equal(['refused', 2]);
  });

  it('ends no result set in which an error stands', async () => {
    await recreate(
      { execute: run },
      'function fails(n int) returns int begin if n = 2 then signal sqlstate "45000"; end if; return n; end',
    );
    await run('set @n = 0');
    const outcome = await run('select fails(n) from (select 1 as n union all select 2) as numbers');
    expect([received.at(-1), outcome.failure]).to.deep.equal(['1', 'failed']);
  });

  it('counts up to 65,535 warnings', async () => {
    await run('set session max_error_count = 65535');
    const numbers = 'select 1 as n union all select 2 union all select 3 union all select 4';
    const many = `(${numbers}) as a${'bcdefgh'.replaceAll(/./g, (name) => `, (${numbers}) as ${name}`)}`;
    expect((await run(`select count(cast(concat('x', a.n) as signed)) from ${many}`)).warnings).to.equal(65_535);
  });

  it('reports the number of an insert, with all digits', async () => {
    await run('create temporary table numbered (id bigint unsigned auto_increment primary key)');
    await run('insert into numbered values (18446744073709551614)');
    expect(received).to.deep.equal([{ affectedRows: 1, insertId: -2 }]);
    await run('insert into numbered values (9007199254740995)');
    expect(received).to.deep.equal([{ affectedRows: 1, insertId: '9007199254740995' }]);
  });

  it('reports the variables that have changed', async () => {
    await run("set session_track_system_variables = 'character_set_client'");
    await run('set character_set_client = latin1');
    expect(reports[0]?.variables).to.include({ character_set_client: 'latin1' });
    await run('do 0');
    expect(reports[0]?.variables).to.deep.equal({});
  });

  it('sends statements in UTF-8, whatever the character set of the client is', async () => {
    await run('set character_set_client = latin1');
    await run("select hex('é')");
    // MySQL was told latin1 and has read the two bytes of UTF-8 as two characters, which it converts back.
    expect(received[1]).to.equal('C383C2A9');
  });

  it('reports whether something other than a transaction has changed', async () => {
    await run('set session_track_state_change = 1');
    for (const change of ['set @x = 1', 'create temporary table changed (id int)', 'use information_schema']) {
      await run(change);
      const [{ status, onlyTransactions } = { status: 0, onlyTransactions: true }] = reports;
      expect([status & STATE_CHANGED, onlyTransactions], change).to.deep.equal([STATE_CHANGED, false]);
    }
    for (const transaction of ['begin', 'commit']) {
      await run(transaction);
      const [{ status, onlyTransactions } = { status: 0, onlyTransactions: true }] = reports;
      expect(onlyTransactions, transaction).to.equal((status & STATE_CHANGED) !== 0);
    }
  });

  it('closes the connection to a server that asks for a file', async () => {
    const server = await FakeServer.greeting(async (connection) => {
      connection.send(Buffer.of(0, 0, 0, 2, 0, 0, 0));
      await connection.receive();
      connection.send(Buffer.of(0xfb), '/etc/passwd');
    });
    driver.destroy();
    driver = createConnection({ host: '127.0.0.1', port: server.port });
    largeRows = receiveLargeRows(driver);
    driver.on('error', () => {});
    expect((await run('select 1')).failure).to.equal('failed');
    await server.stop();
  });
});
