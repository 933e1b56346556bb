import type { DatabaseGateway } from './database-gateway.js';
import { until } from './until.js';

/** Whether MySQL runs a statement. */
export async function runs(gateway: DatabaseGateway, statement: string): Promise<boolean> {
  const query = 'select count(*) from information_schema.processlist where info = %s';
  return JSON.stringify(await gateway.execute(query, [statement])) === '[[1]]';
}

/** Waits until MySQL runs a statement. */
export const untilItRuns = (gateway: DatabaseGateway, statement: string) => until(() => runs(gateway, statement));
