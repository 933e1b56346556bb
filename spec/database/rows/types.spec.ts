import { expect } from 'chai';
import { type CursorClient, DatabaseGateway } from '../../support/database-gateway.js';
import { testDatabase } from '../../support/mariadb.js';
import { recreate } from '../../support/recreate.js';
import { onlyOn, type PerServer, perServer, type ServerKind } from '../../support/test-server.js';

/** A column of a type: what is inserted, what a client gets, and the type code in the description. */
interface Case {
  readonly type: string;
  readonly literal: string;
  readonly value: unknown;
  readonly code: number | PerServer<number>;
  /** The only server that has the type. */
  readonly server?: ServerKind;
}

const POINT = Buffer.from('000000000101000000000000000000f03f0000000000000040', 'hex');

const UUID = '123e4567-e89b-12d3-a456-426655440000';

const CASES: readonly Case[] = [
  { type: 'tinyint', literal: '-128', value: -128, code: 1 },
  { type: 'boolean', literal: 'true', value: 1, code: 1 },
  { type: 'smallint unsigned', literal: '65535', value: 65535, code: 2 },
  { type: 'mediumint', literal: '-8388608', value: -8388608, code: 9 },
  { type: 'int zerofill', literal: '42', value: 42, code: 3 },
  { type: 'bigint unsigned', literal: '18446744073709551615', value: '18446744073709551615', code: 8 },
  { type: 'year', literal: '2003', value: 2003, code: 13 },
  { type: 'float', literal: '1.1', value: 1.1, code: 4 },
  { type: 'double', literal: '-1.5e-7', value: -1.5e-7, code: 5 },
  { type: 'decimal(30, 10)', literal: '12345678901234567890.5', value: '12345678901234567890.5000000000', code: 246 },
  { type: 'date', literal: "'2003-05-01'", value: '2003-05-01', code: 10 },
  { type: 'time(3)', literal: "'-838:59:58.999'", value: '-838:59:58.999', code: 11 },
  { type: 'datetime(6)', literal: "'2003-05-01 12:30:00'", value: '2003-05-01 12:30:00.000000', code: 12 },
  { type: 'timestamp null', literal: "'2003-05-01 12:30:00'", value: '2003-05-01 12:30:00', code: 7 },
  { type: 'bit(10)', literal: "b'1000000001'", value: Buffer.from([2, 1]), code: 16 },
  { type: 'char(5)', literal: "'é😀'", value: 'é😀', code: 254 },
  { type: 'varchar(5)', literal: "'a '", value: 'a ', code: 253 },
  { type: 'char(5) character set latin1', literal: "'é€'", value: 'é€', code: 254 },
  { type: 'varchar(5) character set ucs2', literal: "'é€'", value: 'é€', code: 253 },
  { type: 'tinytext', literal: "'é'", value: 'é', code: 252 },
  { type: 'text', literal: "'<&>'", value: '<&>', code: 252 },
  { type: 'mediumtext', literal: "''", value: '', code: 252 },
  { type: 'longtext', literal: 'null', value: null, code: 252 },
  { type: "enum('a', 'é')", literal: "'é'", value: 'é', code: 254 },
  { type: "set('a', 'é')", literal: "'a,é'", value: 'a,é', code: 254 },
  { type: 'binary(3)', literal: "'a'", value: Buffer.from('a\0\0'), code: 254 },
  { type: 'varbinary(3)', literal: "x'ff'", value: Buffer.from([255]), code: 253 },
  { type: 'tinyblob', literal: "'a'", value: Buffer.from('a'), code: 252 },
  { type: 'blob', literal: "''", value: Buffer.alloc(0), code: 252 },
  { type: 'mediumblob', literal: "x'00'", value: Buffer.from([0]), code: 252 },
  { type: 'longblob', literal: "'b'", value: Buffer.from('b'), code: 252 },
  { type: 'point', literal: 'point(1, 2)', value: POINT, code: 255 },
  { type: 'geometry', literal: 'point(1, 2)', value: POINT, code: 255 },
  { type: 'json', literal: `'{"é": "😀 <&>"}'`, value: '{"é": "😀 <&>"}', code: { MariaDB: 252, MySQL: 245 } },
  {
    type: 'vector(2)',
    literal: "to_vector('[1, 2]')",
    value: Buffer.from('0000803f00000040', 'hex'),
    code: 242,
    server: 'MySQL',
  },
  { type: 'varchar(5) collate utf8mb4_0900_ai_ci', literal: "'é😀'", value: 'é😀', code: 253, server: 'MySQL' },
  { type: 'int generated always as (1 + 1)', literal: 'default', value: 2, code: 3 },
  { type: 'int invisible', literal: '5', value: 5, code: 3 },
  { type: 'inet6', literal: "'::1'", value: '::1', code: 254, server: 'MariaDB' },
  { type: 'uuid', literal: `'${UUID}'`, value: UUID, code: 254, server: 'MariaDB' },
];

describe('a column', () => {
  let gateway: DatabaseGateway;
  const cursors: CursorClient[] = [];

  before(async function () {
    gateway = await DatabaseGateway.start(testDatabase(this));
    for (const name of ['Cursor', 'SSCursor']) cursors.push(await gateway.cursor(60, name));
    await recreate(gateway, 'table typed (id int)');
    await recreate(gateway, 'procedure reads_typed() select c from typed');
  });

  after(() => gateway?.stop());

  for (const { type, literal, value, code, server } of CASES) {
    it(`of type ${type} has one value, in whichever way it is fetched`, async function () {
      if (server) onlyOn(server, this, `only ${server} has the type`);
      await recreate(gateway, `table typed (id int, c ${type})`);
      await gateway.execute(`insert into typed (id, c) values (1, ${literal})`);
      const query = 'select c from typed';
      expect(await gateway.execute(query)).to.deep.equal([[value]]);
      for (const cursor of cursors) {
        for (const run of [() => cursor.execute(query), () => cursor.call('callproc', 'reads_typed', [])]) {
          for (const [method, expected] of [
            ['fetchone', [value]],
            ['fetchmany', [[value]]],
            ['fetchall', [[value]]],
          ] as const) {
            await run();
            const [[, found] = []] = (await cursor.call('description')) as unknown[][];
            expect(found).to.equal(typeof code === 'number' ? code : perServer(code));
            expect(await cursor.call(method), method).to.deep.equal(expected);
            while ((await cursor.call('nextset')) !== null);
          }
        }
      }
    });
  }
});
