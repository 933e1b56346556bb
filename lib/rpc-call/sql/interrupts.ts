import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';
import { Interrupted } from '../client/command-errors.js';

/**
 * Ctrl-C stops the running statement. Without one, or if it is being stopped already, it ends the command. SIGTERM and
 * SIGHUP end the command.
 */
export class Interrupts {
  readonly #all = new AbortController();
  readonly #listeners = {
    SIGINT: () => this.interrupt(),
    SIGTERM: () => this.#endAll(constants.signals.SIGTERM),
    SIGHUP: () => this.#endAll(constants.signals.SIGHUP),
  };
  #statement: AbortController | undefined;

  /** Aborted when the command ends. */
  get signal(): AbortSignal {
    return this.#all.signal;
  }

  constructor() {
    // Each script that contains another one listens.
    setMaxListeners(50, this.#all.signal);
  }

  /** Until `end`. */
  listen(): void {
    for (const [name, listener] of Object.entries(this.#listeners)) process.on(name, listener);
  }

  end(): void {
    for (const [name, listener] of Object.entries(this.#listeners)) process.off(name, listener);
  }

  /** As on Ctrl-C. */
  interrupt(): void {
    if (this.#statement?.signal.aborted === false) this.#statement.abort(new Interrupted(constants.signals.SIGINT));
    else this.#endAll(constants.signals.SIGINT);
  }

  /** Runs a statement that an interrupt stops. */
  async run(statement: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#statement = new AbortController();
    try {
      await statement(AbortSignal.any([this.#statement.signal, this.#all.signal]));
    } finally {
      this.#statement = undefined;
    }
  }

  #endAll(signal: number): void {
    this.#all.abort(new Interrupted(signal));
  }
}
