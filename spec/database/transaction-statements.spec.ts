import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { call, faultOf } from '../support/client.js';
import { CommandProxy } from '../support/command-proxy.js';
import { DatabaseGateway } from '../support/database-gateway.js';
import { testDatabase } from '../support/mariadb.js';
import { recreate } from '../support/recreate.js';
import { type PerServer, pend, perServer } from '../support/test-server.js';
import { until } from '../support/until.js';
import { DISGUISES, ENDING_STATEMENTS, HARMLESS_STATEMENTS } from './ending-statements.js';

const COMMITTED = 'may have committed what ran before it';

const insert = (v: number) => `insert into kinds values (${v})`;

describe('a transaction in one call', () => {
  let proxy: CommandProxy;
  let gateway: DatabaseGateway;

  before(async function () {
    proxy = await CommandProxy.start(testDatabase(this));
    gateway = await DatabaseGateway.start(proxy.url, { connections: 3 });
    await recreate(gateway, 'table kinds (v int primary key) engine=InnoDB');
    await recreate(gateway, 'table other (v int) engine=InnoDB');
    for (const [name, body] of Object.entries(PROCEDURES)) {
      await recreate(gateway, `procedure ${name}() begin ${body} end`);
    }
  });

  after(async () => {
    await gateway?.stop();
    await proxy?.stop();
  });

  beforeEach(() => gateway.execute('delete from kinds'));

  const transaction = (...statements: string[]) =>
    call(
      gateway.url,
      'transaction',
      statements.map((statement) => [statement]),
    );
  const rows = async () => ((await gateway.execute('select v from kinds order by v')) as number[][]).flat();

  /** Returns how a list is not refused because of its second statement, before anything of it runs. */
  const flawOf = async (statement: string): Promise<string | undefined> => {
    const { length } = proxy.received;
    const answer = await faultOf(transaction(insert(1), statement, insert(2))).catch((error: Error) => error);
    // The tables of statements before may still be looked up, and their connections reset.
    const others = /information_schema|^RESET$|^SET .*autocommit = IF/;
    const sent = proxy.received.slice(length).flatMap(({ text }) => (others.test(text) ? [] : [text]));
    if (sent.length > 0) return `${statement}: MySQL received ${sent.join('; ')}`;
    if (answer instanceof Error) return `${statement}: ${answer.message}`;
    const isClear = answer.code === 56 && /statement 2 of 3$/.test(answer.string) && !answer.string.includes(COMMITTED);
    return isClear ? undefined : `${statement}: ${answer.code} ${answer.string}`;
  };

  for (const [kind, statements] of Object.entries(ENDING_STATEMENTS)) {
    it(`runs nothing with ${kind}, however it is written`, async () => {
      const ends = [statements[0] ?? '', statements.at(-1) ?? ''];
      const disguised = DISGUISES.flatMap((disguise) => ends.map(disguise));
      const flaws: string[] = [];
      for (const statement of [...statements, ...disguised]) {
        const flaw = await flawOf(statement);
        if (flaw) flaws.push(flaw);
      }
      expect(flaws).to.deep.equal([]);
      expect(await rows()).to.deep.equal([]);
    });
  }

  it('runs nothing with a statement that ends it and has arguments', async () => {
    const statements = [[insert(1)], ['set autocommit = %s', [1]]];
    expect((await faultOf(call(gateway.url, 'transaction', statements))).code).to.equal(56);
    expect(await rows()).to.deep.equal([]);
  });

  for (const statements of HARMLESS_STATEMENTS) {
    it(`commits with ${statements.join('; ')}`, async () => {
      await transaction(insert(1), ...statements, insert(2));
      expect(await rows()).to.deep.equal([1, 2]);
    });
  }

  describe('with a statement that ends it unseen', () => {
    const hidden: [what: string, statements: string[] | PerServer<string[] | undefined>][] = [
      ['a procedure that commits', ['call commits()']],
      ['a procedure that commits and begins another one', ['call begins()']],
      ['a procedure that commits and chains', ['call chains()']],
      ['a procedure that begins another one', ['call restarts()']],
      ['a procedure that changes tables', ['call defines()']],
      ['a procedure that calls one that commits', ['call nests()']],
      ['a prepared COMMIT', ["prepare s from 'commit'", 'execute s']],
      ['a prepared COMMIT AND CHAIN', ["prepare s from 'commit and chain'", 'execute s']],
      ['EXECUTE IMMEDIATE', { MariaDB: ["execute immediate 'commit'"], MySQL: undefined }],
      ['EXECUTE IMMEDIATE of a BEGIN', { MariaDB: ["execute immediate concat('be', 'gin')"], MySQL: undefined }],
      ['SET STATEMENT', { MariaDB: ['set statement lock_wait_timeout = 1 for call commits()'], MySQL: undefined }],
      ['an executable comment', ['/*! commit */']],
      ['an executable comment with a version', ['/*!40000 commit and chain */']],
      ['an executable comment of MariaDB', { MariaDB: ['/*M! commit */'], MySQL: undefined }],
      ['an executable comment around its beginning', ['/*! begin */ /* work */']],
    ];
    for (const [what, given] of hidden) {
      /** Returns the rows that `statements` leave, after their fault. */
      const leaves = async (context: Mocha.Context, ...after: string[]) => {
        const statements = Array.isArray(given) ? given : perServer(given);
        if (statements === undefined) pend(context, 'SQL of MariaDB');
        const { length } = proxy.received;
        const { code, string } = await faultOf(transaction(insert(1), ...statements, ...after));
        // classify() refuses it, because it reads the contents of executable comments.
        const isSeen = code === 56 && proxy.received.length === length;
        if (!isSeen) expect(string).to.contain(COMMITTED);
        expect(await rows()).to.deep.equal(isSeen ? [] : [1]);
      };

      it(`says so if ${what} is the last one, and succeeds`, function () {
        return leaves(this);
      });

      it(`says so if statements behind ${what} succeed, and rolls them back`, function () {
        return leaves(this, insert(2), insert(3));
      });

      it(`says so if a statement behind ${what} fails, and rolls the rest back`, function () {
        return leaves(this, insert(2), insert(2));
      });

      it(`says so if a statement behind ${what} is not valid, and rolls the rest back`, function () {
        return leaves(this, insert(2), 'selec', insert(3));
      });
    }

    it('says so if a procedure commits, and fails', async () => {
      for (const procedure of ['commits_and_fails', 'begins_and_fails']) {
        await gateway.execute('delete from kinds');
        const { code, string } = await faultOf(transaction(insert(1), `call ${procedure}()`, insert(2)));
        expect(code).to.equal(1644);
        expect(string).to.contain(COMMITTED);
        expect(await rows()).to.deep.equal([1]);
      }
    });

    it('leaves nothing if a procedure rolls back', async () => {
      await faultOf(transaction(insert(1), 'call rolls_back()', insert(2)));
      expect(await rows()).to.deep.equal([]);
    });
  });

  describe('which nothing has ended', () => {
    const failing: [string, string[], number][] = [
      ['a duplicate', [insert(1)], 1062],
      ['a statement that is not valid', ['selec'], 1],
      ['a table that does not exist', ['select * from nosuch'], 1],
      ['a savepoint that does not exist', ['rollback to savepoint nosuch'], 1305],
      ['a savepoint that does not exist any more', ['savepoint s', 'release savepoint s', 'rollback to s'], 1305],
      ['a savepoint of another name of the same length', ['savepoint netsvc', insert(1)], 1062],
      ['a procedure that fails', ['call fails()'], 1644],
      ['a procedure with a savepoint that fails', ['call saves_and_fails()'], 1644],
    ];
    for (const [what, statements, expected] of failing) {
      it(`is rolled back without a doubt behind ${what}`, async () => {
        const { code, string } = await faultOf(transaction(insert(1), insert(2), ...statements));
        expect(code).to.equal(expected);
        expect(string).to.not.contain(COMMITTED);
        expect(await rows()).to.deep.equal([]);
      });
    }

    it('is rolled back without a doubt behind a deadlock, and is not repeated', async () => {
      // Rows of other specs that are not purged yet would have locks too.
      await recreate(gateway, 'table deadlocked (v int primary key) engine=InnoDB');
      await gateway.execute('insert into deadlocked values (101), (102)');
      const other = await gateway.cursor();
      await other.call('begin');
      // The transaction that has changed fewer rows is rolled back.
      await other.execute('insert into deadlocked select 1000 + seq from numbers where seq <= 100');
      await other.execute('update deadlocked set v = 202 where v = 102');
      const { length } = proxy.received;
      const update = 'update deadlocked set v = 302 where v = 102';
      const failing = faultOf(transaction(insert(1), 'update deadlocked set v = 301 where v = 101', update));
      const waiting = "select count(*) from information_schema.innodb_trx where trx_state = 'LOCK WAIT'";
      // InnoDB shows old values to those who ask more often than ten times a second.
      await until(async () => (await wait(150)) ?? JSON.stringify(await gateway.execute(waiting)) === '[[1]]');
      await other.execute('update deadlocked set v = 201 where v = 101');
      const { code, string } = await failing;
      expect(code).to.equal(1213);
      expect(string)
        .to.match(/statement 3 of 3$/)
        .and.not.contain(COMMITTED);
      await other.call('close');
      expect(await rows()).to.deep.equal([]);
      expect(await gateway.execute('select v from deadlocked')).to.deep.equal([[101], [102]]);
      expect(proxy.received.slice(length).filter(({ text }) => text === update)).to.have.length(1);
    });

    it('is rolled back without a doubt behind a lock wait timeout, and is not repeated', async () => {
      await gateway.execute('insert into kinds values (101)');
      const other = await gateway.cursor();
      await other.call('begin');
      await other.execute('update kinds set v = 201 where v = 101');
      const { length } = proxy.received;
      const update = 'update kinds set v = 301 where v = 101';
      const fault = await faultOf(transaction('set innodb_lock_wait_timeout = 1', insert(1), update));
      expect(fault.code).to.equal(1205);
      expect(fault.string).to.not.contain(COMMITTED);
      expect(proxy.received.slice(length).filter(({ text }) => text === update)).to.have.length(1);
      await other.call('close');
      expect(await rows()).to.deep.equal([101]);
    });
  });
});

/** The bodies of procedures. */
const PROCEDURES: Readonly<Record<string, string>> = {
  harmless: 'select 1;',
  commits: 'commit;',
  begins: 'commit; start transaction;',
  chains: 'commit and chain;',
  restarts: 'start transaction;',
  defines: 'create table if not exists other (v int);',
  nests: 'call begins();',
  rolls_back: 'rollback;',
  fails: "signal sqlstate '45000' set message_text = 'it fails';",
  saves_and_fails: "savepoint s; signal sqlstate '45000' set message_text = 'it fails';",
  commits_and_fails: "commit; signal sqlstate '45000' set message_text = 'it fails';",
  begins_and_fails: "commit; start transaction; signal sqlstate '45000' set message_text = 'it fails';",
};
