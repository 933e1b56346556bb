import { RpcGateway } from '../../http/rpc/rpc-gateway.js';
import { MemoryAccounts } from '../../memory/memory-account.js';
import { limitSpillFiles } from '../../memory/spill-file.js';
import type { Log } from '../../netsvc/log.js';
import { ServiceRegistry } from '../../netsvc/service-registry.js';
import { withResolvers } from '../../system/with-resolvers.js';
import { Monitoring } from '../admin/monitoring.js';
import { type ChangedSetting, changedSettings } from '../configuration/changed-settings.js';
import { applyUserLimits } from '../configuration/effective-limits.js';
import type { AppliedBy } from '../configuration/option-definition.js';
import { StartFailure, UsageError } from '../configuration/problems.js';
import { memorySettings, type Settings } from '../configuration/settings.js';
import { EventStream } from '../observation/event-stream.js';
import type { PrivateServer } from '../private/private-server.js';
import { Databases, type DatabaseTargets } from './databases.js';
import { applyShares, type ServerShares, sharesFor } from './descriptor-shares.js';
import { drain } from './drain.js';
import { Listeners } from './listeners.js';
import { OperatorAccess } from './operator-access.js';
import { WatchedUsers } from './watched-users.js';

/** The URL of a listener and of its databases. */
export interface Address {
  readonly url: string;
  readonly endpoints: readonly string[];
}

export interface NetsvcServerOptions {
  /** Returns the settings as they are now. Throws if they are invalid. By default they never change. */
  readonly readSettings?: () => Settings;
  /** Makes the log write lines of this level and above. */
  readonly setLogLevel?: (level: Settings['logLevel']) => void;
  /** Of netsvc, for the metrics. */
  readonly version?: string;
}

/** What a reload changes to, when everything has been read and checked. */
interface Reloaded {
  readonly settings: Settings;
  readonly shares: ServerShares;
  readonly targets: DatabaseTargets;
}

/** Everything that `bin/netsvc` runs, from the private server to the listeners, and the order of start and stop. */
export class NetsvcServer {
  #settings: Settings;
  readonly #options: NetsvcServerOptions;
  readonly #log: Log;
  readonly #registry: ServiceRegistry;
  readonly #gateway: RpcGateway;
  readonly #users: WatchedUsers | undefined;
  readonly #monitoring: Monitoring;
  readonly #operatorAccess: OperatorAccess | undefined;
  readonly #listeners: Listeners;
  readonly #databases: Databases;
  readonly #events = new EventStream();
  #shares: ServerShares;
  #privateServer: PrivateServer | undefined;
  #starting: Promise<void> = Promise.resolve();
  #reloading: Promise<unknown> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  /** Ends the wait for a database, and the restarts of the private server. */
  readonly #stopped = new AbortController();
  /** Ends the private server, also while it is being started. */
  readonly #abandoned = new AbortController();
  readonly #failure = withResolvers<StartFailure>();

  /** @throws {UsageError} if a file that the settings name cannot be used */
  constructor(settings: Settings, log: Log, options: NetsvcServerOptions = {}) {
    const { users: file, maxRequest, admin, instance } = settings;
    this.#settings = settings;
    this.#options = options;
    this.#log = log;
    this.#shares = sharesFor(settings);
    const { observer } = this.#events;
    const maxConnections = this.#shares.operators;
    const logins = loginsOf(settings);
    this.#operatorAccess = admin && new OperatorAccess(admin, { log, observer, logins, maxConnections });
    const memory = new MemoryAccounts(memorySettings(settings));
    const registry = new ServiceRegistry({ log, instance, observer, memory });
    this.#registry = registry;
    this.#users = file === undefined ? undefined : new WatchedUsers(file, 'users', log, logins);
    if (this.#users) {
      this.#users.onReloaded = () => this.#applyUserLimits();
      this.#users.onRead = (reload) => observer.reloaded?.(reload);
    }
    this.#databases = new Databases(settings, this.#shares, { registry, log, observer, stopped: this.#stopped.signal });
    this.#gateway = new RpcGateway('database-services', { registry, maxRequest, users: this.#users?.users, log });
    this.#listeners = new Listeners(settings, this.#shares, { gateway: this.#gateway, log, observer });
    this.#applyUserLimits();
    const unlock = (login?: string, host?: string) =>
      (this.#users?.users.unlock(login, host) ?? 0) + (this.#operatorAccess?.unlock(login, host) ?? 0);
    const { pools } = this.#databases;
    const { traffic } = this.#listeners;
    const served = () => this.#databases.servedPools;
    const settingsNow = () => this.#settings;
    const parts = {
      get settings() {
        return settingsNow();
      },
      ...{ log, registry, pools, served, traffic, version: options.version ?? '', reload: () => this.reload(), unlock },
      certificates: () => this.#listeners.certificates,
    };
    this.#monitoring = new Monitoring(parts, this.#events);
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
      throw error;
    }
  }

  async #start(): Promise<void> {
    applyShares(this.#shares, this.#settings, this.#log);
    const operatorView = await this.#monitoring.start();
    if (operatorView) await this.#operatorAccess?.start(operatorView, this.#settings.insecure);
    const deadline = performance.now() + this.#settings.waitForDatabase * 1000;
    if (this.#settings.databases.size === 0) await this.#startPrivateServer();
    await this.#databases.start(this.#targetsOf(this.#settings), deadline);
    this.#applyUserLimits();
    if (this.#stopped.signal.aborted) return;
    await this.#listeners.start(this.#settings);
    this.#users?.watch();
    const { adminUrl: admin } = this;
    this.#monitoring.ready({ urls: this.#listeners.urls, ...(admin && { admin }) });
    // The clients of a private server may do everything.
    if (this.#privateServer === undefined) await this.#databases.warnOfLockouts();
  }

  async #startPrivateServer(): Promise<void> {
    // Loaded only if it is used, as other optional parts are.
    const { startPrivateServer, supervise } = await import('../private/private-server-supervision.js');
    const server = await startPrivateServer(this.#settings.data, this.#abandoned.signal);
    this.#privateServer = server;
    void supervise(server, this.#log, this.#stopped.signal).then((reason) => {
      if (reason !== undefined) this.#failure.resolve(new StartFailure(reason));
    });
  }

  #targetsOf({ databases }: Settings): DatabaseTargets {
    const own = this.#privateServer;
    return own ? new Map([['database', { connection: own.options, values: {} }]]) : databases;
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
    const { endpoints } = this.#databases;
    return this.#listeners.urls.map((url) => ({ url, endpoints: endpoints.map((name) => url + name) }));
  }

  /**
   * Reads the configuration, the password files and the certificates again, checks all of it, and applies it: all or
   * nothing. The MySQL connections that no session needs are replaced, so that what has changed of their accounts takes
   * effect. Sessions and clients' connections are not affected. Reloads run one after the other.
   *
   * @returns the keys of the settings that have changed
   * @throws {UsageError} why nothing is reloaded
   */
  reload(): Promise<string[]> {
    const reloaded = this.#reloading.then(() => this.#reload());
    this.#reloading = reloaded.then(
      (keys) => this.#monitoring.reloaded({ what: 'configuration', keys }),
      (error: unknown) => this.#noteReloadFailure(error),
    );
    return reloaded;
  }

  #noteReloadFailure(error: unknown): void {
    const isKnown = error instanceof UsageError;
    const problems = isKnown ? error.message.split('\n') : ['internal error'];
    this.#log.error(isKnown ? { problems } : { err: error }, 'nothing is reloaded');
    this.#monitoring.reloaded({ what: 'configuration', problems });
  }

  async #reload(): Promise<string[]> {
    await this.#starting;
    const settings = this.#options.readSettings?.() ?? this.#settings;
    const changes = changedSettings(this.#settings, settings);
    refuseRestart(changes);
    const shares = sharesFor(settings, this.#shares.open);
    const targets = this.#targetsOf(settings);
    const apply = this.#appliers({ settings, shares, targets });
    await this.#databases.check(settings, shares, targets);
    if (this.#stopping) throw new UsageError('the server is shutting down');
    this.#settings = settings;
    this.#shares = shares;
    for (const applyPart of Object.values(apply)) applyPart();
    const keys = changes.map(({ key }) => key);
    this.#log.info({ keys }, 'configuration reloaded');
    return keys;
  }

  /**
   * Returns what applies the settings of each part. Files are read here, so that nothing fails later.
   *
   * @throws {UsageError} if a file cannot be used
   */
  #appliers({ settings, shares, targets }: Reloaded): Record<Exclude<AppliedBy, 'restart'>, () => void> {
    const certificates = this.#listeners.read(settings);
    const users = this.#users?.prepare(settings.users, loginsOf(settings));
    const operators = this.#operatorAccess?.prepare(settings, loginsOf(settings));
    return {
      log: () => {
        this.#options.setLogLevel?.(settings.logLevel);
        this.#monitoring.configure(settings);
      },
      memory: () => this.#registry.memory.replaceLimits(memorySettings(settings)),
      users: () => {
        users?.();
        operators?.();
      },
      databases: () => {
        applyShares(shares, settings, this.#log);
        this.#databases.apply(settings, shares, targets);
        this.#applyUserLimits();
      },
      listeners: () => {
        this.#gateway.maxRequest = settings.maxRequest;
        this.#listeners.apply(settings, shares, certificates);
      },
      // They are read when the server stops, and when the configuration is checked.
      use: () => {},
    };
  }

  #applyUserLimits(): void {
    const { sessionLimits } = this.#registry;
    const { pools } = this.#databases;
    applyUserLimits(this.#settings, this.#users?.users.size ?? 0, { sessionLimits, pools });
  }

  /** Serves on while a load balancer moves the clients to other servers, as long as `--drain` says. */
  async drain(): Promise<void> {
    const { drain: seconds, grace } = this.#settings;
    if (seconds === 0 || !this.#monitoring.isReady) return;
    this.#monitoring.draining(grace, seconds);
    await drain(this.#registry, this.#listeners.daemons, seconds);
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
    this.#monitoring.draining(grace);
    this.#databases.drain();
    await this.#listeners.stop(grace);
    await this.#users?.end();
    await this.#registry.close();
    await this.#databases.end();
    await this.#privateServer?.stop();
    // Last, because the listener for operators answers that the server is draining.
    await this.#operatorAccess?.stop();
    await this.#monitoring.stopped();
    limitSpillFiles(Number.POSITIVE_INFINITY);
  }
}

function loginsOf({ loginFailures, loginExempt }: Settings) {
  return { loginFailures, exempt: loginExempt };
}

/** @throws {UsageError} if a part of the server cannot change while it runs */
function refuseRestart(changes: readonly ChangedSetting[]): void {
  const keys = changes.flatMap(({ key, reload }) => (reload === 'restart' ? [key] : []));
  if (keys.length > 0) throw new UsageError(`these changes require a restart: ${keys.join(', ')}`);
}
