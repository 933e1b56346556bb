import { type Resolvers, withResolvers } from '../../system/with-resolvers.js';
import { pauseLifted } from '../errors/fault-texts.js';

/** A pause of a pool, for a restart of MySQL. It is lifted after some time. */
export class PoolPause {
  /**
   * Resolves when no connection is in use.
   *
   * Rejects with fault 51 if the pause is lifted before.
   */
  readonly quiet: Promise<void>;
  readonly #quiet: Resolvers<void> = withResolvers<void>();
  readonly #timer: NodeJS.Timeout;

  /** @param lift is called after `seconds` */
  constructor(seconds: number, lift: () => void) {
    this.quiet = this.#quiet.promise;
    // Nobody may wait for it.
    this.quiet.catch(() => {});
    this.#timer = setTimeout(lift, seconds * 1000);
  }

  noteQuiet(): void {
    this.#quiet.resolve();
  }

  /** @param used the number of connections that are still in use */
  lift(used: number): void {
    clearTimeout(this.#timer);
    this.#quiet.reject(pauseLifted(used));
  }
}
