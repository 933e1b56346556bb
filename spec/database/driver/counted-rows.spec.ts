import { expect } from 'chai';
import { listed } from '../../support/call-body.js';
import { call, faultOf } from '../../support/client.js';
import type { DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { otherGateway } from '../../support/suite-gateway.js';
import { onlyOn } from '../../support/test-server.js';

/** Finds three rows and changes one. */
const UPDATE = "update counted set name = 'bolt' where id < 4";

describe('the rows of an UPDATE', () => {
  let gateway: DatabaseGateway;

  before(function () {
    testDatabase(this);
  });

  const start = async (parameters = '') => {
    gateway = await otherGateway({ connections: 1 }, parameters);
    await recreate(gateway, 'table counted (id int primary key, name varchar(10))');
    await gateway.execute("insert into counted values (1, 'bolt'), (2, 'bolt'), (3, 'nut'), (4, 'nut')");
  };

  afterEach(() => gateway?.stop());

  /** Makes calls on a session with an option. */
  const answers = async (rows: string | undefined, ...calls: object[]) =>
    answersWith(rows === undefined ? {} : { rows }, ...calls);
  const answersWith = async (options: object, ...calls: object[]) => {
    const { results } = (await call(gateway.url, 'session', calls, options)) as { results: unknown[] };
    return results.map((answer) => (Array.isArray(answer) ? (answer[0] as unknown) : answer));
  };

  for (const [rows, counts] of [
    ['changed', [1, 0]],
    ['found', [3, 3]],
  ] as const) {
    it(`are those that it ${rows === 'found' ? 'finds' : 'changes'} if the URL says rows=${rows}`, async () => {
      await start(`rows=${rows}`);
      expect(await gateway.execute(UPDATE)).to.equal(counts[0]);
      expect(await answers(undefined, listed('execute', UPDATE), listed('rowcount'))).to.deep.equal([
        counts[1],
        counts[1],
      ]);
      const both = await answers(undefined, listed('execute', UPDATE), listed('query', 'select row_count()'));
      expect(both[1]).to.deep.include({ rows: [[counts[1]]] });
    });
  }

  for (const database of ['changed', 'found']) {
    describe(`of a database that counts those ${database}`, () => {
      beforeEach(() => start(`rows=${database}`));

      for (const [rows, count] of [
        ['found', 3],
        ['changed', 1],
      ] as const) {
        it(`are those ${rows} in a session that says so`, async () => {
          const calls = [listed('execute', UPDATE), listed('rowcount')];
          expect(await answers(rows, ...calls)).to.deep.equal([count, count]);
        });
      }

      it('are those of all statements of an executemany', async () => {
        const query = 'update counted set name = %s where id = %s';
        const many = listed('executemany', query, [
          ['bolt', 1],
          ['nut', 2],
          ['nut', 3],
        ]);
        expect(await answers('found', many)).to.deep.equal([3]);
        expect(await answers('changed', many)).to.deep.equal([0]);
      });

      it('are counted behind comments, and with a join', async () => {
        for (const update of [
          `/* ${'x'.repeat(500)} */ ${UPDATE}`,
          "update counted a join counted b on a.id = b.id set a.name = 'bolt' where a.id < 4",
        ]) {
          await gateway.execute("update counted set name = 'nut' where id > 2");
          expect(await answers('found', listed('execute', update)), update).to.deep.equal([3]);
        }
      });

      it('are counted in each cursor class', async () => {
        const options = { cursorclass: 'SSCursor', rows: 'found' };
        expect(await answersWith(options, listed('execute', UPDATE))).to.deep.equal([3]);
      });

      it('are counted in every language of the server', async function () {
        onlyOn('MariaDB', this, 'MySQL is started without the other languages');
        const set = listed('execute', "set lc_messages = 'de_DE'");
        expect(await answers('found', set, listed('execute', UPDATE))).to.deep.equal([0, 3]);
        await gateway.execute("update counted set name = 'nut' where id = 3");
        expect(await answers('changed', set, listed('execute', UPDATE))).to.deep.equal([0, 1]);
      });

      it('leave the counts of other statements', async () => {
        const insert = "insert into counted values (5, 'x'), (6, 'x'), (7, 'x')";
        expect(await answers('found', listed('execute', insert))).to.deep.equal([3]);
        expect(await answers('changed', listed('execute', 'delete from counted where id > 4'))).to.deep.equal([3]);
      });
    });
  }

  it('are one of two kinds', async () => {
    await start();
    expect(await faultOf(call(gateway.url, 'session', [], { rows: 'all' }))).to.include({ code: 56 });
  });
});
