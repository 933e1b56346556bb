import type { ServiceRequest } from '../../netsvc/service-request.js';
import { inTurns } from '../../turns/turns.js';
import type { Value } from '../../xmlrpc/value.js';
import type { RowCount } from '../driver/counted-rows.js';
import type { ConnectionLease } from '../lease/connection-lease.js';
import type { LeasedConnection } from '../lease/held-connection.js';
import { ResetFailed } from '../lease/statement-preparation.js';
import type { ResultLimits } from '../results/result-limits.js';
import { StoredResults } from '../results/stored-results.js';
import { StreamedResults } from '../results/streamed-results.js';
import { SqlText } from '../sql/sql-text.js';
import { boundStatement, type StatementWriting } from './bound-statement.js';
import { formAfter, formOf, type LiteralForm } from './literal-form.js';
import { ManyStatements } from './many-statements.js';
import type { SqlTarget } from './sql-writer.js';
import { StatementMemory } from './statement-memory.js';

/** The outcome of a call of `execute` or `executemany`. */
export interface Executed<R = StoredResults> {
  /** Of the last statement; undefined if none was run. */
  readonly results: R | undefined;
  /** Rows selected or affected by all statements. */
  readonly rowcount: number | bigint;
  /** Of the first statement, if they are INSERT or REPLACE; otherwise of the last one. */
  readonly lastrowid: number | bigint;
}

/** Runs the statements of a session, with their arguments in place. */
export class StatementRunner {
  readonly lease: ConnectionLease;
  readonly #limits: () => ResultLimits;
  readonly #rowCount: RowCount | undefined;

  /** @param limits returns those of the next statement */
  constructor(lease: ConnectionLease, limits: () => ResultLimits, rowCount?: RowCount) {
    this.#rowCount = rowCount;
    this.lease = lease;
    this.#limits = limits;
  }

  execute(query: string, args: Value | undefined, request: ServiceRequest): Promise<Executed> {
    return this.run(boundStatement(query, args), request);
  }

  /** Runs one statement. */
  async run(writing: StatementWriting, request: ServiceRequest): Promise<Executed> {
    return this.#use(request, async (leased, memory) => {
      const results = await inForms({ writing, leased, request, memory }, (sql) => this.#store(leased, sql, request));
      return { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
    });
  }

  /** Runs one statement and leaves its rows to be fetched as they arrive. */
  async stream(writing: StatementWriting, request: ServiceRequest): Promise<Executed<StreamedResults>> {
    return this.#use(request, async (leased, memory) => {
      const results = await inForms({ writing, leased, request, memory }, (sql) => this.#stream(leased, sql, request));
      return { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
    });
  }

  async #stream(leased: LeasedConnection, sql: SqlText, { account }: ServiceRequest): Promise<StreamedResults> {
    const results = new StreamedResults(leased.connection, account, this.#rowCount);
    try {
      const statement = await leased.start(sql, results);
      await results.begin(statement);
      statement.stopTimer();
      return results;
    } catch (error) {
      results.close();
      throw error;
    }
  }

  async executeMany(query: string, rows: readonly Value[], request: ServiceRequest): Promise<Executed> {
    if (rows.length === 0) return { results: undefined, rowcount: 0, lastrowid: 0 };
    return this.#use(request, async (leased, memory) => {
      const { connection } = leased;
      let results: StoredResults | undefined;
      let affected = 0n;
      let lastrowid: number | bigint | undefined;
      const isInsert = INSERT.test(query);
      try {
        const statements = new ManyStatements(query, rows, targetOf(leased, memory));
        for (let ran = 0; ; ran++) {
          // An INSERT sets no variables.
          const isAnother = ran === 0 || (ran < rows.length && !isInsert);
          if (isAnother && !connection.charset.isKnown) await leased.askBackslash();
          const next = inTurns(statements.next(), () => request.throwIfAborted());
          const sql = next instanceof Promise ? await next : next;
          if (sql === undefined) break;
          request.throwIfAborted();
          results?.close();
          results = await this.#storeOne(statements, leased, sql, request);
          // An error behind a result set ends the call: there is no `nextset` between the statements.
          results.raise();
          affected += BigInt(results.rowcount);
          if (isInsert) lastrowid ??= results.lastrowid;
          else lastrowid = results.lastrowid;
        }
      } catch (error) {
        results?.close();
        throw error;
      }
      return { results, rowcount: affected, lastrowid: lastrowid ?? 0 };
    });
  }

  /** Runs one of many statements, and begins with it again if MySQL does not accept the form of its literals. */
  async #storeOne(
    statements: ManyStatements,
    leased: LeasedConnection,
    sql: SqlText,
    request: ServiceRequest,
  ): Promise<StoredResults> {
    let form: LiteralForm | undefined = formOf(sql, statements.form);
    if (form === statements.form) {
      try {
        return await this.#store(leased, sql, request);
      } catch (error) {
        form = formAfter(error, sql, statements.form);
        if (form === undefined) throw error;
        if (form === 'quoted') await askBackslash(leased);
      }
    }
    statements.repeat(form);
    const again = (await inTurns(statements.next(), () => request.throwIfAborted())) ?? sql;
    return await this.#storeOne(statements, leased, again, request);
  }

  /**
   * Statements are counted until they have run. If nothing could be sent on a connection, because the reset that was
   * due on it has failed, `work` is done with another one.
   */
  async #use<T>(
    request: ServiceRequest,
    work: (leased: LeasedConnection, memory: StatementMemory) => Promise<T>,
  ): Promise<T> {
    const memory = new StatementMemory(request);
    try {
      for (;;) {
        try {
          return await this.lease.use(request, (leased) => work(leased, memory));
        } catch (error) {
          if (!(error instanceof ResetFailed)) throw error;
        }
      }
    } finally {
      memory.release();
    }
  }

  async #store({ start }: LeasedConnection, sql: SqlText, { account }: ServiceRequest): Promise<StoredResults> {
    const results = new StoredResults(this.#limits(), account, this.#rowCount);
    try {
      return await results.complete(await start(sql, results));
    } catch (error) {
      results.close();
      throw error;
    }
  }
}

const INSERT = /^\s*(?:insert|replace)\b/i;

/** Writes a statement in turns of the event loop, and once more if it is not sure what a backslash means. */
function written({ writing, leased, request, memory }: Writing, form: LiteralForm): SqlText | Promise<SqlText> {
  const write = () => {
    memory.begin();
    const sql = writing({ ...targetOf(leased, memory), form });
    return sql instanceof SqlText ? sql : inTurns(sql, () => request.throwIfAborted());
  };
  const sql = write();
  return leased.connection.charset.isKnown ? sql : rewritten(sql, leased, write);
}

/** What a statement is written for. */
interface Writing {
  readonly writing: StatementWriting;
  readonly leased: LeasedConnection;
  readonly request: ServiceRequest;
  readonly memory: StatementMemory;
}

/** Runs a statement, and once more if MySQL does not accept its literals in the form in which they are written. */
async function inForms<T>(statement: Writing, run: (sql: SqlText) => Promise<T>): Promise<T> {
  for (let form: LiteralForm = 'typed'; ; ) {
    const first = await written(statement, form);
    const needed = formOf(first, form);
    const sql = needed === form ? first : await written(statement, needed);
    form = needed;
    try {
      return await run(sql);
    } catch (error) {
      const next = formAfter(error, sql, form);
      if (next === undefined) throw error;
      if (next === 'quoted') await askBackslash(statement.leased);
      form = next;
    }
  }
}

/** In quotes alone, a literal with backslashes that do not escape would end elsewhere if they did. */
async function askBackslash({ connection, askBackslash }: LeasedConnection): Promise<void> {
  if (!connection.charset.backslashEscapes) await askBackslash({ anew: true });
}

function targetOf({ connection }: LeasedConnection, memory: StatementMemory): SqlTarget {
  const { maxAllowedPacket, charset, server } = connection;
  // MySQL makes no JSON of binary strings.
  return { maxAllowedPacket, charset, memory, triesBytes: server === 'MySQL' };
}

async function rewritten(
  sql: SqlText | Promise<SqlText>,
  leased: LeasedConnection,
  write: () => SqlText | Promise<SqlText>,
): Promise<SqlText> {
  const first = await sql;
  if (!first.mayHaveBackslash) return first;
  await leased.askBackslash();
  return write();
}
