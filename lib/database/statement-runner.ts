import type { ServiceRequest } from '../netsvc/service-request.js';
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

  async execute(query: string, args: Value | undefined, request: ServiceRequest): Promise<Executed> {
    const connection = await this.#lease.connect(query, request);
    const results = await this.#store(connection, bindParameters(query, args, literalFor(connection)), request);
    return { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
  }

  /** Runs one statement and leaves its rows to be read as they come. */
  async stream(query: string, args: Value | undefined, request: ServiceRequest): Promise<Executed<StreamedResults>> {
    const connection = await this.#lease.connect(query, request);
    await this.#letWait(connection, request);
    const results = new StreamedResults(connection);
    const sql = bindParameters(query, args, literalFor(connection));
    await results.begin(this.#lease.start(connection, sql, results, request));
    return { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
  }

  async executeMany(query: string, rows: readonly Value[], request: ServiceRequest): Promise<Executed> {
    if (rows.length === 0) return { results: undefined, rowcount: 0, lastrowid: 0 };
    const connection = await this.#lease.connect(query, request);
    const maxPacket = await this.#maxAllowedPacket(connection, request);
    let results: StoredResults | undefined;
    let affected = 0n;
    let lastrowid: number | bigint | undefined;
    for (const sql of statementsFor(query, rows, literalFor(connection), maxPacket)) {
      request.throwIfAborted();
      results?.close();
      results = await this.#store(connection, sql, request);
      affected += BigInt(results.rowcount);
      lastrowid ??= results.lastrowid;
    }
    const rowcount = results?.columns ? results.rowcount : affected;
    return { results, rowcount, lastrowid: lastrowid ?? 0 };
  }

  async #store(connection: MysqlConnection, sql: string, request: ServiceRequest): Promise<StoredResults> {
    const results = new StoredResults(this.#limits);
    return results.complete(this.#lease.start(connection, sql, results, request));
  }

  /** MySQL gives up on a reader that pauses for 60 seconds, and the client of a stream may pause as long as its session lives. */
  async #letWait(connection: MysqlConnection, request: ServiceRequest): Promise<void> {
    if (this.#patient === connection) return;
    (await this.#store(connection, `SET net_write_timeout = ${A_YEAR}`, request)).close();
    this.#patient = connection;
  }

  async #maxAllowedPacket(connection: MysqlConnection, request: ServiceRequest): Promise<number> {
    if (this.#maxPacket?.connection !== connection) {
      const results = await this.#store(connection, 'SELECT @@max_allowed_packet', request);
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
