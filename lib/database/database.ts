import { checkCalls } from '../netsvc/call-list.js';
import { unexpected } from '../netsvc/fault-texts.js';
import type { Method } from '../netsvc/method-table.js';
import { Service } from '../netsvc/service.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import type { ServiceRegistry } from '../netsvc/service-registry.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import { inTurns } from '../turns/turns.js';
import { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Struct, Value } from '../xmlrpc/value.js';
import type { ResponseForm } from '../xmlrpc/value-encoding.js';
import { type CallOptions, callOptions } from './calls/call-options.js';
import { queryResult, queryResults } from './calls/query-result.js';
import { makeSessionCalls } from './calls/session-calls.js';
import { Transaction } from './calls/transaction.js';
import { Cursor } from './cursor.js';
import { CURSOR_CLASSES, type CursorParent } from './cursor-parent.js';
import { type DatabaseOptions, type DatabaseSettings, databaseSettings } from './database-options.js';
import { ROW_COUNTS, type RowCount } from './driver/counted-rows.js';
import { withDatabaseFailures } from './errors/database-failure.js';
import { ConnectionLease } from './lease/connection-lease.js';
import { DATABASE_METHODS } from './method-declarations.js';
import type { ConnectionPool } from './pool/connection-pool.js';
import { HeldResults } from './results/held-results.js';
import { type ResultForm, repeatRows } from './rows/row-values.js';
import { statementLabel } from './sql/statement-label.js';
import { type Executed, StatementRunner } from './statements/statement-runner.js';

/** Characters of an option's value that are repeated in a fault. */
const MAX_OPTION = 100;

/** Of the method `session`. */
const SESSION_OPTIONS = { timeout: 'double', cursorclass: 'string', autocommit: 'boolean', rows: 'string' } as const;

/**
 * The database service of OSE's manual: runs statements, and opens cursor sessions.
 *
 * @example
 * const { connection, values } = parseMysqlUrl('mysql://user:password@localhost/shop');
 * new Database('shop', new ConnectionPool(connection), { values });
 */
export class Database extends Service implements CursorParent {
  readonly pool: ConnectionPool;
  #settings: DatabaseSettings;
  #state: 'open' | 'draining' | 'removed' = 'open';

  constructor(
    name: string,
    pool: ConnectionPool,
    { registry, ...options }: DatabaseOptions & { readonly registry?: ServiceRegistry } = {},
  ) {
    super(name, registry);
    this.pool = pool;
    this.#settings = databaseSettings(options);
    this.joinGroup('database-services');
    this.exportMethods(DATABASE_METHODS);
  }

  get settings(): DatabaseSettings {
    return this.#settings;
  }

  /** Replaces all options. Open sessions keep those of their opening, but for `users`. */
  replaceOptions(options: DatabaseOptions): void {
    this.#settings = databaseSettings(options);
  }

  /** Makes `cursor` fail with fault 58 from now on. Open sessions are not affected. */
  drain(): void {
    this.#state = 'draining';
  }

  /** From now on, the endpoint does not exist for clients, except that open sessions go on until they end. */
  remove(): void {
    this.#state = 'removed';
  }

  /** Undoes `remove`. */
  restore(): void {
    if (this.#state === 'removed') this.#state = 'open';
  }

  override admits(user: string): boolean {
    return super.admits(user) && this.#state !== 'removed' && this.allows(user);
  }

  /** Whether a user may use the database. */
  allows(user: string): boolean {
    const { users } = this.#settings;
    return users === undefined || users.has(user);
  }

  override get form(): ResponseForm {
    return this.#settings.form;
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
    const { timeout = 60, cursorclass = 'Cursor', autocommit = this.#settings.autocommit } = options;
    const { maxTimeout } = this.#settings.limits;
    if (this.#state === 'draining') throw ServiceFailure.shuttingDown();
    const { lastingFailure } = this.pool;
    // Clients repeat what fails: their sessions would fill the limits, and outlast the failure.
    if (lastingFailure) throw lastingFailure;
    if (!(timeout > 0 && timeout <= maxTimeout)) {
      throw unexpected('timeout', `more than 0 and at most ${maxTimeout} seconds`, timeout);
    }
    const cursorClass = CURSOR_CLASSES.get(cursorclass);
    if (cursorClass === undefined) {
      throw unexpected('cursorclass', `one of ${[...CURSOR_CLASSES.keys()].join(', ')}`, cursorclass);
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
    const held = new HeldResults(this.#settings.limits, request.account);
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

  /** For a request outside of sessions. */
  #lease({ user }: ServiceRequest): ConnectionLease {
    const label = this.#settings.label ? statementLabel(user) : undefined;
    return new ConnectionLease(this.pool, { ...this.#settings.limits, label });
  }

  get #resultForm(): ResultForm {
    return { values: this.#settings.values, encoding: this, dict: false };
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
    const { limits } = this.#settings;
    const lease = this.#lease(request);
    try {
      const executed = await run(new StatementRunner(lease, () => limits), request);
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
    throw unexpected('rows', `one of ${ROW_COUNTS.join(', ')}`, given.slice(0, MAX_OPTION));
  }
  return count;
}
