import type { Value } from '../../xmlrpc/value.js';
import { executeFirst, noSuchRow, unknownScrollMode } from '../errors/fault-texts.js';
import { commandsOutOfSync } from '../errors/mysql-error.js';
import { StoredResults } from '../results/stored-results.js';
import { StreamedResults } from '../results/streamed-results.js';
import type { Executed } from '../statements/statement-runner.js';
import { describe, idValue } from './query-result.js';

type AnyExecuted = Executed<StoredResults | StreamedResults>;

/** What a cursor has of its last statement: the current result set and those behind it, counts, and an error. */
export class CurrentResults {
  #executed: AnyExecuted | undefined;

  /** @throws {ProgrammingError} if there was no statement */
  get executed(): AnyExecuted {
    if (this.#executed === undefined) throw executeFirst();
    return this.#executed;
  }

  /** The rows that can be fetched, unless they are those of an SS cursor, which keeps none. */
  get stored(): StoredResults | undefined {
    const results = this.#executed?.results;
    return results instanceof StoredResults ? results : undefined;
  }

  get description(): Value {
    return describe(this.#executed?.results);
  }

  get rowcount(): number | bigint {
    if (this.#executed === undefined) return -1;
    const { results, rowcount } = this.#executed;
    // That of an SS cursor is known behind its last row.
    return results instanceof StreamedResults && results.columns ? results.rowcount : rowcount;
  }

  get lastrowid(): number | bigint | string | null {
    return this.#executed === undefined ? null : idValue(this.#executed.lastrowid);
  }

  set(executed: AnyExecuted): void {
    this.#executed = executed;
  }

  /** Drops the rest of the result set. @param signal cancels the statement whose rows would be waited for */
  async next(signal: AbortSignal): Promise<1 | null> {
    const results = this.#executed?.results;
    if (results === undefined || !(await results.next(signal))) return null;
    this.#executed = { results, rowcount: results.rowcount, lastrowid: results.lastrowid };
    return 1;
  }

  scroll(value: number, mode: string): void {
    if (mode !== 'relative' && mode !== 'absolute') throw unknownScrollMode(mode);
    const { results } = this.executed;
    if (!(results instanceof StoredResults) || !results.scroll(value, mode)) throw noSuchRow(value, mode);
  }

  /** Returns the error behind a result set, if no call has raised it. */
  takeError(): unknown {
    return this.#executed?.results?.takeError();
  }

  /** Throws it. */
  raise(): void {
    this.#executed?.results?.raise();
  }

  /** @throws {MysqlError} 2014 while rows of an SS cursor are unread: MySQL accepts no other statement */
  checkAllRead(): void {
    const results = this.#executed?.results;
    if (results instanceof StreamedResults && results.unread) throw commandsOutOfSync();
  }

  /** @throws the error of the statement, if it has not been reported yet */
  drop(): void {
    this.checkAllRead();
    const results = this.#executed?.results;
    this.close();
    results?.raise();
  }

  close(): void {
    this.#executed?.results?.close();
    this.#executed = undefined;
  }
}
