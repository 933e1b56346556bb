import { constants } from 'node:os';
import { Interrupted } from './failure.js';

/**
 * Ctrl-C stops the running statement. Without one, or if it is being stopped already, it ends the command. SIGTERM and
 * SIGHUP end the command.
 */
export class Interrupts {
  readonly #all = new AbortController();
  #statement: AbortController | undefined;

  /** Aborted when the command ends. */
  get signal(): AbortSignal {
    return this.#all.signal;
  }

  listen(): void {
    process.on('SIGINT', () => this.interrupt());
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => this.#end(constants.signals[name]));
  }

  /** As on Ctrl-C. */
  interrupt(): void {
    if (this.#statement?.signal.aborted === false) this.#statement.abort(new Interrupted(constants.signals.SIGINT));
    else this.#end(constants.signals.SIGINT);
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

  #end(signal: number): void {
    this.#all.abort(new Interrupted(signal));
  }
}
