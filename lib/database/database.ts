import { incorrect } from '../netsvc/method-declaration.js';
import type { Method } from '../netsvc/method-table.js';
import { Service } from '../netsvc/service.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import { ServiceRegistry } from '../netsvc/service-registry.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import type { Value } from '../xmlrpc/value.js';
import type { ConnectionPool } from './connections/connection-pool.js';
import { Cursor } from './cursor.js';
import { CURSOR_CLASSES } from './cursor-class.js';
import { withDatabaseFailures } from './database-failure.js';
import { DATABASE_METHODS } from './method-declarations.js';
import { ConnectionLease, type LeaseOptions } from './pinning/connection-lease.js';
import type { ResultLimits } from './results/stored-results.js';
import { streamRows } from './rows/row-values.js';
import { DEFAULT_VALUES, type ValueOptions } from './rows/value-options.js';
import { type Executed, StatementRunner } from './statements/statement-runner.js';

export interface DatabaseOptions {
  readonly registry?: ServiceRegistry;
  /** The longest idle time that a client may ask for, in seconds; 3600 by default. */
  readonly maxTimeout?: number;
  /** How much memory the rows of one statement may take, in bytes; 16 MiB by default. What is more goes to a file. */
  readonly resultMemory?: number;
  /** How much room they may take in all, in bytes; 4 GiB by default. */
  readonly maxResult?: number;
  /** How many seconds a statement may run; no limit by default. */
  readonly queryTimeout?: number;
  /** Whether each session keeps a connection of its own until it ends; by default only when something ties it to one. */
  readonly pin?: boolean;
  /** The forms that values have for clients. */
  readonly values?: Partial<ValueOptions>;
  /** The users that may use it; by default all that the gateway lets in. For others there is no such endpoint. */
  readonly users?: ReadonlySet<string> | undefined;
}

/** The service of OSE's manual: runs statements, and opens a cursor session for each client that wants one. */
export class Database extends Service {
  readonly pool: ConnectionPool;
  readonly limits: ResultLimits;
  readonly values: ValueOptions;
  readonly leasing: LeaseOptions;
  readonly #maxTimeout: number;
  readonly #users: ReadonlySet<string> | undefined;
  #draining = false;

  constructor(name: string, pool: ConnectionPool, options: DatabaseOptions = {}) {
    super(name, options.registry ?? ServiceRegistry.default);
    this.pool = pool;
    this.limits = {
      resultMemory: options.resultMemory ?? 16 * 1024 ** 2,
      maxResult: options.maxResult ?? 4 * 1024 ** 3,
    };
    this.values = { ...DEFAULT_VALUES, ...options.values };
    this.leasing = { queryTimeout: options.queryTimeout, pin: options.pin };
    this.#maxTimeout = options.maxTimeout ?? 3600;
    this.#users = options.users;
    this.joinGroup('database-services');
    this.exportMethod(this.cursor, DATABASE_METHODS.cursor);
    this.exportMethod(this.execute, DATABASE_METHODS.execute);
    this.exportMethod(this.executemany, DATABASE_METHODS.executemany);
  }

  /** From here on `cursor` is refused with fault 58, while the sessions that are open go on. */
  drain(): void {
    this.#draining = true;
  }

  override admits(user: string): boolean {
    return super.admits(user) && (this.#users === undefined || this.#users.has(user));
  }

  override get bigints(): ValueOptions['bigints'] {
    return this.values.bigints;
  }

  override get nulls(): ValueOptions['nulls'] {
    return this.values.nulls;
  }

  override executeMethod(name: string, method: Method, params: readonly unknown[]): unknown {
    return withDatabaseFailures(() => super.executeMethod(name, method, params));
  }

  /**
   * @param timeout idle seconds
   * @returns the session's id
   */
  cursor(timeout = 60, cursorclass = 'Cursor'): string {
    if (this.#draining) throw ServiceFailure.shuttingDown();
    if (!(timeout > 0 && timeout <= this.#maxTimeout)) {
      throw incorrect(`timeout: expected more than 0 and at most ${this.#maxTimeout} seconds, received ${timeout}.`);
    }
    const kind = CURSOR_CLASSES.get(cursorclass);
    if (kind === undefined) {
      throw incorrect(
        `cursorclass: expected one of ${[...CURSOR_CLASSES.keys()].join(', ')}, received ${cursorclass}.`,
      );
    }
    return new Cursor(this, timeout, kind).childName;
  }

  execute(query: string, args?: Value): Promise<unknown> {
    return this.#runOnce((runner, request) => runner.execute(query, args, request));
  }

  executemany(query: string, args: readonly Value[]): Promise<unknown> {
    return this.#runOnce((runner, request) => runner.executeMany(query, args, request));
  }

  /** Runs on a connection that is given back, cleaned, while the answer is on its way. */
  async #runOnce(run: (runner: StatementRunner, request: ServiceRequest) => Promise<Executed>): Promise<unknown> {
    const request = this.currentRequest;
    const lease = new ConnectionLease(this.pool, this.leasing);
    try {
      const { results, rowcount } = await run(new StatementRunner(lease, this.limits), request);
      const columns = results?.columns;
      if (results === undefined || columns === undefined) return rowcount;
      const form = { columns, values: this.values, dict: false };
      return streamRows(form, results.fetch(Number.POSITIVE_INFINITY), this, () => results.close());
    } finally {
      void lease.release();
    }
  }
}
