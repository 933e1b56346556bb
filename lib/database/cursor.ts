import { incorrect } from '../netsvc/method-declaration.js';
import type { Method } from '../netsvc/method-table.js';
import { Session } from '../netsvc/session.js';
import type { StreamedValue } from '../xmlrpc/streamed-value.js';
import type { Value } from '../xmlrpc/value.js';
import { commandsOutOfSync, ProgrammingError } from './connections/mysql-error.js';
import type { CursorClass } from './cursor-class.js';
import type { Database } from './database.js';
import { withDatabaseFailures } from './database-failure.js';
import { CURSOR_METHODS } from './method-declarations.js';
import { ConnectionLease } from './pinning/connection-lease.js';
import { StoredResults } from './results/stored-results.js';
import { StreamedResults } from './results/streamed-results.js';
import { describeColumn } from './rows/column.js';
import { cellRows } from './rows/row-packet.js';
import { type RowForm, rowValues, streamRows } from './rows/row-values.js';
import type { ValueOptions } from './rows/value-options.js';
import { type Executed, StatementRunner } from './statements/statement-runner.js';

/** So many rows at once are not worth a stream. */
const FEW = 16;

/** A client's MySQL session, with the methods and the habits of a MySQLdb cursor (PEP 249). */
export class Cursor extends Session {
  readonly #database: Database;
  readonly #class: CursorClass;
  readonly #lease: ConnectionLease;
  readonly #runner: StatementRunner;
  /** Undefined until something has been executed. */
  #executed: Executed<StoredResults | StreamedResults> | undefined;
  #arraysize = 1;

  constructor(database: Database, timeout: number, cursorClass: CursorClass) {
    super(database, timeout);
    this.#database = database;
    this.#class = cursorClass;
    this.#lease = new ConnectionLease(database.pool, { ...database.leasing, streams: cursorClass.streamed });
    this.#runner = new StatementRunner(this.#lease, database.limits);
    const methods = CURSOR_METHODS;
    this.exportMethod(this.execute, methods.execute);
    this.exportMethod(this.executemany, methods.executemany);
    this.exportMethod(this.callproc, methods.callproc);
    this.exportMethod(this.fetchone, methods.fetchone);
    this.exportMethod(this.fetchmany, methods.fetchmany);
    this.exportMethod(this.fetchall, methods.fetchall);
    this.exportMethod(this.nextset, methods.nextset);
    this.exportMethod(this.description, methods.description);
    this.exportMethod(this.rowcount, methods.rowcount);
    this.exportMethod(this.lastrowid, methods.lastrowid);
    this.exportMethod(this.arraysize, methods.arraysize);
    this.exportMethod(this.setarraysize, methods.setarraysize);
    this.exportMethod(this.begin, methods.begin);
    this.exportMethod(this.commit, methods.commit);
    this.exportMethod(this.rollback, methods.rollback);
    if (!cursorClass.streamed) this.exportMethod(this.scroll, methods.scroll);
  }

  override executeMethod(name: string, method: Method, params: readonly unknown[]): unknown {
    return withDatabaseFailures(() => super.executeMethod(name, method, params));
  }

  override get bigints(): ValueOptions['bigints'] {
    return this.#database.bigints;
  }

  override get nulls(): ValueOptions['nulls'] {
    return this.#database.nulls;
  }

  override async destroyReferences(): Promise<void> {
    this.#executed?.results?.close();
    this.#executed = undefined;
    await this.#lease.release();
    await super.destroyReferences();
  }

  async execute(query: string, args?: Value): Promise<number | bigint> {
    const request = this.currentRequest;
    this.#leaveResults();
    this.#executed = this.#class.streamed
      ? await this.#runner.stream(query, args, request)
      : await this.#runner.execute(query, args, request);
    return this.#executed.rowcount;
  }

  async executemany(query: string, args: readonly Value[]): Promise<number | bigint> {
    const request = this.currentRequest;
    this.#leaveResults();
    this.#executed = await this.#runner.executeMany(query, args, request);
    return this.#executed.rowcount;
  }

  /** The arguments go through variables of the session named after the procedure and their place, as in MySQLdb. */
  async callproc(procname: string, args: readonly Value[] = []): Promise<readonly Value[]> {
    const variables = args.map((_, i) => `@\`_${procname.replaceAll('`', '``')}_${i}\``);
    if (args.length > 0) {
      await this.#run(`SET ${variables.map((variable) => `${variable.replaceAll('%', '%%')} = %s`).join(', ')}`, args);
    }
    await this.execute(`CALL ${procname}(${variables.join(', ')})`);
    return args;
  }

  fetchone(): Value | Promise<Value> {
    const rows = this.#fetchFew(1);
    return rows instanceof Promise ? rows.then(([row = null]) => row) : (rows[0] ?? null);
  }

  fetchmany(size = 0): unknown {
    if (size < 0) throw incorrect(`size: expected 0 or more, received ${size}.`);
    const count = size || this.#arraysize;
    return count <= FEW ? this.#fetchFew(count) : this.#fetchMany(count);
  }

  fetchall(): StreamedValue | Value[] {
    return this.#fetchMany(Number.POSITIVE_INFINITY);
  }

  async nextset(): Promise<1 | null> {
    const results = this.#executed?.results;
    if (results === undefined || !(await results.next(this.currentRequest))) return null;
    this.#executed = { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
    return 1;
  }

  description(): Value {
    const results = this.#executed?.results;
    return results?.columns?.map((column, i) => describeColumn(column, results.longest[i] ?? 0)) ?? null;
  }

  rowcount(): number | bigint {
    if (this.#executed === undefined) return -1;
    const { results, rowcount } = this.#executed;
    // After executemany the count is that of all its statements; a result set has its own.
    return results?.columns ? results.rowcount : rowcount;
  }

  lastrowid(): number | bigint | null {
    return this.#executed?.lastrowid ?? null;
  }

  arraysize(): number {
    return this.#arraysize;
  }

  setarraysize(size: number): void {
    if (size < 1) throw incorrect(`size: expected 1 or more, received ${size}.`);
    this.#arraysize = size;
  }

  begin(): Promise<void> {
    return this.#run('BEGIN');
  }

  commit(): Promise<void> {
    return this.#run('COMMIT');
  }

  rollback(): Promise<void> {
    return this.#run('ROLLBACK');
  }

  scroll(value: number, mode = 'relative'): void {
    if (mode !== 'relative' && mode !== 'absolute') throw new ProgrammingError(`unknown scroll mode '${mode}'`);
    const { results } = this.#mustHaveExecuted();
    if (!(results instanceof StoredResults) || !results.scroll(value, mode)) {
      throw incorrect(`value: there is no row ${value} (${mode}).`);
    }
  }

  /** Runs a statement beside the results that are there to be fetched. */
  async #run(sql: string, args?: Value): Promise<void> {
    const request = this.currentRequest;
    this.#checkRead();
    (await this.#runner.execute(sql, args, request)).results?.close();
  }

  /** Rows as values, at once where they have been stored. */
  #fetchFew(count: number): Value[] | Promise<Value[]> {
    const { results } = this.#mustHaveExecuted();
    const form = this.#form(results);
    if (results === undefined || form === undefined) return [];
    const { columns } = form;
    if (results instanceof StoredResults) return rowValues(form, cellRows(columns.length, results.fetch(count)));
    return collect(results.fetch(count, this.currentRequest)).then((runs) =>
      rowValues(form, cellRows(columns.length, runs)),
    );
  }

  /** Rows that become XML while they are sent. */
  #fetchMany(count: number): StreamedValue | Value[] {
    const { results } = this.#mustHaveExecuted();
    const form = this.#form(results);
    if (results === undefined || form === undefined) return [];
    return streamRows(form, results.fetch(count, this.currentRequest), this);
  }

  #form(results: StoredResults | StreamedResults | undefined): RowForm | undefined {
    const columns = results?.columns;
    return columns && { columns, values: this.#database.values, dict: this.#class.dict };
  }

  #mustHaveExecuted(): Executed<StoredResults | StreamedResults> {
    if (this.#executed === undefined) throw new ProgrammingError('execute() first');
    return this.#executed;
  }

  /** Before another statement: what the last one left is dropped, unless it is a failure that nobody has been told yet. */
  #leaveResults(): void {
    this.#checkRead();
    const results = this.#executed?.results;
    this.#executed = undefined;
    results?.close();
    if (results instanceof StoredResults) results.raise();
  }

  /** While rows are streaming, MySQL takes no other statement. */
  #checkRead(): void {
    const results = this.#executed?.results;
    if (results instanceof StreamedResults && results.unread) throw commandsOutOfSync();
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
