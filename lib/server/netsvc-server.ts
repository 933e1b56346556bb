import { ConnectionPool } from '../database/connection-pool.js';
import { Database } from '../database/database.js';
import type { MysqlTarget } from '../database/mysql-url.js';
import { HttpDaemon } from '../http/http-daemon.js';
import { RpcGateway } from '../http/rpc-gateway.js';
import type { Log } from '../netsvc/log.js';
import { ServiceRegistry } from '../netsvc/service-registry.js';
import { Sweeper } from '../netsvc/sweeper.js';
import { MariadbUnavailable, PrivateMariadb } from './private-mariadb.js';
import type { Settings } from './settings.js';

/** Why the server does not start, in one line for the user. */
export class StartFailure extends Error {}

/** Everything that `bin/netsvc` runs, from the private MariaDB to the listener. */
export class NetsvcServer {
  readonly #settings: Settings;
  readonly #registry: ServiceRegistry;
  readonly #sweeper: Sweeper;
  readonly #daemon: HttpDaemon;
  readonly #databases: Database[] = [];
  #mariadb: PrivateMariadb | undefined;
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  constructor(settings: Settings, log: Log) {
    const { host, port, maxSessions, maxSessionsPerUser, maxSessionsPerHost, maxRequest } = settings;
    this.#settings = settings;
    this.#registry = new ServiceRegistry({
      log,
      maxSessions,
      maxSessionsPerUser: maxSessionsPerUser || undefined,
      maxSessionsPerHost: maxSessionsPerHost || undefined,
    });
    this.#sweeper = new Sweeper(this.#registry);
    this.#daemon = new HttpDaemon({ host, port, log });
    this.#daemon.attach('/', new RpcGateway('database-services', { registry: this.#registry, maxRequest }));
  }

  /** @throws {StartFailure} what had been started is stopped again */
  async start(): Promise<void> {
    this.#starting = this.#start();
    try {
      await this.#starting;
    } catch (error) {
      await this.stop(0);
      throw error instanceof MariadbUnavailable ? new StartFailure(error.message, { cause: error }) : error;
    }
  }

  async #start(): Promise<void> {
    for (const [name, target] of await this.#targets()) await this.#serve(name, target);
    this.#sweeper.start();
    await this.#listen();
  }

  /** Where the server listens. */
  get url(): string {
    const { address, port, family } = this.#daemon.address;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`;
  }

  /** The URLs of the databases. */
  get endpoints(): string[] {
    return this.#databases.map(({ serviceName }) => this.url + serviceName);
  }

  /** Drains, closes all sessions and stops what was started. @param grace seconds for the running requests */
  stop(grace = this.#settings.grace): Promise<void> {
    this.#stopping ??= this.#stop(grace);
    return this.#stopping;
  }

  /** For a process that ends at once: lets the private MariaDB stop by itself. */
  abandon(): void {
    this.#mariadb?.abandon();
  }

  async #stop(grace: number): Promise<void> {
    // What is half started could not be stopped.
    await this.#starting.catch(() => {});
    for (const database of this.#databases) database.drain();
    await this.#daemon.stop(grace);
    await this.#sweeper.stop();
    await Promise.allSettled([...this.#registry.sessions].map((session) => session.close()));
    await Promise.all(this.#databases.map(({ pool }) => pool.end()));
    await this.#mariadb?.stop();
  }

  async #targets(): Promise<ReadonlyMap<string, MysqlTarget>> {
    const { databases, data } = this.#settings;
    if (databases.size > 0) return databases;
    this.#mariadb = await PrivateMariadb.start(data);
    return new Map([['database', { connection: this.#mariadb.options, values: {} }]]);
  }

  async #listen(): Promise<void> {
    try {
      await this.#daemon.start();
    } catch (error) {
      const { host, port } = this.#settings;
      const { code = '', message } = error as NodeJS.ErrnoException;
      throw new StartFailure(`cannot listen on ${host} port ${port}: ${LISTEN_ERRORS[code] ?? message}`, {
        cause: error,
      });
    }
  }

  async #serve(name: string, { connection, values }: MysqlTarget): Promise<void> {
    const { connections, connectWait, maxSessions: maxWaiting } = this.#settings;
    const { maxTimeout, resultMemory, maxResult, queryTimeout, pin } = this.#settings;
    const pool = new ConnectionPool(connection, { connections, connectWait, maxWaiting });
    const limits = { maxTimeout, resultMemory, maxResult, queryTimeout };
    this.#databases.push(new Database(name, pool, { registry: this.#registry, ...limits, pin, values }));
    try {
      await pool.check();
    } catch (error) {
      throw new StartFailure(`database ${name}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program does',
  EACCES: 'that takes more rights',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
};
