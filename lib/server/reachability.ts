import { MysqlError } from '../database/connections/mysql-error.js';
import type { Log } from '../netsvc/log.js';

/** MySQL answered that it has too many connections, which says that it can be reached. */
const TOO_MANY_CONNECTIONS = new Set([1040, 1203, 1226]);

/** Logs when a database cannot be reached any more, and when it can be again: once each. */
export class Reachability {
  readonly #log: Log;
  readonly #unreachable = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** An attempt to connect has ended. @param error if it failed */
  note(database: string, error?: Error): void {
    if (error === undefined) {
      if (this.#unreachable.delete(database)) this.#log.info({ database }, 'MySQL reachable again');
      return;
    }
    if (error instanceof MysqlError && TOO_MANY_CONNECTIONS.has(error.errno)) return;
    if (this.#unreachable.has(database)) return;
    this.#unreachable.add(database);
    this.#log.error({ database, reason: error.message }, 'MySQL unreachable');
  }
}
