import { obstacleOf } from '../../database/errors/obstacle.js';
import type { Log } from '../../netsvc/log.js';

/** Logs when a database cannot be reached any more, and when it can be again: once each. */
export class ReachabilityLog {
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
    // It can be reached, and says so.
    if (obstacleOf(error) === 'refused') return;
    if (this.#unreachable.has(database)) return;
    this.#unreachable.add(database);
    this.#log.error({ database, reason: error.message }, 'MySQL unreachable');
  }
}
