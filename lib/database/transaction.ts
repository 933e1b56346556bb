import { FAULTS } from '../netsvc/faults.js';
import { incorrect } from '../netsvc/method-declaration.js';
import { ServiceFailure } from '../netsvc/service-failure.js';
import type { ServiceRequest } from '../netsvc/service-request.js';
import type { Struct, Value } from '../xmlrpc/value.js';
import { type CallOptions, callOptions } from './call-options.js';
import { endsConnection, MysqlError } from './connections/mysql-error.js';
import { databaseFailure } from './database-failure.js';
import type { ConnectionLease, LeasedConnection } from './pinning/connection-lease.js';
import type { ResultLimits } from './results/result-limits.js';
import { StoredResults } from './results/stored-results.js';
import { bindParameters } from './statements/parameter-style.js';
import { sqlLiteral } from './statements/sql-literal.js';
import type { Executed } from './statements/statement-runner.js';

/** The maximum number of statements in one call. */
const MAX_STATEMENTS = 1000;

/** The maximum number of results of one call that are in files, each of which takes a file descriptor. */
const MAX_FILES = 16;

const MAX_RETRIES = 10;

/** The transaction, or the statement, has been rolled back because of other transactions: it can be repeated. */
const ER_LOCK_WAIT_TIMEOUT = 1205;
const ER_LOCK_DEADLOCK = 1213;

const ISOLATION_LEVELS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'];

const OPTIONS = { isolation: 'string', readonly: 'boolean', retries: 'int' } as const;

interface Statement {
  readonly query: string;
  readonly args: Value | undefined;
}

/** Statements that are committed together, or not at all. */
export class Transaction {
  readonly #statements: readonly Statement[];
  /** What begins it. */
  readonly #begin: readonly string[];
  readonly #retries: number;
  readonly #limits: ResultLimits;
  #results: StoredResults[] = [];

  /**
   * @param statements arrays of a query and its arguments
   * @throws {ServiceFailure} 56
   */
  constructor(statements: readonly Value[], options: Struct | undefined, limits: ResultLimits) {
    if (statements.length > MAX_STATEMENTS) {
      throw incorrect(`statements: expected at most ${MAX_STATEMENTS}, received ${statements.length}.`);
    }
    const { isolation, readonly, retries = 0 } = callOptions(OPTIONS, options);
    if (retries < 0 || retries > MAX_RETRIES) {
      throw incorrect(`retries: expected 0 to ${MAX_RETRIES}, received ${retries}.`);
    }
    this.#statements = statements.map(statementOf);
    this.#begin = beginStatements({ isolation, readonly });
    this.#retries = retries;
    this.#limits = limits;
  }

  /**
   * Runs the statements and commits.
   *
   * @returns the results of each, which the caller closes
   * @throws {ServiceFailure} that of the first statement that failed; everything has then been rolled back, unless the
   *   details say otherwise
   */
  async run(lease: ConnectionLease, request: ServiceRequest): Promise<readonly Executed[]> {
    for (let retries = this.#retries; ; retries--) {
      try {
        await lease.use(request, (leased) => this.#attempt(lease, leased));
        return this.#results.map((results) => ({
          results,
          rowcount: results.rowcount,
          lastrowid: results.lastrowid,
        }));
      } catch (error) {
        this.close();
        if (retries === 0 || !isRepeatable(error)) throw error;
      }
    }
  }

  close(): void {
    for (const results of this.#results.splice(0)) results.close();
  }

  async #attempt(lease: ConnectionLease, leased: LeasedConnection): Promise<void> {
    try {
      for (const sql of this.#begin) {
        await this.#discard(leased, sql).catch((error: unknown) => {
          throw located(error, sql);
        });
      }
      for (const [i, statement] of this.#statements.entries()) {
        await this.#runOne(lease, leased, statement).catch((error: unknown) => {
          throw located(error, `statement ${i + 1} of ${this.#statements.length}`);
        });
      }
    } catch (error) {
      // If it fails too, the reset of the connection rolls back.
      if (lease.inTransaction) await this.#discard(leased, 'ROLLBACK').catch(() => {});
      throw error;
    }
    await this.#discard(leased, 'COMMIT').catch((error: unknown) => {
      const refused = error instanceof MysqlError && !endsConnection(error);
      throw located(error, refused ? 'COMMIT' : 'COMMIT: it is not known whether the transaction is committed');
    });
  }

  async #runOne(lease: ConnectionLease, leased: LeasedConnection, { query, args }: Statement): Promise<void> {
    const sql = bindParameters(query, args, sqlLiteral, leased.connection.maxAllowedPacket);
    const results = new StoredResults(this.#remainingLimits());
    this.#results.push(results);
    await results.complete(await leased.start(sql, results));
    // There is no `nextset` that would raise an error behind the first result set.
    results.raise();
    if (lease.inTransaction) return;
    throw incorrect('It has ended the transaction, and may have committed what ran before it.');
  }

  /** The limits hold for all results together. */
  #remainingLimits(): ResultLimits {
    let { resultMemory, maxResult } = this.#limits;
    let files = 0;
    for (const { size, inMemory, isSpilled } of this.#results) {
      resultMemory -= inMemory;
      maxResult -= size;
      if (isSpilled) files++;
    }
    if (files > MAX_FILES) {
      throw ServiceFailure.of(
        FAULTS.RESOURCE_UNAVAILABLE,
        `The results take more than ${this.#limits.resultMemory} bytes, in more than ${MAX_FILES} statements.`,
      );
    }
    return { resultMemory: Math.max(resultMemory, 0), maxResult };
  }

  async #discard(leased: LeasedConnection, sql: string): Promise<void> {
    const results = new StoredResults(this.#limits);
    await results.complete(await leased.start(sql, results));
    results.close();
  }
}

function statementOf(value: Value, index: number): Statement {
  const [query, args, ...others] = Array.isArray(value) ? (value as readonly Value[]) : [];
  if (typeof query !== 'string' || others.length > 0) {
    throw incorrect(`statements: expected arrays of a query and its args, received another value at ${index}.`);
  }
  return { query, args: args ?? undefined };
}

function beginStatements({ isolation, readonly }: CallOptions<typeof OPTIONS>): string[] {
  const begin = `START TRANSACTION${readonly ? ' READ ONLY' : ''}`;
  if (isolation === undefined) return [begin];
  const level = isolation.toUpperCase();
  if (!ISOLATION_LEVELS.includes(level)) {
    throw incorrect(`isolation: expected one of ${ISOLATION_LEVELS.join(', ')}.`);
  }
  return [`SET TRANSACTION ISOLATION LEVEL ${level}`, begin];
}

function isRepeatable(error: unknown): boolean {
  return error instanceof ServiceFailure && [ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK].includes(error.error);
}

/** Adds to the details of a failure where it happened. */
function located(error: unknown, where: string): unknown {
  const failure = databaseFailure(error) ?? error;
  if (!(failure instanceof ServiceFailure)) return failure;
  const { error: code, description, origin, details } = failure;
  const options = { cause: failure.cause };
  return new ServiceFailure(code, description, origin, details === '' ? where : `${details}\n${where}`, options);
}
