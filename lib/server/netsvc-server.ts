import { setTimeout } from 'node:timers/promises';
import { isLoopback } from '../access/address.js';
import { HostRules } from '../access/host-rules.js';
import { ConnectionPool } from '../database/connections/connection-pool.js';
import { withResolvers } from '../database/connections/with-resolvers.js';
import { Database } from '../database/database.js';
import { ClientConnections } from '../http/client-connections.js';
import { HttpDaemon } from '../http/http-daemon.js';
import { RpcGateway } from '../http/rpc-gateway.js';
import { MemoryAccounts } from '../memory/memory-account.js';
import { limitSpillFiles } from '../memory/spill-file.js';
import type { Log } from '../netsvc/log.js';
import { ServiceRegistry } from '../netsvc/service-registry.js';
import { canLockOut, LOCKOUT_WARNING } from './account-check.js';
import { type ChangedSettings, changedSettings, withChanges } from './changed-settings.js';
import type { DatabaseSettings } from './database-settings.js';
import { applyShares, type ServerShares, sharesFor } from './descriptor-shares.js';
import { drain } from './drain.js';
import { applyUserLimits, limitsOf, settingsOf } from './effective-limits.js';
import { EventStream } from './event-stream.js';
import { Operations } from './operations.js';
import { OperatorAccess } from './operator-access.js';
import { PrivateServer } from './private-server.js';
import { refuseRemoteClients } from './remote-access.js';
import { readCertificate } from './secret-files.js';
import { ServerUnavailable } from './server-program.js';
import { supervise } from './server-supervision.js';
import { type ListenerSettings, memorySettings, type Settings } from './settings.js';
import { connectFailure, listenFailure, StartFailure } from './start-failure.js';
import { reread, WatchedUsers } from './watched-users.js';

/** The URL of a listener and of its databases. */
export interface Address {
  readonly url: string;
  readonly endpoints: readonly string[];
}

interface Listener {
  readonly settings: ListenerSettings;
  readonly daemon: HttpDaemon;
}

/** The interval at which `--wait-for-database` tries to connect, in milliseconds. */
const RETRY_INTERVAL = 1000;

/** Everything that `bin/netsvc` runs, from the private server to the listeners. */
export class NetsvcServer {
  #settings: Settings;
  readonly #readSettings: () => Settings;
  readonly #log: Log;
  readonly #registry: ServiceRegistry;
  readonly #users: WatchedUsers | undefined;
  readonly #operations: Operations;
  readonly #operatorAccess: OperatorAccess | undefined;
  readonly #listeners: readonly Listener[];
  readonly #databases: Database[] = [];
  readonly #pools: ConnectionPool[] = [];
  readonly #events = new EventStream();
  readonly #descriptors: ServerShares;
  #privateServer: PrivateServer | undefined;
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  /** Ends the wait for a database, and the restarts of the private server. */
  readonly #stopped = new AbortController();
  /** Ends the private server, also while it is being started. */
  readonly #abandoned = new AbortController();
  readonly #failure = withResolvers<StartFailure>();

  /**
   * @param readSettings returns the settings as they are now, or throws if they are invalid
   * @throws {UsageError} if a file that the settings name cannot be used
   */
  constructor(settings: Settings, log: Log, readSettings: () => Settings = () => settings) {
    const { users, maxRequest, admin } = settings;
    this.#settings = settings;
    this.#readSettings = readSettings;
    this.#log = log;
    this.#descriptors = sharesFor(settings);
    const logins = { loginFailures: settings.loginFailures, exempt: settings.loginExempt };
    const { observer } = this.#events;
    const maxConnections = this.#descriptors.operators;
    this.#operatorAccess = admin && new OperatorAccess(admin, { log, observer, logins, maxConnections });
    this.#registry = new ServiceRegistry({
      log,
      instance: settings.instance,
      observer,
      memory: new MemoryAccounts(memorySettings(settings)),
    });
    this.#users = users === undefined ? undefined : new WatchedUsers(users, 'users', log, logins);
    if (this.#users) this.#users.onReloaded = () => this.#applyUserLimits();
    this.#applyUserLimits();
    const gateway = new RpcGateway('database-services', {
      registry: this.#registry,
      maxRequest,
      users: this.#users?.users,
      log,
    });
    const clients = new ClientConnections(this.#descriptors.maxClients, (holder) => {
      this.#events.observer.refused?.({ resource: 'clients', holder });
    });
    this.#listeners = settings.listeners.map((listener) => {
      const daemon = this.#daemonOf(listener, clients);
      daemon.attach('/', gateway);
      return { settings: listener, daemon };
    });
    const traffic = this.#listeners.map(({ daemon }) => daemon.traffic);
    const unlock = (login?: string, host?: string) =>
      (this.#users?.users.unlock(login, host) ?? 0) + (this.#operatorAccess?.unlock(login, host) ?? 0);
    const [registry, pools] = [this.#registry, this.#pools];
    const parts = { settings, log, registry, pools, traffic, reload: () => this.reload(), unlock };
    this.#operations = new Operations(parts, this.#events);
  }

  #daemonOf(listener: ListenerSettings, connections: ClientConnections): HttpDaemon {
    const { allow, deny, trustedProxies, maxTimeout } = this.#settings;
    const { host, port, fd } = listener;
    return new HttpDaemon({
      hosts: new HostRules(allow, deny),
      host,
      port,
      fd,
      connections,
      // As long as a session may be idle.
      stallTimeout: maxTimeout,
      tls: readCertificate(listener),
      isProxy: (address) => trustedProxies?.has(address) ?? false,
      log: this.#log,
    });
  }

  /**
   * Starts the server. A `stop` while it waits for a database ends the start.
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
    applyShares(this.#descriptors, this.#settings, this.#log);
    const operated = await this.#operations.start();
    if (operated) await this.#operatorAccess?.start(operated, this.#settings.insecure);
    const deadline = performance.now() + this.#settings.waitForDatabase * 1000;
    for (const [name, target] of await this.#targets()) await this.#serve(name, target, deadline);
    if (this.#stopped.signal.aborted) return;
    for (const listener of this.#listeners) await this.#listen(listener);
    this.#users?.watch();
    const { adminUrl: admin } = this;
    this.#operations.ready({ urls: this.addresses.map(({ url }) => url), ...(admin && { admin }) });
    // The clients of a private server may do everything.
    if (this.#privateServer === undefined) await Promise.all(this.#pools.map((pool) => this.#warnOfLockout(pool)));
  }

  /** Whether `stop` has been called. */
  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Resolves to why the server cannot go on, if that happens. `stop` is still to be called. */
  get failed(): Promise<StartFailure> {
    return this.#failure.promise;
  }

  /** The URL of the admin listener, if there is one. */
  get adminUrl(): string | undefined {
    return this.#operatorAccess?.url;
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

  /** Applies the settings as far as a running server can, and logs those that it cannot. */
  #apply(settings: Settings): ChangedSettings {
    const changed = changedSettings(this.#settings, settings);
    const { applied, kept } = changed;
    this.#settings = withChanges(this.#settings, settings, changed);
    this.#applyUserLimits();
    this.#registry.memory.replaceLimits(memorySettings(this.#settings));
    for (const database of this.#databases) {
      database.replaceLimits(limitsOf(settingsOf(this.#settings, database.serviceName)));
    }
    if (applied.length > 0) this.#log.info({ keys: applied }, 'configuration reloaded');
    if (kept.length > 0) this.#log.warn({ keys: kept }, 'these changes require a restart');
    return changed;
  }

  #applyUserLimits(): void {
    const { sessionLimits } = this.#registry;
    applyUserLimits(this.#settings, this.#users?.users.size ?? 0, { sessionLimits, pools: this.#pools });
  }

  /**
   * Reloads the configuration, the password files and the certificates, and replaces the MySQL connections, so that
   * what has changed of their accounts takes effect. Sessions and clients' connections are not affected. If the
   * configuration is invalid, nothing is reloaded; if a file cannot be used, its previous version is kept.
   *
   * @returns what has changed, or why nothing is reloaded
   */
  reload(): ChangedSettings | Error {
    let changed: ChangedSettings;
    try {
      changed = this.#apply(this.#readSettings());
    } catch (error) {
      this.#log.error({ err: error }, 'the configuration is invalid; nothing is reloaded');
      return error instanceof Error ? error : new Error(String(error));
    }
    this.#users?.reload();
    this.#operatorAccess?.reload();
    for (const pool of this.#pools) pool.replaceConnections();
    const secured = this.#listeners.filter(({ settings }) => settings.tlsKey !== undefined);
    for (const { settings, daemon } of secured) {
      reread('certificate', this.#log, () => {
        const tls = readCertificate(settings);
        if (tls) daemon.replaceCertificate(tls);
      });
    }
    return changed;
  }

  /** Serves on while a load balancer moves the clients to other servers, as long as `--drain` says. */
  async drain(): Promise<void> {
    const { drain: seconds, grace } = this.#settings;
    if (seconds === 0 || !this.#operations.isReady) return;
    this.#operations.draining(grace, seconds);
    const daemons = this.#listeners.map(({ daemon }) => daemon);
    await drain(this.#registry, daemons, seconds);
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
    this.#abandoned.abort();
  }

  async #stop(grace: number): Promise<void> {
    // A start that is in progress cannot be stopped, except while it waits for a database.
    this.#stopped.abort();
    await this.#starting.catch(() => {});
    this.#operations.draining(grace);
    for (const database of this.#databases) database.drain();
    await Promise.all(this.#listeners.map(({ daemon }) => daemon.stop(grace)));
    await this.#users?.end();
    await this.#registry.close();
    await Promise.all(this.#pools.map((pool) => pool.end()));
    await this.#privateServer?.stop();
    // Last, because the listener for operators answers that the server is draining.
    await this.#operatorAccess?.stop();
    this.#operations.stopped();
    limitSpillFiles(Number.POSITIVE_INFINITY);
  }

  async #targets(): Promise<ReadonlyMap<string, ServedDatabase>> {
    const { databases, data } = this.#settings;
    if (databases.size > 0) return databases;
    const server = await PrivateServer.start(data, [], this.#abandoned.signal);
    this.#privateServer = server;
    void supervise(server, this.#log, this.#stopped.signal).then((reason) => {
      if (reason !== undefined) this.#failure.resolve(new StartFailure(reason));
    });
    return new Map([['database', { connection: server.options, values: {} }]]);
  }

  async #listen({ settings, daemon }: Listener): Promise<void> {
    const { fd, tlsKey } = settings;
    await daemon.start().catch((error: unknown) => {
      throw listenFailure(settings, error);
    });
    const { address, port } = daemon.address;
    const host = fd === undefined ? settings.host : address;
    // Before the event loop accepts a connection.
    if (fd !== undefined) refuseRemoteClients(host, this.#settings);
    if (this.#users !== undefined && tlsKey === undefined && !isLoopback(host)) {
      this.#log.warn({ host, port }, 'passwords are sent unencrypted: this listener has no TLS');
    }
  }

  async #serve(name: string, database: ServedDatabase, deadline: number): Promise<void> {
    const { connection, values, users, readOnly = false, init = [], label = false, autocommit } = database;
    const settings = settingsOf(this.#settings, name);
    const { connectWait, maxConnectionAge } = settings;
    const connections = this.#descriptors.connectionsOf(settings);
    const waiting = { connections, connectWait, maxConnectionAge };
    const pool = new ConnectionPool(connection, { ...waiting, readOnly, init, observer: this.#events.observer, name });
    this.#pools.push(pool);
    this.#applyUserLimits();
    const options = { registry: this.#registry, ...limitsOf(settings), label, autocommit, values, users };
    this.#databases.push(new Database(name, pool, options));
    try {
      await this.#connect(pool, deadline);
    } catch (error) {
      throw connectFailure(name, error);
    }
  }

  /** Never rejects. */
  async #warnOfLockout(pool: ConnectionPool): Promise<void> {
    try {
      const connection = await pool.acquire();
      const warns = await canLockOut(connection);
      void pool.release(connection);
      if (warns) this.#log.warn({ database: pool.name }, LOCKOUT_WARNING);
    } catch {
      // The database cannot be reached any more, which is reported elsewhere.
    }
  }

  /** Connects to a database, repeatedly until the deadline. Returns at once when the server stops. */
  async #connect(pool: ConnectionPool, deadline: number): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await pool.check();
        return;
      } catch (error) {
        if (performance.now() >= deadline) throw error;
        await setTimeout(RETRY_INTERVAL, undefined, { signal }).catch(() => {});
      }
    }
  }
}

/** The private server has only these settings. */
type ServedDatabase = Pick<DatabaseSettings, 'connection' | 'values'> & Partial<DatabaseSettings>;
