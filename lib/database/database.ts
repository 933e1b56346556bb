import { checkCalls } from '../netsvc/call-list.js';
import { incorrect } from '../netsvc/method-declaration.js';
import type { Method } from '../netsvc/method-table.js';
import { Service } from '../netsvc/service.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import type { ServiceRegistry } from '../netsvc/service-registry.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import type { Session } from '../netsvc/session.js';
import { inTurns } from '../turns/turns.js';
import type { ResponseForm } from '../xmlrpc/encoder.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Struct, Value } from '../xmlrpc/value.js';
import { type CallOptions, callOptions } from './call-options.js';
import type { ConnectionPool } from './connections/connection-pool.js';
import { ROW_COUNTS, type RowCount } from './connections/counted-rows.js';
import { Cursor } from './cursor.js';
import { type CompleteLimits, CURSOR_CLASSES, type CursorParent } from './cursor-parent.js';
import { withDatabaseFailures } from './database-failure.js';
import { DATABASE_METHODS } from './method-declarations.js';
import { ConnectionLease } from './pinning/connection-lease.js';
import { queryResult, queryResults } from './query-result.js';
import { HeldResults } from './results/held-results.js';
import { type ResultForm, repeatRows } from './rows/row-values.js';
import { DEFAULT_VALUES, type ValueOptions } from './rows/value-options.js';
import { makeSessionCalls } from './session-calls.js';
import { statementLabel } from './statement-label.js';
import { type Executed, StatementRunner } from './statements/statement-runner.js';
import { Transaction } from './transaction.js';

/** Characters of an option's value that are repeated in a fault. */
const MAX_OPTION = 100;

/** Of the method `session`. */
const SESSION_OPTIONS = { timeout: 'double', cursorclass: 'string', autocommit: 'boolean', rows: 'string' } as const;

/** The limits on what sessions do. */
export interface DatabaseLimits {
  /** The maximum idle timeout of a session, in seconds; 3600 by default. */
  readonly maxTimeout?: number;
  /**
   * The maximum memory of the rows of one statement, in bytes; 16 MiB by default. Rows beyond it are spilled to a file.
   */
  readonly resultMemory?: number;
  /** The maximum size of the rows of one statement, in memory and in the file, in bytes; 4 GiB by default. */
  readonly maxResult?: number;
  /** Seconds that a statement may run; no limit by default. */
  readonly queryTimeout?: number;
  /** Seconds that a transaction may take; no limit by default. Then it is rolled back. */
  readonly transactionTimeout?: number;
  /** Seconds that a session may be without a statement in a transaction; no limit by default. */
  readonly idleTransactionTimeout?: number;
  /** Pins every session from its first statement to its end; by default a session is pinned only when it has to be. */
  readonly pin?: boolean;
}

export interface DatabaseOptions extends DatabaseLimits {
  readonly registry?: ServiceRegistry;
  /** The XML-RPC types of values. */
  readonly values?: Partial<ValueOptions>;
  /**
   * Whether sessions begin with autocommit; true by default. Otherwise their statements begin a transaction, as PEP 249
   * says. Calls outside of sessions are always committed.
   */
  readonly autocommit?: boolean | undefined;
  /** Sends a comment in front of each statement that names the user and the session, for MySQL's process list. */
  readonly label?: boolean;
  /** The users that may use the database; all by default. For other users the endpoint does not exist. */
  readonly users?: ReadonlySet<string> | undefined;
}

/**
 * The database service of OSE's manual: runs statements, and opens cursor sessions.
 *
 * @example
 * const { connection, values } = parseMysqlUrl('mysql://user:password@localhost/shop');
 * new Database('shop', new ConnectionPool(connection), { values });
 */
export class Database extends Service implements CursorParent {
  readonly pool: ConnectionPool;
  readonly values: ValueOptions;
  #limits: CompleteLimits;
  #form: ResponseForm;
  readonly #autocommit: boolean;
  readonly #labelled: boolean;
  readonly #users: ReadonlySet<string> | undefined;
  #draining = false;

  constructor(
    name: string,
    pool: ConnectionPool,
    { registry, values, autocommit = true, label = false, users, ...limits }: DatabaseOptions = {},
  ) {
    super(name, registry);
    this.pool = pool;
    this.values = { ...DEFAULT_VALUES, ...values };
    this.#limits = complete(limits);
    this.#form = { ...this.values, maxResponse: this.#limits.maxResult };
    this.#autocommit = autocommit;
    this.#labelled = label;
    this.#users = users;
    this.joinGroup('database-services');
    this.exportMethods(DATABASE_METHODS);
  }

  get limits(): CompleteLimits {
    return this.#limits;
  }

  /** Replaces the limits, for new sessions. */
  replaceLimits(limits: DatabaseLimits): void {
    this.#limits = complete(limits);
    this.#form = { ...this.values, maxResponse: this.#limits.maxResult };
  }

  /** Makes `cursor` fail with fault 58 from now on. Open sessions are not affected. */
  drain(): void {
    this.#draining = true;
  }

  override admits(user: string): boolean {
    return super.admits(user) && (this.#users === undefined || this.#users.has(user));
  }

  override get form(): ResponseForm {
    return this.#form;
  }

  override executeMethod(name: string, method: Method, params: readonly unknown[]): unknown {
    return withDatabaseFailures(() => super.executeMethod(name, method, params));
  }

  /**
   * Opens a cursor session.
   *
   * @param timeout seconds of inactivity after which the session is closed
   * @returns the id of the session
   */
  cursor(timeout?: number, cursorclass?: string): string {
    return this.#open({ timeout, cursorclass }).childName;
  }

  #open(options: CallOptions<typeof SESSION_OPTIONS>): Cursor {
    const { timeout = 60, cursorclass = 'Cursor', autocommit = this.#autocommit } = options;
    const { maxTimeout } = this.#limits;
    if (this.#draining) throw ServiceFailure.shuttingDown();
    const { lastingFailure } = this.pool;
    // Clients repeat what fails: their sessions would fill the limits, and outlast the failure.
    if (lastingFailure) throw lastingFailure;
    if (!(timeout > 0 && timeout <= maxTimeout)) {
      throw incorrect(`timeout: expected more than 0 and at most ${maxTimeout} seconds, received ${timeout}.`);
    }
    const cursorClass = CURSOR_CLASSES.get(cursorclass);
    if (cursorClass === undefined) {
      throw incorrect(
        `cursorclass: expected one of ${[...CURSOR_CLASSES.keys()].join(', ')}, received ${cursorclass}.`,
      );
    }
    return new Cursor(this, timeout, { ...cursorClass, autocommit, rows: rowCount(options.rows) });
  }

  execute(query: string, args?: Value): Promise<unknown> {
    return this.#alone((runner, request) => runner.execute(query, args, request), this.#rowsOrCount);
  }

  executemany(query: string, args: readonly Value[]): Promise<unknown> {
    return this.#alone((runner, request) => runner.executeMany(query, args, request), this.#rowsOrCount);
  }

  query(query: string, args?: Value): Promise<object> {
    const form = (executed: Executed) => queryResult(executed, this.#resultForm);
    return this.#alone((runner, request) => runner.execute(query, args, request), form);
  }

  async transaction(statements: readonly Value[], options?: Struct): Promise<StreamedValue> {
    const transaction = new Transaction(statements, options);
    const request = this.currentRequest;
    await inTurns(transaction.read(), () => request.throwIfAborted());
    const held = new HeldResults(this.limits, request.account);
    const lease = this.#lease(request);
    const runner = new StatementRunner(lease, () => held.limits);
    try {
      const executed = await transaction.run({ lease, runner, held, request });
      return new StreamedValue(queryResults(executed, this.#resultForm), () => held.close());
    } catch (error) {
      held.close();
      // A transaction that failed has ended before its fault is sent.
      await lease.release();
      throw error;
    } finally {
      void lease.release();
    }
  }

  /** Opens a session, and makes calls on it until one fails. */
  session(calls: readonly Value[], options?: Struct): Promise<object> {
    checkCalls(calls);
    const given = callOptions(SESSION_OPTIONS, options);
    const request = this.currentRequest;
    return makeSessionCalls(this.#open(given), { calls, request, keep: given.timeout !== undefined });
  }

  label(user: string, session?: Session): string | undefined {
    return this.#labelled ? statementLabel(user, session?.logName.replace(/^.*#/, '')) : undefined;
  }

  /** For a request outside of sessions. */
  #lease({ user }: ServiceRequest): ConnectionLease {
    return new ConnectionLease(this.pool, { ...this.limits, label: this.label(user) });
  }

  get #resultForm(): ResultForm {
    return { values: this.values, encoding: this, dict: false };
  }

  /**
   * Runs a statement in a session of its own, with autocommit, which ends while the response is being sent.
   *
   * @param form returns the response, which holds the rows that it needs
   */
  async #alone<T>(
    run: (runner: StatementRunner, request: ServiceRequest) => Promise<Executed>,
    form: (executed: Executed) => T,
  ): Promise<T> {
    const request = this.currentRequest;
    const lease = this.#lease(request);
    try {
      const executed = await run(new StatementRunner(lease, () => this.limits), request);
      // There is no `nextset` that would raise an error behind the first result set.
      executed.results?.raiseAndClose();
      try {
        return form(executed);
      } finally {
        executed.results?.close();
      }
    } finally {
      void lease.release();
    }
  }

  /** All rows, or the number of affected rows. */
  readonly #rowsOrCount = ({ results, rowcount }: Executed): unknown => {
    const columns = results?.columns;
    if (results === undefined || columns === undefined) return rowcount;
    return repeatRows({ ...this.#resultForm, columns }, results.take(Number.POSITIVE_INFINITY));
  };
}

function rowCount(given: string | undefined): RowCount | undefined {
  const count = ROW_COUNTS.find((count) => count === given);
  if (given !== undefined && count === undefined) {
    throw incorrect(`rows: expected one of ${ROW_COUNTS.join(', ')}, received ${given.slice(0, MAX_OPTION)}.`);
  }
  return count;
}

function complete(limits: DatabaseLimits): CompleteLimits {
  const { maxTimeout = 3600, resultMemory = 16 * 1024 ** 2, maxResult = 4 * 1024 ** 3 } = limits;
  return { ...limits, maxTimeout, resultMemory, maxResult };
}
