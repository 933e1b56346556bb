import { type CursorClient, DatabaseGateway, type GatewayOptions } from '../../support/database-gateway.js';
import { recreate } from '../../support/recreate.js';
import { until } from '../../support/until.js';

/** In the fault of a statement that reads what went with the connection. */
export const LOST = 'is lost';

/** Starts a gateway with one connection, the table `lease` with the rows 1, 2 and 3, and a cursor that has none. */
export async function startWithTable(
  url: string,
  options: GatewayOptions,
): Promise<{ gateway: DatabaseGateway; cursor: CursorClient }> {
  const gateway = await DatabaseGateway.start(url, { connections: 1, connectWait: 0.3, ...options });
  await recreate(gateway, 'table lease (id int auto_increment primary key, v int)');
  await gateway.execute('insert into lease (v) values (1), (2), (3)');
  const cursor = await gateway.cursor();
  await until(() => gateway.pool.counts.idle === gateway.pool.counts.open);
  return { gateway, cursor };
}
