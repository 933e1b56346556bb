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

/** A gateway that each spec starts, with options of its own. */
export interface SpecGateway extends DatabaseGateway {
  start(options?: GatewayOptions, url?: string): Promise<void>;
}

/**
 * Returns a gateway that each spec of a suite starts, and that stops behind the spec. Without a database, they are
 * pending.
 *
 * @param common options, unless a spec has others
 */
export function specGateway(common: GatewayOptions = {}): SpecGateway {
  let started: DatabaseGateway | undefined;
  before(function () {
    testDatabase(this);
  });
  afterEach(() => started?.stop());
  const gateway = Object.create(DatabaseGateway.prototype) as DatabaseGateway;
  const start = async (options: GatewayOptions = {}, url = process.env.NETSVC_TEST_DATABASE ?? '') => {
    started = await DatabaseGateway.start(url, { ...common, ...options });
    Object.assign(gateway, started);
  };
  return Object.assign(gateway, { start });
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
