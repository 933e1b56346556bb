import { CursorClient, DatabaseGateway, type GatewayOptions } from './database-gateway.js';
import { testDatabase } from './mariadb.js';

/**
 * Returns a gateway to the database of the specs, which starts before the specs of a suite, and stops behind them.
 * Without a database, they are pending.
 *
 * @param parameters of the URL of the database, such as `nulls=empty`
 */
export function suiteGateway(options: GatewayOptions = {}, parameters = ''): DatabaseGateway {
  const gateway = Object.create(DatabaseGateway.prototype) as DatabaseGateway;
  let started: DatabaseGateway | undefined;
  before(async function () {
    started = await DatabaseGateway.start(urlWith(testDatabase(this), parameters), options);
    Object.assign(gateway, started);
  });
  after(() => started?.stop());
  return gateway;
}

/** Returns a session that is opened before each spec of a suite, and closed behind it, unless that is done. */
export function sessionForEach(gateway: DatabaseGateway, cursorclass = 'Cursor'): CursorClient {
  const cursor = Object.create(CursorClient.prototype) as CursorClient;
  beforeEach(async () => {
    Object.assign(cursor, await gateway.cursor(60, cursorclass));
  });
  afterEach(() => cursor[Symbol.asyncDispose]());
  return cursor;
}

/** Starts another gateway to the database, for one spec of a suite that has one. */
export function otherGateway(options: GatewayOptions = {}, parameters = ''): Promise<DatabaseGateway> {
  return DatabaseGateway.start(urlWith(process.env.NETSVC_TEST_DATABASE ?? '', parameters), options);
}

/** Returns the URL of a database with more parameters. */
export function urlWith(url: string, parameters: string): string {
  return parameters === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${parameters}`;
}
