import type { DatabaseGateway } from './database-gateway.js';
import { MYSQL_VALUES, type MysqlValue } from './mysql-values.js';
import { recreate } from './recreate.js';
import { serverKind } from './test-server.js';

/** The values of the table that the server has, and a query that returns them as `c0`, `c1` and so on. */
export interface StoredValues {
  readonly values: readonly MysqlValue[];
  readonly select: string;
}

/** Stores the values, and creates the procedure `reads_typed`, which returns them too. */
export async function storeValues(gateway: DatabaseGateway): Promise<StoredValues> {
  const values = MYSQL_VALUES.filter(({ server = serverKind() }) => server === serverKind());
  const stored = values.flatMap(({ type, literal }, i) =>
    type === undefined ? [] : [{ name: `c${i}`, type, literal }],
  );
  const columns = stored.map(({ name, type }) => `${name} ${type}`).join(', ');
  const names = stored.map(({ name }) => name).join(', ');
  const literals = stored.map(({ literal }) => literal).join(', ');
  const items = values.map(({ type, literal }, i) => (type === undefined ? `${literal} as c${i}` : `c${i}`));
  const select = `select ${items.join(', ')} from typed`;
  await recreate(gateway, 'table zero_date (day date)');
  await recreate(gateway, `table typed (${columns})`);
  await recreate(gateway, `procedure reads_typed() ${select}`);
  const cursor = await gateway.cursor();
  // Otherwise the server refuses zero dates.
  await cursor.execute("set sql_mode = ''");
  await cursor.execute("insert into zero_date values ('0000-00-00')");
  await cursor.execute(`insert into typed (${names}) values (${literals})`);
  await cursor.call('close');
  return { values, select };
}
