import type { Availability } from './database-observer.js';
import { PoolPause } from './pool-pause.js';

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
