import type { ServiceRequest } from '../../netsvc/service-request.js';
import type { Value } from '../../xmlrpc/value.js';
import type { MysqlConnection } from '../connections/mysql-connection.js';
import type { ConnectionLease } from '../pinning/connection-lease.js';
import { type ResultLimits, StoredResults } from '../results/stored-results.js';
import { StreamedResults } from '../results/streamed-results.js';
import { statementsFor } from './execute-many.js';
import { bindParameters, type Literal } from './parameter-style.js';
import { sqlLiteral } from './sql-literal.js';

/** What a statement, or several that stand for one, came to. */
export interface Executed<R = StoredResults> {
  /** Of the last statement; undefined if there was none to run. */
  readonly results: R | undefined;
  /** Rows selected by the last statement, or affected by all. */
  readonly rowcount: number | bigint;
  /** Of the first statement. */
  readonly lastrowid: number | bigint;
}

/** Runs the statements of a session, with their arguments in place. */
export class StatementRunner {
  readonly #lease: ConnectionLease;
  readonly #limits: ResultLimits;

  constructor(lease: ConnectionLease, limits: ResultLimits) {
    this.#lease = lease;
    this.#limits = limits;
  }

  execute(query: string, args: Value | undefined, request: ServiceRequest): Promise<Executed> {
    return this.#connected(query, request, async (connection) => {
      const results = await this.#store(connection, bindParameters(query, args, literalFor(connection)), request);
      return { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
    });
  }

  /** Runs one statement and leaves its rows to be read as they come. */
  stream(query: string, args: Value | undefined, request: ServiceRequest): Promise<Executed<StreamedResults>> {
    return this.#connected(query, request, async (connection) => {
      const results = new StreamedResults(connection);
      const sql = bindParameters(query, args, literalFor(connection));
      const statement = this.#lease.start(connection, sql, results, request);
      await results.begin(statement);
      statement.stopTiming();
      return { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
    });
  }

  async executeMany(query: string, rows: readonly Value[], request: ServiceRequest): Promise<Executed> {
    if (rows.length === 0) return { results: undefined, rowcount: 0, lastrowid: 0 };
    return this.#connected(query, request, async (connection) => {
      let results: StoredResults | undefined;
      let affected = 0n;
      let lastrowid: number | bigint | undefined;
      for (const sql of statementsFor(query, rows, literalFor(connection), connection.maxAllowedPacket)) {
        request.throwIfAborted();
        results?.close();
        results = await this.#store(connection, sql, request);
        affected += BigInt(results.rowcount);
        lastrowid ??= results.lastrowid;
      }
      const rowcount = results?.columns ? results.rowcount : affected;
      return { results, rowcount, lastrowid: lastrowid ?? 0 };
    });
  }

  async #connected<T>(
    query: string,
    request: ServiceRequest,
    run: (connection: MysqlConnection) => Promise<T>,
  ): Promise<T> {
    try {
      return await run(await this.#lease.connect(query, request));
    } finally {
      this.#lease.settle();
    }
  }

  async #store(connection: MysqlConnection, sql: string, request: ServiceRequest): Promise<StoredResults> {
    const results = new StoredResults(this.#limits);
    return results.complete(this.#lease.start(connection, sql, results, request));
  }
}

function literalFor(connection: MysqlConnection): Literal {
  return (value) => sqlLiteral(value, connection.noBackslashEscapes);
}
