import { expect } from 'chai';
import type { CursorClient, DatabaseGateway } from '../support/database-gateway.js';
import { recreate } from '../support/recreate.js';
import { otherGateway, suiteGateway } from '../support/suite-gateway.js';
import { serverKind } from '../support/test-server.js';
import { until } from '../support/until.js';

const STARTED = ["xa start 'x'", 'insert into xa_rows values (1)'];
const ENDED = [...STARTED, "xa end 'x'"];
const PREPARED = [...ENDED, "xa prepare 'x'"];

/** What a session does before it is closed. */
const UNPREPARED: Readonly<Record<string, readonly string[]>> = {
  'that has been started': ["xa start 'x'"],
  'with changes': STARTED,
  'that has ended': ENDED,
  'in which a statement has failed': [...STARTED, 'select no_such_column'],
  'that has failed to commit': [...ENDED, "xa commit 'y'"],
  'in a session without autocommit': ['set autocommit = 0', ...STARTED],
};

const PREPARING: Readonly<Record<string, readonly string[]>> = {
  'by statements': PREPARED,
  'in comments': PREPARED.map((statement) => `/*!50000 ${statement} */`),
  'before a statement fails': [...PREPARED, 'select no_such_column'],
  'in a procedure': ['call prepares_xa(0)'],
  'in a procedure that fails': ['call prepares_xa(1)'],
  'in a procedure that returns rows': ['call prepares_xa(2)'],
  'in a procedure that seems to be refused': ['call prepares_xa(3)'],
  'without autocommit': ['set autocommit = 0', ...PREPARED],
};

/** The other sessions may use the table only when MySQL has noticed that the connection is closed. */
const SOON = 'set innodb_lock_wait_timeout = 5';

describe('an XA transaction of a session that is closed', () => {
  const outside = suiteGateway({ pin: true });
  let gateway: DatabaseGateway;
  /** Keeps its connection. */
  let other: CursorClient;

  before(async () => {
    await recreate(outside, 'table xa_rows (id int) engine = InnoDB');
    await recreate(
      outside,
      'procedure prepares_xa(how int) begin ' +
        `${PREPARED.join('; ')}; ` +
        "if how = 1 then signal sqlstate '45000'; end if; if how = 2 then select 1; end if; " +
        "if how = 3 then signal sqlstate '42000'; end if; end",
    );
    other = await outside.cursor();
  });

  beforeEach(async () => {
    await other.execute('truncate table xa_rows');
    gateway = await otherGateway({ connections: 1 });
  });

  afterEach(() => gateway?.stop());

  const leave = async (statements: readonly string[]) => {
    const cursor = await gateway.cursor();
    for (const statement of statements) {
      await cursor.execute(statement).catch((error: Error) => {
        expect(error.message).to.match(/no_such_column|XAER_|user-defined/);
      });
    }
    await cursor.call('close');
  };

  const expectUsable = async () => {
    const cursor = await gateway.cursor();
    await cursor.execute(SOON);
    await cursor.execute('insert into xa_rows values (2)');
    expect(await cursor.rows('select id from xa_rows where id = 2')).to.deep.equal([[2]]);
    await cursor.call('close');
  };

  for (const [title, statements] of Object.entries(UNPREPARED)) {
    it(`is rolled back, and others are not affected: one ${title}`, async () => {
      await leave(statements);
      await expectUsable();
      expect(await other.rows('select * from xa_rows')).to.deep.equal([[2]]);
      expect(await other.rows('xa recover')).to.deep.equal([]);
    });
  }

  const expectPrepared = (detaching: boolean) => {
    for (const [title, statements] of Object.entries(PREPARING)) {
      it(`can be committed by another session, and others are not affected: one prepared ${title}`, async () => {
        const [[before]] = (await other.rows('select @@autocommit')) as [[unknown]];
        expect(before).to.equal(1);
        if (!detaching) await other.execute('set global xa_detach_on_prepare = off');
        try {
          await leave(statements);
          await expectUsable();
          await until(() =>
            other.execute("xa commit 'x'").then(
              () => true,
              () => false,
            ),
          );
        } finally {
          if (!detaching) await other.execute('set global xa_detach_on_prepare = on');
        }
        expect(await other.rows('select * from xa_rows order by id')).to.deep.equal([[1], [2]]);
        expect(await other.rows('xa recover')).to.deep.equal([]);
      });
    }
  };

  expectPrepared(true);

  describe('of MySQL, which does not detach it from its session', () => {
    before(function () {
      if (serverKind() !== 'MySQL') this.skip();
    });

    expectPrepared(false);
  });

  it('ends with the connection, and no other transaction does', async () => {
    const connection = async () => gateway.execute('select connection_id()');
    const before = await connection();
    for (const statements of [['begin', 'insert into xa_rows values (3)'], ['select no_such_column']]) {
      await leave(statements);
      expect(await connection()).to.deep.equal(before);
    }
    await leave(STARTED);
    expect(await connection()).not.to.deep.equal(before);
  });
});
