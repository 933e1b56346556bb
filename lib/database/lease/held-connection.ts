import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import type { ResultSink } from '../driver/result-sink.js';
import type { StatementOutcome } from '../errors/statement-outcome.js';
import { NameCatalog } from '../names/name-catalog.js';
import type { PooledConnection } from '../pool/pooled-connection.js';
import { RunningStatement, type StatementOptions } from '../pool/running-statement.js';
import type { SqlText } from '../sql/sql-text.js';
import { changesNothing, HeldPins, type PreparedStatement } from './held-pins.js';
import type { LeaseOptions } from './lease-options.js';
import type { SessionState } from './session-state.js';
import { type AskOptions, askBackslash, completeReset, labelFor, prepareStatement } from './statement-preparation.js';

/** A connection while `ConnectionLease.use` runs. */
export interface LeasedConnection {
  readonly connection: MysqlConnection;
  /** Makes sure that `connection.charset.backslashEscapes` is right. @throws {MysqlError} */
  askBackslash(options?: AskOptions): Promise<void>;
  /**
   * Starts a statement, with its arguments in place. The connection must have no other one running. It is cancelled
   * when the request of `use` is aborted.
   *
   * @throws {MysqlError} 1153 if the statement is larger than MySQL accepts
   * @throws {ServiceFailure} 51 if the statement reads session state that is lost
   */
  start(sql: SqlText, sink: ResultSink): Promise<RunningStatement>;
}

/** The beginning of a statement that begins a transaction, also within another. */
const BEGINS = /^\s*(?:begin(?:\s+work)?\s*;?\s*$|start\s+transaction\b|(?:commit|rollback)\b.*\band\s+chain\b)/is;

/** The session that holds a connection. */
export interface Holder {
  readonly session: SessionState;
  readonly options: LeaseOptions;
  readonly pool: StatementOptions['pool'];
  /** Throws if nothing may be sent for the request any more. */
  readonly mustGoOn: (request: ServiceRequest) => void;
  /** Called when a statement has ended. `outcome` is undefined if the connection was lost. */
  readonly onStatementEnd: (outcome: StatementOutcome | undefined) => void;
  /** Called when statements that were in doubt are known to pin, or not to. */
  readonly onSettled: () => void;
}

/** A connection while a session holds it: runs the statements of the session, and keeps what they have done to it. */
export class HeldConnection {
  readonly connection: PooledConnection;
  readonly pins: HeldPins;
  readonly #holder: Holder;
  #statement: RunningStatement | undefined;
  #transactionSince: number | undefined;

  constructor(connection: PooledConnection, holder: Holder) {
    this.connection = connection;
    this.pins = new HeldPins(NameCatalog.of(connection.host), holder.onSettled);
    this.#holder = holder;
  }

  /** The last statement; undefined before the first. */
  get statement(): RunningStatement | undefined {
    return this.#statement;
  }

  /** Since when a transaction is open, in milliseconds of `performance.now`: when its first statement began. */
  get transactionSince(): number | undefined {
    return this.connection.pinReason === 'transaction' ? this.#transactionSince : undefined;
  }

  /** @param request what the statement runs for */
  leasedFor(request: ServiceRequest): LeasedConnection {
    const { connection } = this;
    return {
      connection,
      askBackslash: (options) => askBackslash(connection, this.#holder.session, options),
      start: (sql, sink) => this.#start(sql, sink, request),
    };
  }

  async #start(sql: SqlText, sink: ResultSink, request: ServiceRequest): Promise<RunningStatement> {
    const { connection, pins } = this;
    const { session, options, pool, mustGoOn, onStatementEnd } = this.#holder;
    const { pin, queryTimeout: timeout, label: comment = '' } = options;
    const preparing = prepareStatement(connection, session, sql, { pin, isPinned: pins.isPinned, request });
    const prepared = preparing instanceof Promise ? await preparing : preparing;
    if (connection.isResetDue && (sql.isLong || !changesNothing(prepared))) await completeReset(connection);
    // The session may have ended, or its client gone, while MySQL was asked.
    mustGoOn(request);
    pins.begin(prepared);
    const label = labelFor(sql, comment, connection.maxAllowedPacket);
    const statement = new RunningStatement(connection, sql, sink, { timeout, request, label, pool });
    this.#statement = statement;
    connection.statement = statement;
    const stopListening = request.onAbort((reason) => statement.cancel(reason));
    void statement.outcome.then((outcome) => {
      stopListening();
      this.#note(prepared, outcome);
      request.usage.rows += outcome?.rows ?? 0;
      onStatementEnd(outcome);
    });
    return statement;
  }

  /** The transaction has been rolled back for the session. */
  noteRolledBack(): void {
    this.#transactionSince = undefined;
  }

  #note(prepared: PreparedStatement, outcome: StatementOutcome | undefined): void {
    const { connection, pins } = this;
    const { session } = this.#holder;
    const { settings, mayHideCharset } = prepared.classification;
    const inTransaction = connection.pinReason === 'transaction';
    this.#noteTransaction(inTransaction);
    session.note(prepared.classification, outcome, connection.server);
    if (!pins.note(prepared, outcome, inTransaction)) return;
    if (mayHideCharset) connection.charset.expectChange();
    if (settings === undefined) return;
    if (outcome?.failure === 'none' && session.settings.record(settings)) connection.forgetChange();
    else pins.pin('session state');
  }

  /** The last statement has ended. One that begins a transaction ends the one before. */
  #noteTransaction(isOpen: boolean): void {
    const { since, sql = '' } = this.#statement ?? {};
    if (!isOpen) this.#transactionSince = undefined;
    else if (this.#transactionSince === undefined || BEGINS.test(sql)) this.#transactionSince = since;
  }

  /** Rows of a statement are still being received, or it is being cancelled. */
  get isRunning(): boolean {
    return this.statement?.running ?? false;
  }
}
