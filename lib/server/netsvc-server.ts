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
import { PrivateServer } from './private-server.js';
import { readCertificate, readPasswords } from './secret-files.js';
import { ServerUnavailable } from './server-program.js';
import type { DatabaseSettings, ListenerSettings, Settings } from './settings.js';

/** The server cannot start. The message is one line for the user. */
export class StartFailure extends Error {}

/** The URL of a listener and of its databases. */
export interface Address {
  readonly url: string;
  readonly endpoints: readonly string[];
}

interface Listener {
  readonly settings: ListenerSettings;
  readonly daemon: HttpDaemon;
}

/** The interval at which the password file is checked for changes, in milliseconds. */
const RELOAD_INTERVAL = 1000;

/** Everything that `bin/netsvc` runs, from the private server to the listeners. */
export class NetsvcServer {
  readonly #settings: Settings;
  readonly #log: Log;
  readonly #registry: ServiceRegistry;
  readonly #users: Users | undefined;
  readonly #listeners: readonly Listener[];
  readonly #databases: Database[] = [];
  #privateServer: PrivateServer | undefined;
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  /** @throws {UsageError} if a file that the settings name cannot be used */
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
      // As long as a session may be idle.
      stallTimeout: maxTimeout,
      tls: readCertificate(listener),
      isProxy: (address) => trustedProxies?.has(address) ?? false,
      log: this.#log,
    });
  }

  /**
   * Starts the server.
   *
   * @throws {StartFailure} after stopping what was started
   */
  async start(): Promise<void> {
    this.#starting = this.#start();
    try {
      await this.#starting;
    } catch (error) {
      await this.stop(0);
      throw error instanceof ServerUnavailable ? new StartFailure(error.message, { cause: error }) : error;
    }
  }

  async #start(): Promise<void> {
    for (const [name, target] of await this.#targets()) await this.#serve(name, target);
    for (const listener of this.#listeners) await this.#listen(listener);
    const { users } = this.#settings;
    if (users !== undefined) watchFile(users, { interval: RELOAD_INTERVAL }, this.#reloadUsers);
  }

  /** The URLs of the listeners and databases. */
  get addresses(): Address[] {
    return this.#listeners.map(({ settings: { tlsKey }, daemon }) => {
      const { address, port, family } = daemon.address;
      const host = family === 'IPv6' ? `[${address}]` : address;
      const url = `${tlsKey === undefined ? 'http' : 'https'}://${host}:${port}/`;
      return { url, endpoints: this.#databases.map(({ serviceName }) => url + serviceName) };
    });
  }

  /**
   * Reloads the password file and the certificates. Sessions and connections are not affected. If a file cannot be
   * used, the previous version is kept.
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
      this.#log.info({ what }, 'reloaded');
    } catch (error) {
      this.#log.error({ err: error, what }, 'reload failed; keeping the previous version');
    }
  }

  /**
   * Shuts down: see docs/architecture.md.
   *
   * @param grace seconds for in-flight requests
   */
  stop(grace = this.#settings.grace): Promise<void> {
    this.#stopping ??= this.#stop(grace);
    return this.#stopping;
  }

  /** For a process that exits at once: makes the private server stop by itself. */
  abandon(): void {
    this.#privateServer?.abandon();
  }

  async #stop(grace: number): Promise<void> {
    // A start that is in progress cannot be stopped.
    await this.#starting.catch(() => {});
    for (const database of this.#databases) database.drain();
    if (this.#settings.users !== undefined) unwatchFile(this.#settings.users, this.#reloadUsers);
    await Promise.all(this.#listeners.map(({ daemon }) => daemon.stop(grace)));
    await this.#users?.end();
    await this.#registry.close();
    await Promise.all(this.#databases.map(({ pool }) => pool.end()));
    await this.#privateServer?.stop();
  }

  async #targets(): Promise<ReadonlyMap<string, ServedDatabase>> {
    const { databases, data } = this.#settings;
    if (databases.size > 0) return databases;
    this.#privateServer = await PrivateServer.start(data);
    return new Map([['database', { connection: this.#privateServer.options, values: {} }]]);
  }

  async #listen({ settings: { host, port, tlsKey }, daemon }: Listener): Promise<void> {
    try {
      await daemon.start();
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      throw new StartFailure(
        `cannot listen on ${host.includes(':') ? `[${host}]` : host}:${port}: ${LISTEN_ERRORS[code] ?? message}`,
        {
          cause: error,
        },
      );
    }
    if (this.#users !== undefined && tlsKey === undefined && !isLoopback(host)) {
      this.#log.warn({ host, port: daemon.address.port }, 'passwords are sent unencrypted: this listener has no TLS');
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

/** The private server has only these settings. */
type ServedDatabase = Pick<DatabaseSettings, 'connection' | 'values'> & Partial<DatabaseSettings>;

const SSL_CONNECTION_ERROR = 2026;
const SSL_HINT = ' (set ssl-ca=FILE in the URL to trust a CA, or ssl-mode=DISABLED to connect without TLS)';

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'address not available',
  ENOTFOUND: 'host not found',
};
