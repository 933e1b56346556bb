import type { Value } from '../xmlrpc/value.js';
import type { ConnectionLease } from './connection-lease.js';
import { statementsFor } from './execute-many.js';
import type { MysqlConnection } from './mysql-connection.js';
import { bindParameters, type Literal } from './parameter-style.js';
import { cellRows } from './rows.js';
import { sqlLiteral } from './sql-literal.js';
import { type ResultLimits, StoredResults } from './stored-results.js';
import { StreamedResults } from './streamed-results.js';

/** What a statement, or several that stand for one, came to. */
export interface Executed<R = StoredResults> {
  /** Of the last statement; undefined if there was none to run. */
  readonly results: R | undefined;
  /** Rows selected by the last statement, or affected by all. */
  readonly rowcount: number | bigint;
  /** Of the first statement. */
  readonly lastrowid: number | bigint;
}

/** In seconds; the most that MySQL takes. */
const A_YEAR = 31_536_000;

/** Runs the statements of a session, with their arguments in place, on the connection that it holds. */
export class StatementRunner {
  readonly #lease: ConnectionLease;
  readonly #limits: ResultLimits;
  /** max_allowed_packet of the connection that was asked for it. */
  #maxPacket: { readonly connection: MysqlConnection; readonly bytes: number } | undefined;

  /** The connection whose net_write_timeout has been raised. */
  #patient: MysqlConnection | undefined;

  constructor(lease: ConnectionLease, limits: ResultLimits) {
    this.#lease = lease;
    this.#limits = limits;
  }

  async execute(query: string, args: Value | undefined, signal: AbortSignal): Promise<Executed> {
    const connection = await this.#lease.connect(query, signal);
    const results = await this.#store(connection, bindParameters(query, args, literalFor(connection)), signal);
    return { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
  }

  /** Runs one statement and leaves its rows to be read as they come. */
  async stream(query: string, args: Value | undefined, signal: AbortSignal): Promise<Executed<StreamedResults>> {
    const connection = await this.#lease.connect(query, signal);
    await this.#letWait(connection, signal);
    const results = new StreamedResults(connection);
    const sql = bindParameters(query, args, literalFor(connection));
    await results.begin(this.#lease.start(connection, sql, results, signal));
    return { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
  }

  async executeMany(query: string, rows: readonly Value[], signal: AbortSignal): Promise<Executed> {
    if (rows.length === 0) return { results: undefined, rowcount: 0, lastrowid: 0 };
    const connection = await this.#lease.connect(query, signal);
    const maxPacket = await this.#maxAllowedPacket(connection, signal);
    let results: StoredResults | undefined;
    let affected = 0n;
    let lastrowid: number | bigint | undefined;
    for (const sql of statementsFor(query, rows, literalFor(connection), maxPacket)) {
      signal.throwIfAborted();
      results?.close();
      results = await this.#store(connection, sql, signal);
      affected += BigInt(results.rowcount);
      lastrowid ??= results.lastrowid;
    }
    const rowcount = results?.columns ? results.rowcount : affected;
    return { results, rowcount, lastrowid: lastrowid ?? 0 };
  }

  async #store(connection: MysqlConnection, sql: string, signal: AbortSignal): Promise<StoredResults> {
    const results = new StoredResults(this.#limits);
    return results.complete(this.#lease.start(connection, sql, results, signal));
  }

  /** MySQL gives up on a reader that pauses for 60 seconds, and the client of a stream may pause as long as its session lives. */
  async #letWait(connection: MysqlConnection, signal: AbortSignal): Promise<void> {
    if (this.#patient === connection) return;
    (await this.#store(connection, `SET net_write_timeout = ${A_YEAR}`, signal)).close();
    this.#patient = connection;
  }

  async #maxAllowedPacket(connection: MysqlConnection, signal: AbortSignal): Promise<number> {
    if (this.#maxPacket?.connection !== connection) {
      const results = await this.#store(connection, 'SELECT @@max_allowed_packet', signal);
      const [[cell] = []] = cellRows(1, results.fetch(1));
      const bytes = Number(cell?.toString('latin1'));
      results.close();
      this.#maxPacket = { connection, bytes };
    }
    return this.#maxPacket.bytes;
  }
}

function literalFor(connection: MysqlConnection): Literal {
  return (value) => sqlLiteral(value, connection.noBackslashEscapes);
}
