import type { DatabaseOptions } from '#lib/database/index.js';
import { ConnectionPool, type ConnectionPoolOptions, Database, parseMysqlUrl } from '#lib/database/index.js';
import { HttpDaemon, type Log, type MemoryAccounts, RpcGateway, ServiceRegistry } from '#lib/index.js';
import { call, type HttpError } from './client.js';

export interface GatewayOptions extends ConnectionPoolOptions, Omit<DatabaseOptions, 'registry'> {
  readonly clock?: () => number;
  readonly maxSessions?: number;
  readonly log?: Log;
  readonly memory?: MemoryAccounts;
}

/** A database service behind HTTP, in this process, on a free port. */
export class DatabaseGateway {
  private constructor(
    readonly registry: ServiceRegistry,
    readonly pool: ConnectionPool,
    readonly database: Database,
    readonly daemon: HttpDaemon,
    /** The endpoint of the database service. */
    readonly url: string,
  ) {}

  static async start(mysqlUrl: string, options: GatewayOptions = {}): Promise<DatabaseGateway> {
    const registry = new ServiceRegistry(options);
    const { connection, values } = parseMysqlUrl(mysqlUrl);
    const pool = new ConnectionPool(connection, options);
    const database = new Database('database', pool, { ...options, registry, values });
    const daemon = new HttpDaemon({ port: 0 });
    daemon.attach('/', new RpcGateway('database-services', { registry }));
    const { port } = await daemon.start();
    return new DatabaseGateway(registry, pool, database, daemon, `http://127.0.0.1:${port}/database`);
  }

  /** Opens a cursor session. */
  cursor(timeout?: number, cursorclass?: string): Promise<CursorClient> {
    return CursorClient.open(this.url, timeout, cursorclass);
  }

  /** Runs a statement on the database service. */
  execute(query: string, ...args: unknown[]): Promise<unknown> {
    return call(this.url, 'execute', query, ...args);
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    await Promise.all([...this.registry.sessions].map((session) => session.close()));
    await this.pool.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** A cursor session, as a client uses it. */
export class CursorClient {
  readonly url: string;

  constructor(
    parent: string,
    readonly id: string,
  ) {
    this.url = `${parent}/${id}`;
  }

  /** Opens a session of a database. */
  static async open(url: string, timeout = 60, cursorclass = 'Cursor'): Promise<CursorClient> {
    return new CursorClient(url, String(await call(url, 'cursor', timeout, cursorclass)));
  }

  call(method: string, ...params: unknown[]): Promise<unknown> {
    return call(this.url, method, ...params);
  }

  execute(query: string, ...args: unknown[]): Promise<unknown> {
    return this.call('execute', query, ...args);
  }

  /** Runs a query and fetches all rows. */
  async rows(query: string, ...args: unknown[]): Promise<unknown> {
    await this.execute(query, ...args);
    return this.call('fetchall');
  }

  /** Closes it, unless it is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.call('close').catch((error: HttpError) => {
      if (error.res?.statusCode !== 404) throw error;
    });
  }
}
