import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Database } from '../../database/database.js';
import { obstacleOf } from '../../database/errors/obstacle.js';
import { ConnectionPool } from '../../database/pool/connection-pool.js';
import type { PoolSettings } from '../../database/pool/pool-options.js';
import type { Log } from '../../netsvc/log.js';
import type { ServiceRegistry } from '../../netsvc/service-registry.js';
import type { DatabaseSettings } from '../configuration/database-settings.js';
import { limitsOf, settingsOf } from '../configuration/effective-limits.js';
import { UsageError } from '../configuration/problems.js';
import type { Settings } from '../configuration/settings.js';
import type { ServerObserver } from '../observation/event-stream.js';
import { canLockOut, LOCKOUT_WARNING } from './account-check.js';
import type { ServerShares } from './descriptor-shares.js';
import { connectFailure } from './start-failures.js';

/** The interval at which `--wait-for-database` tries to connect, and an end of use is looked for, in milliseconds. */
const INTERVAL = 1000;

/** What is served by name. The private server has only a connection. */
export type DatabaseTargets = ReadonlyMap<
  string,
  Pick<DatabaseSettings, 'connection' | 'values'> & Partial<DatabaseSettings>
>;

/** What the databases of a server share. */
export interface DatabasesParts {
  readonly registry: ServiceRegistry;
  readonly log: Log;
  readonly observer: ServerObserver;
  /** Aborts when the server stops. */
  readonly stopped: AbortSignal;
}

/** How a pool is made. A change replaces its connections. */
interface PoolConfiguration {
  readonly connection: DatabaseSettings['connection'];
  readonly pool: PoolSettings;
}

interface ServedDatabase {
  readonly database: Database;
  readonly pool: ConnectionPool;
  configuration: PoolConfiguration;
  /** `leaving`: it is no longer in the configuration, and its open sessions go on. */
  state: 'serving' | 'leaving';
  /** The end of its use is being waited for. */
  isWatched: boolean;
}

/** The databases that a server serves, each with its pool. */
export class Databases {
  /** Those of the databases that are served by now. */
  readonly pools: ConnectionPool[] = [];
  readonly #parts: DatabasesParts;
  readonly #served = new Map<string, ServedDatabase>();
  #settings: Settings;
  #shares: ServerShares;

  constructor(settings: Settings, shares: ServerShares, parts: DatabasesParts) {
    this.#settings = settings;
    this.#shares = shares;
    this.#parts = parts;
    // Each database that leaves waits for it.
    setMaxListeners(0, parts.stopped);
  }

  /** The endpoints of those that clients can use. */
  get endpoints(): string[] {
    return this.servedPools.map(({ name }) => name);
  }

  /** The pools of those that clients can use. */
  get servedPools(): ConnectionPool[] {
    return [...this.#served.values()].filter(isServing).map(({ pool }) => pool);
  }

  /**
   * Serves the databases as soon as all can be reached, or at the deadline those that can. The others are no reason to
   * serve none, unless their settings are wrong. Returns early when the server stops.
   *
   * @param deadline until which they are tried, in milliseconds of `performance.now`
   * @throws {StartFailure} if none can be reached, or one refuses the account
   */
  async start(targets: DatabaseTargets, deadline: number): Promise<void> {
    const added = [...targets].map(([name, target]) => this.#add(name, target));
    const outcomes = await Promise.all(added.map(({ pool }) => this.#connect(pool, deadline)));
    const failed = outcomes.filter((outcome) => outcome !== undefined);
    const lasting = failed.find(({ error }) => obstacleOf(error) === undefined);
    const failure = lasting ?? (failed.length === added.length ? failed[0] : undefined);
    if (failure) throw connectFailure(failure.name, failure.error);
  }

  /** Never rejects. @param targets those to check; all by default */
  async warnOfLockouts(targets: Iterable<ConnectionPool> = this.pools): Promise<void> {
    await Promise.all([...targets].map((pool) => this.#warnOfLockout(pool)));
  }

  /**
   * Connects to the databases that new settings add, or connect to in another way.
   *
   * @throws {UsageError} with all failures
   */
  async check(settings: Settings, shares: ServerShares, targets: DatabaseTargets): Promise<void> {
    const failures = await Promise.all(
      [...targets].map(async ([name, target]) => {
        const { connection, pool: options } = configurationOf(settingsOf(settings, name), shares, target);
        const served = this.#served.get(name)?.configuration;
        if (isDeepStrictEqual(served?.connection, connection) && isDeepStrictEqual(served?.pool.init, options.init)) {
          return [];
        }
        return failuresOf(name, new ConnectionPool(connection, { ...options, connections: 1 }));
      }),
    );
    const all = failures.flat();
    if (all.length > 0) throw new UsageError(all.join('\n'));
  }

  /** Adds, changes and removes what is served. Open sessions go on. */
  apply(settings: Settings, shares: ServerShares, targets: DatabaseTargets): void {
    this.#settings = settings;
    this.#shares = shares;
    const known = new Set(this.#served.keys());
    for (const [name, target] of targets) {
      const served = this.#served.get(name);
      if (served) this.#change(name, served, target);
      else this.#add(name, target);
    }
    for (const [name, served] of this.#served) if (!targets.has(name)) void this.#leave(name, served);
    void this.warnOfLockouts(this.pools.filter(({ name }) => !known.has(name)));
  }

  /** No database opens a session any more. */
  drain(): void {
    for (const { database } of this.#served.values()) database.drain();
  }

  /** Closes all connections to MySQL. */
  async end(): Promise<void> {
    await Promise.all(this.pools.map((pool) => pool.end()));
  }

  #add(name: string, target: TargetOf<DatabaseTargets>): ServedDatabase {
    const { registry, observer } = this.#parts;
    const settings = settingsOf(this.#settings, name);
    const configuration = configurationOf(settings, this.#shares, target);
    const pool = new ConnectionPool(configuration.connection, { ...configuration.pool, observer, name });
    const database = new Database(name, pool, { ...optionsOf(settings, target), registry });
    const served: ServedDatabase = { database, pool, configuration, state: 'serving', isWatched: false };
    this.pools.push(pool);
    this.#served.set(name, served);
    return served;
  }

  #change(name: string, served: ServedDatabase, target: TargetOf<DatabaseTargets>): void {
    const settings = settingsOf(this.#settings, name);
    const configuration = configurationOf(settings, this.#shares, target);
    served.database.replaceOptions(optionsOf(settings, target));
    // The server of several that is used stays so, unless something has changed.
    if (isDeepStrictEqual(served.configuration, configuration)) served.pool.replaceConnections();
    else served.pool.replace(configuration.connection, configuration.pool);
    served.configuration = configuration;
    served.state = 'serving';
    served.database.restore();
  }

  /** Waits until nobody uses a database any more, which may again be served meanwhile. */
  async #leave(name: string, served: ServedDatabase): Promise<void> {
    const { registry, log, stopped } = this.#parts;
    const { database, pool } = served;
    served.state = 'leaving';
    database.remove();
    if (served.isWatched) return;
    served.isWatched = true;
    const isUsed = () => {
      const { used, pinned, waiting } = pool.counts;
      return used + pinned + waiting > 0 || [...registry.sessions].some(({ parent }) => parent === database);
    };
    // At least once, for requests that have just arrived.
    do {
      await setTimeout(INTERVAL, undefined, { signal: stopped, ref: false }).catch(() => {});
    } while (isUsed() && !isServing(served) && !stopped.aborted);
    served.isWatched = false;
    if (isServing(served) || stopped.aborted) return;
    this.#served.delete(name);
    this.pools.splice(this.pools.indexOf(pool), 1);
    await database.destroyReferences();
    await pool.end();
    log.info({ database: name }, 'database removed');
  }

  /** Connects to a database, repeatedly until the deadline. Returns at once when the server stops. @returns why not */
  async #connect(pool: ConnectionPool, deadline: number): Promise<{ name: string; error: unknown } | undefined> {
    const { stopped: signal } = this.#parts;
    while (!signal.aborted) {
      try {
        await pool.check();
        return undefined;
      } catch (error) {
        if (performance.now() >= deadline) return { name: pool.name, error };
        await setTimeout(INTERVAL, undefined, { signal }).catch(() => {});
      }
    }
    return undefined;
  }

  async #warnOfLockout(pool: ConnectionPool): Promise<void> {
    try {
      const connection = await pool.acquire();
      const warns = await canLockOut(connection);
      void pool.release(connection);
      if (warns) this.#parts.log.warn({ database: pool.name }, LOCKOUT_WARNING);
    } catch {
      // The database cannot be reached any more, which is reported elsewhere.
    }
  }
}

/** Whether a database cannot be reached, and why. @param pool is closed */
async function failuresOf(name: string, pool: ConnectionPool): Promise<string[]> {
  try {
    await pool.check();
    return [];
  } catch (error) {
    return [connectFailure(name, error).message];
  } finally {
    await pool.end();
  }
}

type TargetOf<Targets> = Targets extends ReadonlyMap<string, infer Target> ? Target : never;

/** The state may have changed during an `await`. */
function isServing({ state }: ServedDatabase): boolean {
  return state === 'serving';
}

/** @param settings with the limits of the database */
function configurationOf(
  settings: Settings,
  shares: ServerShares,
  { connection, readOnly = false, init = [] }: TargetOf<DatabaseTargets>,
): PoolConfiguration {
  const { connectWait, maxConnectionAge } = settings;
  const connections = shares.connectionsOf(settings);
  return { connection, pool: { connections, connectWait, maxConnectionAge, readOnly, init } };
}

function optionsOf(settings: Settings, target: TargetOf<DatabaseTargets>) {
  const { label = false, autocommit, values, users } = target;
  return { ...limitsOf(settings), label, autocommit, values, users };
}
