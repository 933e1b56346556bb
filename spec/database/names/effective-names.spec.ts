import { expect } from 'chai';
import fc from 'fast-check';
import { ConnectionPool, parseMysqlUrl } from '#lib/database/index.js';
import { EffectiveNames } from '#lib/database/names/effective-names.js';
import { classify } from '#lib/database/pinning/classify.js';
import { testDatabase } from '../../support/mariadb.js';
import { perServer } from '../../support/test-server.js';

/** Names that are keywords elsewhere, or like other tokens. */
const ODD = ['format', 'ends', 'on', 'for', 'key', '2fa', '5e10', '77', 'Größe', 'a`b', 'a "b"', 'last value', 'DUAL'];

const READING = [
  'select * from x a join x b on a.id = b.id, {}',
  'select (select count(*) from {})',
  'select 1 from x where id in (select a.id from x a left join x b on a.id > b.id, {} c)',
  'insert into x select id from x force index for join (), {}',
  'with q as (select * from {}) select * from q',
  'show columns from x where field in (select id from {})',
  'explain select 1 union (select id from {})',
];

const CHANGING = [
  'insert into {} (id) values (1)',
  'replace {} set id = 1',
  'update x join x y on x.id = y.id, {} t set t.id = 1',
  'delete t from x, {} t where t.id = x.id',
  'with q as (select 1) update {} set id = 1',
];

/** Objects by what they do, on which views are based. */
const BASES = {
  nothing: ['table {} (id int)'],
  reading: ['view {} as select f() as id'],
  changing: ['table {} (id int)', 'trigger {}_t before insert on {} for each row select 1 into @k'],
};

interface Made {
  readonly name: string;
  readonly does: keyof typeof BASES;
}

const quoted = (name: string) => `\`${name.replaceAll('`', '``')}\``;

/** `npm run model` tries more. */
const SCHEMAS = Number(process.env.NETSVC_SCHEMAS ?? 10);

describe('EffectiveNames', () => {
  let pool: ConnectionPool;

  before(async function () {
    const { connection } = parseMysqlUrl(testDatabase(this));
    const outside = new ConnectionPool(connection, { connections: 1 });
    const first = await outside.acquire();
    await first.runOwn('create database if not exists netsvc_random');
    await outside.release(first);
    await outside.end();
    pool = new ConnectionPool({ ...connection, database: 'netsvc_random' }, { connections: 1 });
  });

  after(() => pool?.end());

  /** Creates tables and views of them, and views of views. */
  const create = async (run: (sql: string) => Promise<void>, shape: readonly [number, number][]): Promise<Made[]> => {
    const made: Made[] = [];
    await run('drop database netsvc_random');
    await run('create database netsvc_random');
    await run('use netsvc_random');
    await run('create table x (id int)');
    await run(perServer({ MariaDB: 'create function f() returns int return get_lock("a", 0)', MySQL: 'select 1' }));
    await run(
      perServer({ MariaDB: 'select 1', MySQL: 'create function f() returns int no sql return get_lock("a", 0)' }),
    );
    for (const [i, [odd, base]] of shape.entries()) {
      const name = `${ODD[odd % ODD.length]}${odd % 2 ? '' : i}`;
      if (made.some((other) => other.name.toLowerCase() === name.toLowerCase())) continue;
      const below = made[base % (made.length + 3)];
      const does = below?.does ?? (['nothing', 'reading', 'changing'] as const)[base % 3] ?? 'nothing';
      const definitions = below ? [`view {} as select id from ${quoted(below.name)}`] : BASES[does];
      for (const definition of definitions) {
        const named = definition.replaceAll('{}_t', quoted(`${name}_t`)).replaceAll('{}', quoted(name));
        await run(`create ${named}`);
      }
      made.push({ name, does });
    }
    return made;
  };

  it('has all names with effects of random schemas, wherever they stand', async () => {
    const shapes = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000)), { minLength: 3, maxLength: 10 });
    const connection = await pool.acquire();
    const run = (sql: string) => connection.runOwn(sql);
    const property = fc.asyncProperty(shapes, async (shape) => {
      const made = await create(run, shape);
      const names = await connection.host.aside((query) => EffectiveNames.ask(query));
      const reason = (sql: string) => names.classify(classify(sql))?.pinReason;
      expect(reason('select id from x')).to.equal(undefined);
      for (const { name, does } of made) {
        const [read, changed] = [READING, CHANGING].map((all) => all.map((sql) => sql.replace('{}', quoted(name))));
        for (const sql of read ?? []) if (does === 'reading') expect(reason(sql), sql).to.not.equal(undefined);
        for (const sql of changed ?? []) if (does !== 'nothing') expect(reason(sql), sql).to.not.equal(undefined);
        // All names that are like numbers count as one.
        if (made.some((other) => /^\d+(e\d+)?$/.test(other.name))) continue;
        expect(reason(`table ${quoted(name)}`), name).to.equal(does === 'reading' ? 'view' : undefined);
      }
    });
    await fc.assert(property, { numRuns: SCHEMAS });
    await run('drop database netsvc_random');
    connection.destroy();
  }).timeout(120_000);
});
