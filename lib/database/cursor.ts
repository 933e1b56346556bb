import { callResults, checkCalls, checkNesting } from '../netsvc/call-list.js';
import type { SessionState } from '../netsvc/endpoint.js';
import { unexpected } from '../netsvc/fault-texts.js';
import type { Method } from '../netsvc/method-table.js';
import type { ServiceFailure } from '../netsvc/service-failure.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import { Session } from '../netsvc/session.js';
import { valuePieces } from '../xmlrpc/encoder.js';
import { RepeatableValue, type StreamedValue } from '../xmlrpc/streamed-value.js';
import { Double, type Value } from '../xmlrpc/value.js';
import { valueCost } from '../xmlrpc/value-cost.js';
import type { EncodedValue } from '../xmlrpc/value-encoding.js';
import { CurrentResults } from './calls/current-results.js';
import { fetchArriving, fetchStored, onlyRow } from './calls/fetched-rows.js';
import { NumberedCalls } from './calls/numbered-calls.js';
import { currentResult, queryResult } from './calls/query-result.js';
import { ALLOW_PAUSES, mayAllowPauses, nextPage, type PageKeeping, resultWithPage } from './calls/row-page.js';
import { type CursorOptions, type CursorParent, stateOf } from './cursor-parent.js';
import type { DatabaseSettings } from './database-options.js';
import { withDatabaseFailures } from './errors/database-failure.js';
import { CURSOR_METHODS, STORED_CURSOR_METHODS } from './method-declarations.js';
import { MAX_BYTES_AS_VALUES } from './results/result-limits.js';
import { StoredResults } from './results/stored-results.js';
import type { StreamedResults } from './results/streamed-results.js';
import type { ResultForm, RowForm } from './rows/row-values.js';
import { sessionRunner } from './session-runner.js';
import { boundStatement, type StatementWriting } from './statements/bound-statement.js';
import { callingProcedure, settingArguments } from './statements/procedure-call.js';
import type { Executed, StatementRunner } from './statements/statement-runner.js';

/** A client's MySQL session, with the methods and the behaviour of a MySQLdb cursor (PEP 249). */
export class Cursor extends Session {
  readonly #database: CursorParent;
  readonly #settings: DatabaseSettings;
  readonly #class: CursorOptions;
  /** Undefined until the first statement: it takes half of the memory of an idle session. */
  #usedRunner: StatementRunner | undefined;
  readonly #current = new CurrentResults();
  #arraysize = 1;
  /** The reader of rows may pause. */
  #mayPause: boolean;
  /** Undefined until the first call of `once`. */
  #numbered: NumberedCalls | undefined;
  /** Rows that are being sent, unless they are a part of an answer that is kept. */
  #sending: StreamedValue | undefined;

  constructor(database: CursorParent, timeout: number, options: CursorOptions) {
    super(database, timeout);
    this.#database = database;
    this.#settings = database.settings;
    this.#class = options;
    this.exportMethods(CURSOR_METHODS);
    this.#mayPause = options.streamed;
    if (!options.streamed) this.exportMethods(STORED_CURSOR_METHODS);
  }

  override executeMethod(name: string, method: Method, params: readonly unknown[]): unknown {
    return withDatabaseFailures(() => super.executeMethod(name, method, params));
  }

  override get form(): DatabaseSettings['form'] {
    return this.#settings.form;
  }

  override admits(user: string): boolean {
    return super.admits(user) && this.#database.allows(user);
  }

  override describe(): SessionState {
    return stateOf(this.#database.pool.name, this.#usedRunner?.lease, this.#current.stored);
  }

  override cancel(reason: ServiceFailure): boolean {
    return this.#usedRunner?.lease.cancel(reason) ?? false;
  }

  protected override get rowsReceived(): number {
    return this.#usedRunner?.lease.rows ?? 0;
  }

  override async destroyReferences(): Promise<void> {
    this.#sending?.cancel(this.endFailure);
    this.#current.close();
    this.#numbered?.close(this.endFailure);
    await this.#usedRunner?.lease.release(() => this.endFailure);
    await super.destroyReferences();
  }

  get #runner(): StatementRunner {
    const limits = () => this.#numbered?.held?.limits ?? this.#settings.limits;
    this.#usedRunner ??= sessionRunner(this, this.#database.pool, this.#settings, { ...this.#class, limits });
    return this.#usedRunner;
  }

  async execute(query: string, args?: Value): Promise<number | bigint> {
    return (await this.#executeStatement(boundStatement(query, args))).rowcount;
  }

  async executemany(query: string, args: readonly Value[]): Promise<number | bigint> {
    return (await this.#execute((request) => this.#runner.executeMany(query, args, request))).rowcount;
  }

  /** The same as `execute` and `fetchall`, with the columns. The rows are stored, also by SS cursors. */
  async query(query: string, args?: Value): Promise<object> {
    const executed = await this.#execute((request) => this.#runner.execute(query, args, request));
    return this.#answer(queryResult(executed, this.#resultForm), executed.results);
  }

  /** The struct of `query` for the current result set, whose remaining rows it fetches, and `autocommit`. */
  result(): object {
    const { executed, stored } = this.#current;
    return this.#answer(currentResult({ ...executed, results: stored }, this.#resultForm), stored);
  }

  /** Runs a statement, and returns the struct of `result` with the first page of its rows, which are not stored. */
  async stream(query: string, args?: Value): Promise<object> {
    const keeping = this.#keeping;
    if (!this.#mayPause && mayAllowPauses(query)) {
      await this.#run(boundStatement(ALLOW_PAUSES));
      this.#mayPause = true;
    }
    const executed = await this.#execute((request) => this.#runner.stream(boundStatement(query, args), request));
    return this.#answer(await resultWithPage(executed, this.#resultForm, keeping), undefined);
  }

  async fetchpage(): Promise<object> {
    const { executed, stored } = this.#current;
    const page = await nextPage(executed.results, this.#resultForm, this.#keeping);
    return this.#answer(page, stored);
  }

  /** Makes calls on this session, until one fails. */
  batch(calls: readonly Value[]): Promise<EncodedValue | StreamedValue> {
    checkCalls(calls);
    const request = this.currentRequest;
    return this.keepConnection(() => callResults(this, { calls, request, stop: true }));
  }

  /** Runs `work`, between whose statements no other session gets the connection. */
  keepConnection<T>(work: () => Promise<T>): Promise<T> {
    return this.#runner.lease.keep(work);
  }

  /** Makes a call that the client may repeat: its number gets the same answer. A disconnection does not cancel it. */
  once(n: number, methodName: string, params: readonly Value[]): Promise<unknown> {
    if (methodName === 'once') checkNesting(methodName);
    const make = (request: ServiceRequest) => {
      this.currentRequest = request;
      return this.call(methodName, params, request);
    };
    this.#numbered ??= new NumberedCalls(this, this.#settings.limits);
    return this.#numbered.once(n, { method: methodName, params, request: this.currentRequest, make });
  }

  /** Seconds until the session expires, which this does not delay. */
  ping(): Double {
    return new Double(this.remaining);
  }

  check(): Promise<void> {
    this.#current.checkAllRead();
    return this.#runner.lease.use(this.currentRequest, ({ connection }) => connection.ping());
  }

  protected override isUse(methodName: string): boolean {
    return methodName !== 'ping';
  }

  async callproc(procname: string, args: readonly Value[] = []): Promise<readonly Value[] | StreamedValue> {
    if (args.length > 0) await this.#run(settingArguments(procname, args));
    await this.#executeStatement(callingProcedure(procname, args.length));
    const cost = valueCost(args);
    if (cost <= MAX_BYTES_AS_VALUES) return args;
    this.#numbered?.held?.addMemory(cost);
    return this.#answer(new RepeatableValue(() => valuePieces(args, this)), undefined);
  }

  fetchone(): Value | StreamedValue | Promise<Value | StreamedValue> {
    const rows = this.#fetch(1, true);
    return rows instanceof Promise ? rows.then(onlyRow) : onlyRow(rows);
  }

  fetchmany(size = 0): StreamedValue | Value[] | Promise<StreamedValue | Value[]> {
    if (size < 0) throw unexpected('size', '0 or more', size);
    return this.#fetch(size || this.#arraysize);
  }

  fetchall(): StreamedValue | Value[] | Promise<StreamedValue | Value[]> {
    return this.#fetch(Number.POSITIVE_INFINITY);
  }

  nextset(): Promise<1 | null> {
    return this.#current.next(this.currentRequest.signal);
  }

  description(): Value {
    return this.#current.description;
  }

  rowcount(): number | bigint {
    return this.#current.rowcount;
  }

  lastrowid(): number | bigint | string | null {
    return this.#current.lastrowid;
  }

  arraysize(): number {
    return this.#arraysize;
  }

  setarraysize(size: number): void {
    if (size < 1) throw unexpected('size', '1 or more', size);
    this.#arraysize = size;
  }

  begin(): Promise<void> {
    return this.#run(boundStatement('BEGIN'));
  }

  commit(): Promise<void> {
    return this.#run(boundStatement('COMMIT'));
  }

  /** Undoes what a procedure did, so that its error behind a result set is of no account. */
  rollback(): Promise<void> {
    this.takeError();
    return this.#run(boundStatement('ROLLBACK'));
  }

  /** Returns the error behind a result set of the last statement, if no call has raised it. */
  takeError(): unknown {
    return this.#current.takeError();
  }

  scroll(value: number, mode = 'relative'): void {
    this.#current.scroll(value, mode);
  }

  /**
   * Runs a statement and keeps the results that can be fetched.
   *
   * @throws an error behind them instead: what a procedure did until it failed must not be committed unnoticed
   */
  async #run(writing: StatementWriting): Promise<void> {
    const request = this.currentRequest;
    this.#current.checkAllRead();
    this.#current.raise();
    (await this.#runner.run(writing, request)).results?.close();
  }

  #executeStatement(writing: StatementWriting): Promise<Executed<StoredResults | StreamedResults>> {
    const { streamed } = this.#class;
    return this.#execute<StoredResults | StreamedResults>((request) =>
      streamed ? this.#runner.stream(writing, request) : this.#runner.run(writing, request),
    );
  }

  /**
   * Fetches rows, at once if they are stored.
   *
   * @throws {ServiceFailure} 56 if they would have to be kept
   */
  #fetch(count: number, single = false): StreamedValue | Value[] | Promise<StreamedValue | Value[]> {
    const { results } = this.#current.executed;
    const columns = results?.columns;
    if (results === undefined || columns === undefined) return [];
    const { values, encoding, dict } = this.#resultForm;
    const form: RowForm = { values, encoding, dict, columns, single };
    if (results instanceof StoredResults) {
      return this.#answer(fetchStored(results, form, count), results);
    }
    return fetchArriving(results, form, count, { request: this.currentRequest, kept: this.#numbered?.held });
  }

  /**
   * Replaces the results that can be fetched.
   *
   * @throws {ServiceFailure} if the session has ended while they arrived
   */
  async #execute<R extends StoredResults | StreamedResults>(
    run: (request: ServiceRequest) => Promise<Executed<R>>,
  ): Promise<Executed<R>> {
    const request = this.currentRequest;
    this.#current.drop();
    const executed = await run(request);
    if (this.withdrawn) {
      executed.results?.close();
      throw this.endFailure;
    }
    this.#current.set(executed);
    return executed;
  }

  /** The rows are a part of an answer that is kept, or they are sent now, until the session ends. */
  #answer<T>(rows: T | RepeatableValue, results: StoredResults | undefined): T | RepeatableValue {
    if (!(rows instanceof RepeatableValue)) return rows;
    const held = this.#numbered?.held;
    held?.add(results);
    if (held) return rows;
    this.#sending = rows;
    void rows.done.then(() => {
      this.#sending = undefined;
    });
    return rows;
  }

  get #keeping(): PageKeeping {
    return { request: this.currentRequest, kept: this.#numbered?.held ?? this.#settings };
  }

  get #resultForm(): ResultForm {
    return { values: this.#settings.values, encoding: this, dict: this.#class.dict };
  }
}
