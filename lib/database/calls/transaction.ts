import { randomBytes } from 'node:crypto';
import { unexpected } from '../../netsvc/fault-texts.js';
import { mistyped } from '../../netsvc/method-declaration.js';
import { ServiceFailure } from '../../netsvc/service-failure.js';
import { listItems, type Struct, type Value } from '../../xmlrpc/value.js';
import { databaseFailure } from '../errors/database-failure.js';
import {
  endsTransaction,
  hasEndedTransaction,
  TRANSACTION_IN_DOUBT,
  transactionInDoubt,
} from '../errors/fault-texts.js';
import { endsConnection, MysqlError } from '../errors/mysql-error.js';
import type { ConnectionLease } from '../lease/connection-lease.js';
import type { HeldResults } from '../results/held-results.js';
import { type TransactionEffect, transactionEffect } from '../sql/transaction-effect.js';
import type { Executed, StatementRunner } from '../statements/statement-runner.js';
import { type CallOptions, callOptions } from './call-options.js';

/** The maximum number of statements in one call. */
const MAX_STATEMENTS = 1000;

const ISOLATION_LEVELS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'];

/** Characters of an option's value that are repeated in a fault. */
const MAX_OPTION = 100;

const OPTIONS = { isolation: 'string', readonly: 'boolean' } as const;

interface Statement {
  readonly query: string;
  readonly args: Value | undefined;
  effect: TransactionEffect;
}

/** What a transaction runs with. */
export interface TransactionSession {
  readonly lease: ConnectionLease;
  readonly runner: StatementRunner;
  /** Receives the results of all statements. */
  readonly held: HeldResults;
  readonly request: Parameters<StatementRunner['execute']>[2];
}

/** Statements that are committed together, or not at all. */
export class Transaction {
  readonly #statements: readonly Statement[];
  /** What begins it. */
  readonly #begin: readonly string[];
  /**
   * Shows whether the transaction is still the one that was begun: it does not exist in another one. Undefined if no
   * statement can have ended it.
   */
  #savepoint: string | undefined;

  /**
   * @param statements arrays of a query and its arguments
   * @throws {ServiceFailure} 56
   */
  constructor(statements: readonly Value[], options: Struct | undefined) {
    if (statements.length > MAX_STATEMENTS) {
      throw unexpected('statements', `at most ${MAX_STATEMENTS}`, statements.length);
    }
    this.#begin = beginStatements(callOptions(OPTIONS, options));
    this.#statements = statements.map(statementOf);
  }

  /**
   * Reads the statements, in steps, before any of them runs.
   *
   * @throws {ServiceFailure} 56 if a statement begins or ends a transaction by its kind
   */
  *read(): Generator<void, void> {
    for (const statement of this.#statements) {
      statement.effect = yield* transactionEffect(statement.query);
      yield;
    }
    const ending = this.#statements.findIndex(({ effect }) => effect === 'ends');
    if (ending >= 0) throw located(endsTransaction(), this.#place(ending));
    const unknown = this.#statements.some(({ effect }) => effect === 'unknown');
    if (unknown) this.#savepoint = `netsvc_${randomBytes(8).toString('hex')}`;
  }

  /**
   * Runs the statements and commits.
   *
   * @throws {ServiceFailure} that of the first statement that failed; everything has then been rolled back, unless the
   *   details say otherwise
   */
  async run(session: TransactionSession): Promise<readonly Executed[]> {
    for (const sql of this.#begin) await at(sql, () => discard(session, sql));
    const executed: Executed[] = [];
    try {
      if (this.#savepoint) await at('SAVEPOINT', () => discard(session, `SAVEPOINT ${this.#savepoint}`));
      for (const [i, statement] of this.#statements.entries()) {
        executed.push(await at(this.#place(i), () => runOne(session, statement)));
      }
      if (!(await this.#isOpen(session))) throw located(transactionInDoubt(), 'COMMIT');
    } catch (error) {
      const ran = this.#statements.slice(0, executed.length + 1);
      throw await this.#rollBack(
        session,
        error,
        ran.some(({ effect }) => effect === 'unknown'),
      );
    }
    await discard(session, 'COMMIT').catch((error: unknown) => {
      const refused = error instanceof MysqlError && !endsConnection(error);
      throw located(error, refused ? 'COMMIT' : 'COMMIT: it is not known whether the transaction is committed');
    });
    return executed;
  }

  #place(index: number): string {
    return `statement ${index + 1} of ${this.#statements.length}`;
  }

  /** Whether the transaction is the one that was begun. @throws if it cannot be found out */
  async #isOpen(session: TransactionSession): Promise<boolean> {
    if (this.#savepoint === undefined) return true;
    try {
      await discard(session, `RELEASE SAVEPOINT ${this.#savepoint}`);
      return true;
    } catch (error) {
      if (error instanceof MysqlError && error.errno === ER_SP_DOES_NOT_EXIST) return false;
      throw error;
    }
  }

  /**
   * Rolls back. If it fails, the reset of the connection does.
   *
   * @param couldEnd whether a statement has run that can end the transaction
   * @returns the failure, with what is not known
   */
  async #rollBack(session: TransactionSession, error: unknown, couldEnd: boolean): Promise<unknown> {
    const isKnown = !couldEnd || (await this.#isOpen(session).catch(() => false));
    if (session.lease.inTransaction) await discard(session, 'ROLLBACK').catch(() => {});
    const told = error instanceof ServiceFailure && /may have committed/.test(error.details);
    return isKnown || told ? error : located(error, TRANSACTION_IN_DOUBT);
  }
}

/** SAVEPOINT ... does not exist. */
const ER_SP_DOES_NOT_EXIST = 1305;

async function runOne({ lease, runner, held, request }: TransactionSession, statement: Statement): Promise<Executed> {
  const executed = await runner.execute(statement.query, statement.args, request);
  held.add(executed.results);
  // There is no `nextset` that would raise an error behind the first result set.
  executed.results?.raise();
  if (!lease.inTransaction) throw hasEndedTransaction();
  return executed;
}

async function discard({ runner, request }: TransactionSession, sql: string): Promise<void> {
  (await runner.execute(sql, undefined, request)).results?.close();
}

/** @param index of the statement, for its faults */
function statementOf(value: Value, index: number): Statement {
  const items = listItems(value);
  if (items === undefined) throw mistyped(`statements[${index}]`, 'array', value);
  const [query = null, args = null] = items;
  if (items.length === 0 || items.length > 2) {
    throw unexpected(`statements[${index}]`, 'a query and its args', `${items.length} items`);
  }
  if (typeof query !== 'string') throw mistyped(`statements[${index}].query`, 'string', query);
  return { query, args: args ?? undefined, effect: 'unknown' };
}

function beginStatements({ isolation, readonly }: CallOptions<typeof OPTIONS>): string[] {
  const begin = `START TRANSACTION${readonly ? ' READ ONLY' : ''}`;
  if (isolation === undefined) return [begin];
  const level = ISOLATION_LEVELS.find((name) => isolation.length === name.length && isolation.toUpperCase() === name);
  if (level === undefined) {
    throw unexpected('isolation', `one of ${ISOLATION_LEVELS.join(', ')}`, isolation.slice(0, MAX_OPTION));
  }
  return [`SET TRANSACTION ISOLATION LEVEL ${level}`, begin];
}

/** Adds to the failure of `work` where it happened. */
async function at<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw located(error, where);
  }
}

/** Adds a line to the details of a failure. */
function located(error: unknown, line: string): unknown {
  const failure = databaseFailure(error) ?? error;
  if (!(failure instanceof ServiceFailure)) return failure;
  const { error: code, description, origin, details } = failure;
  const options = { cause: failure.cause };
  return new ServiceFailure(code, description, origin, details === '' ? line : `${details}\n${line}`, options);
}
