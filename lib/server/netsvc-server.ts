import { unwatchFile, watchFile } from 'node:fs';
import { HostRules } from '../access/host-rules.js';
import { isLoopback } from '../access/loopback.js';
import { Users } from '../access/users.js';
import { ConnectionPool } from '../database/connections/connection-pool.js';
import { MysqlError } from '../database/connections/mysql-error.js';
import { Database } from '../database/database.js';
import { HttpDaemon } from '../http/http-daemon.js';
import { RpcGateway } from '../http/rpc-gateway.js';
import type { Log } from '../netsvc/log.js';
import { ServiceRegistry } from '../netsvc/service-registry.js';
import { MariadbUnavailable, PrivateMariadb } from './private-mariadb.js';
import { readCertificate, readPasswords } from './secret-files.js';
import type { DatabaseSettings, ListenerSettings, Settings } from './settings.js';

/** Why the server does not start, in one line for the user. */
export class StartFailure extends Error {}

/** Where a listener is reached, and the databases there. */
export interface Address {
  readonly url: string;
  readonly endpoints: readonly string[];
}

interface Listener {
  readonly settings: ListenerSettings;
  readonly daemon: HttpDaemon;
}

/** How often the file of the users is looked at, in milliseconds. */
const LOOK = 1000;

/** Everything that `bin/netsvc` runs, from the private MariaDB to the listeners. */
export class NetsvcServer {
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #registry: ServiceRegistry;
  readonly #users: Users | undefined;
  readonly #listeners: readonly Listener[];
  readonly #databases: Database[] = [];
  #mariadb: PrivateMariadb | undefined;
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  /** @throws {UsageError} when a file cannot be used that the settings name */
  constructor(settings: Settings, log: Log) {
    const { users, maxSessions, maxSessionsPerUser, maxSessionsPerHost, maxRequest } = settings;
    this.#settings = settings;
    this.#log = log;
    this.#registry = new ServiceRegistry({
      log,
      maxSessions,
      maxSessionsPerUser: maxSessionsPerUser || undefined,
      maxSessionsPerHost: maxSessionsPerHost || undefined,
    });
    this.#users = users === undefined ? undefined : new Users(readPasswords(users));
    const gateway = new RpcGateway('database-services', {
      registry: this.#registry,
      maxRequest,
      users: this.#users,
      log,
    });
    this.#listeners = settings.listeners.map((listener) => {
      const daemon = this.#daemonOf(listener);
      daemon.attach('/', gateway);
      return { settings: listener, daemon };
    });
  }

  #daemonOf(listener: ListenerSettings): HttpDaemon {
    const { allow, deny, trustedProxies, maxClients, maxTimeout } = this.#settings;
    const { host, port } = listener;
    return new HttpDaemon({
      hosts: new HostRules(allow, deny),
      host,
      port,
      maxClients,
      // Who may leave a session alone for so long may leave an answer so.
      stallTimeout: maxTimeout,
      tls: readCertificate(listener),
      isProxy: (address) => trustedProxies?.has(address) ?? false,
      log: this.#log,
    });
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
    for (const listener of this.#listeners) await this.#listen(listener);
    const { users } = this.#settings;
    if (users !== undefined) watchFile(users, { interval: LOOK }, this.#reloadUsers);
  }

  /** Where the server listens, and the URLs of the databases there. */
  get addresses(): Address[] {
    return this.#listeners.map(({ settings: { tlsKey }, daemon }) => {
      const { address, port, family } = daemon.address;
      const host = family === 'IPv6' ? `[${address}]` : address;
      const url = `${tlsKey === undefined ? 'http' : 'https'}://${host}:${port}/`;
      return { url, endpoints: this.#databases.map(({ serviceName }) => url + serviceName) };
    });
  }

  /**
   * Reads the files of users and certificates again, while sessions and connections go on. Of one that cannot be used,
   * what it said before stays.
   *
   * @returns whether there are any
   */
  reload(): boolean {
    this.#reloadUsers();
    const secured = this.#listeners.filter(({ settings }) => settings.tlsKey !== undefined);
    for (const { settings, daemon } of secured) {
      this.#reread('certificate', () => {
        const tls = readCertificate(settings);
        if (tls) daemon.replaceCertificate(tls);
      });
    }
    return this.#users !== undefined || secured.length > 0;
  }

  readonly #reloadUsers = (): void => {
    const { users } = this.#settings;
    if (users !== undefined) this.#reread('users', () => this.#users?.replace(readPasswords(users)));
  };

  #reread(what: string, read: () => void): void {
    try {
      read();
      this.#log.info({ what }, 'read again');
    } catch (error) {
      this.#log.error({ err: error, what }, 'not read again: what was read before stays');
    }
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
    if (this.#settings.users !== undefined) unwatchFile(this.#settings.users, this.#reloadUsers);
    await Promise.all(this.#listeners.map(({ daemon }) => daemon.stop(grace)));
    await this.#users?.end();
    await this.#registry.close();
    await Promise.all(this.#databases.map(({ pool }) => pool.end()));
    await this.#mariadb?.stop();
  }

  async #targets(): Promise<ReadonlyMap<string, ServedDatabase>> {
    const { databases, data } = this.#settings;
    if (databases.size > 0) return databases;
    this.#mariadb = await PrivateMariadb.start(data);
    return new Map([['database', { connection: this.#mariadb.options, values: {} }]]);
  }

  async #listen({ settings: { host, port, tlsKey }, daemon }: Listener): Promise<void> {
    try {
      await daemon.start();
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      throw new StartFailure(`cannot listen on ${host} port ${port}: ${LISTEN_ERRORS[code] ?? message}`, {
        cause: error,
      });
    }
    if (this.#users !== undefined && tlsKey === undefined && !isLoopback(host)) {
      this.#log.warn(
        { host, port: daemon.address.port },
        'passwords cross the network in the clear: this listener has no TLS',
      );
    }
  }

  async #serve(
    name: string,
    { connection, values, users, readOnly = false, init = [] }: ServedDatabase,
  ): Promise<void> {
    const { connections, connectWait, maxSessions: maxWaiting } = this.#settings;
    const { maxTimeout, resultMemory, maxResult, queryTimeout, pin } = this.#settings;
    const pool = new ConnectionPool(connection, { connections, connectWait, maxWaiting, readOnly, init });
    const limits = { maxTimeout, resultMemory, maxResult, queryTimeout };
    const options = { registry: this.#registry, ...limits, pin: pin === 'always', values, users };
    this.#databases.push(new Database(name, pool, options));
    try {
      await pool.check();
    } catch (error) {
      const hint = error instanceof MysqlError && error.errno === SSL_CONNECTION_ERROR ? SSL_HINT : '';
      throw new StartFailure(`database ${name}: ${error instanceof Error ? error.message : String(error)}${hint}`, {
        cause: error,
      });
    }
  }
}

/** A private MariaDB has no more than that to it. */
type ServedDatabase = Pick<DatabaseSettings, 'connection' | 'values'> & Partial<DatabaseSettings>;

const SSL_CONNECTION_ERROR = 2026;
const SSL_HINT = ' (ssl-ca=FILE in its URL says whose certificates are trusted, ssl-mode=DISABLED does without TLS)';

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program does',
  EACCES: 'that takes more rights',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
};
