import { type Resolvers, withResolvers } from '../../system/with-resolvers.js';
import { pauseLifted } from '../errors/fault-texts.js';
import type { Availability } from './database-observer.js';

/** Whether requests get connections of a pool. It can be disabled while it is paused, and stays so behind the pause. */
export class PoolAvailability {
  readonly #report: (availability: Availability, reason?: string) => void;
  #pause: PoolPause | undefined;
  #disabled: string | undefined;

  constructor(report: (availability: Availability, reason?: string) => void) {
    this.#report = report;
  }

  get isPaused(): boolean {
    return this.#pause !== undefined;
  }

  /** Why no request gets a connection; undefined if it is not disabled. */
  get disabled(): string | undefined {
    return this.#disabled;
  }

  /** No request gets a connection. */
  get isWithheld(): boolean {
    return this.isPaused || this.#disabled !== undefined;
  }

  /**
   * Begins a pause, in place of one that is under way.
   *
   * @param open the number of connections that are open
   * @param onEnd is called after `seconds`
   * @returns resolves with `noteQuiet`
   */
  pause(seconds: number, open: number, onEnd: () => void): Promise<void> {
    this.#pause?.lift(open);
    this.#pause = new PoolPause(seconds, onEnd);
    return this.#pause.quiet;
  }

  /** No connection is open. */
  noteQuiet(): void {
    this.#pause?.noteQuiet();
  }

  /** @param open the number of connections that are open @returns whether it was paused */
  resume(open: number): boolean {
    const pause = this.#pause;
    this.#pause = undefined;
    pause?.lift(open);
    return pause !== undefined;
  }

  disable(reason: string): void {
    this.#disabled = reason;
  }

  /** @returns whether it was disabled */
  enable(): boolean {
    const wasDisabled = this.#disabled !== undefined;
    this.#disabled = undefined;
    return wasDisabled;
  }

  /** Reports a change, when its effects have begun. */
  report(): void {
    const availability = this.#disabled !== undefined ? 'disabled' : this.isPaused ? 'paused' : 'open';
    this.#report(availability, this.#disabled);
  }
}

/** A pause of a pool, for a restart of MySQL. It is lifted after some time. */
class PoolPause {
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
