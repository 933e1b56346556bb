import { type Resolvers, withResolvers } from '../../system/with-resolvers.js';
import { goneAway, lostDuringQuery, type MysqlError } from '../errors/mysql-error.js';

/**
 * Milliseconds that MySQL may take to answer a command that is not a client's statement, before the connection is
 * closed.
 */
export const COMMAND_TIMEOUT = 5000;

/** A client's statement, which may take any time. Its own limit is `--query-timeout`. */
export const NO_LIMIT = 0;

/**
 * The commands of a connection that MySQL has not answered. Each ends: it is answered, or takes longer than its limit,
 * or the connection is lost.
 */
export class PendingCommands {
  readonly #pending = new Set<(error: MysqlError) => void>();
  readonly #expire: () => void;
  #lost: Error | undefined;

  /** @param expire closes the connection, because a command has exceeded its limit */
  constructor(expire: () => void) {
    this.#expire = expire;
  }

  /** Why the connection was lost; undefined while it can be used. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /**
   * Begins a command.
   *
   * @param limit milliseconds, or `NO_LIMIT`
   * @returns what settles it. It is rejected already if the connection is lost.
   */
  begin<T>(limit: number): Resolvers<T> {
    const resolvers = withResolvers<T>();
    if (this.#lost) {
      resolvers.reject(goneAway(this.#lost));
      return resolvers;
    }
    const timer = limit === NO_LIMIT ? undefined : setTimeout(this.#expire, limit);
    const end = () => {
      clearTimeout(timer);
      this.#pending.delete(reject);
    };
    const reject = (error: Error) => {
      end();
      resolvers.reject(error);
    };
    const resolve = (value: T) => {
      end();
      resolvers.resolve(value);
    };
    this.#pending.add(reject);
    return { promise: resolvers.promise, resolve, reject };
  }

  /** The connection is lost: all commands fail. @returns whether that is new */
  lose(error: Error): boolean {
    if (this.#lost) return false;
    this.#lost = error;
    for (const reject of [...this.#pending]) reject(lostDuringQuery(error));
    return true;
  }
}
